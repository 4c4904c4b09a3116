import type { NvmlParam } from '../abi/nvml/functions.ts'
import { nvmlReturnName } from '../abi/nvml/return.ts'
import type { Call } from './call.ts'
import { structBehind } from './structs.ts'

/** A finished call in one line, as strace writes one: arguments with the values behind them, result, time. */
export function traceLine(call: Call, number: number, ms: number): string {
  const args = call.fn.params.map((param, i) => `${param.name}=${argument(call, param, i)}`)
  return `${call.fn.name}(${args.join(', ')}) = ${nvmlReturnName(number)} <${Math.round(ms * 1000)} us>`
}

function argument(call: Call, { type }: NvmlParam, i: number): string {
  const word = call.word(i)
  if (!type.endsWith('*'))
    return /^unsigned|^int|State_t$|Type_t$|Id_t$/.test(type) ? String(call.number(i)) : hex(word)
  if (word === 0n) return 'NULL'
  const bytes = call.pokes.find(({ address }) => address === word)?.bytes ?? call.readAt(word)
  if (bytes === undefined) return hex(word)
  return value(type, Buffer.from(bytes))
}

const MOST_SHOWN = 8

function value(type: string, bytes: Buffer): string {
  if (type.includes('char')) {
    const end = bytes.indexOf(0)
    return JSON.stringify(bytes.toString('latin1', 0, end < 0 ? bytes.length : end))
  }
  const struct = structBehind(type)
  if (struct !== undefined && bytes.length >= struct.size)
    return `${struct.name}[${Math.floor(bytes.length / struct.size)}]`
  const width = type.startsWith('unsigned long') || /Device_t|EventSet_t/.test(type) ? 8 : 4
  const numbers = Array.from({ length: Math.min(MOST_SHOWN, Math.floor(bytes.length / width)) }, (_, i) =>
    width === 8 ? hexOrSmall(bytes.readBigUInt64LE(8 * i)) : String(bytes.readUInt32LE(4 * i)),
  )
  if (bytes.length > MOST_SHOWN * width) numbers.push('…')
  return `[${numbers.join(', ')}]`
}

function hexOrSmall(word: bigint): string {
  return word < 0x1_0000_0000n ? String(word) : hex(word)
}

function hex(word: bigint): string {
  return `0x${word.toString(16)}`
}
