import { nearest } from '../../errors/nearest.ts'
import { oddNumber, oddValue, oddWordOfJson } from '../../errors/odd-number.ts'
import { type Draft, type FieldName, fieldNames, isFieldName, kindOf, type Placed, parseNumber } from './draft.ts'
import { fileError } from './refuse.ts'

/** Keys of the outer object that carry no type. */
const AROUND: readonly string[] = ['types', 'schema', 'kind']

/**
 * The types of a JSON file: one object, a list of them, or `{"types": […]}` (optionally with `schema` and `kind`). Keys
 * are NVIDIA's names of the members of NVA081_CTRL_VGPU_INFO; others are refused. Numbers are JSON numbers, "0x…" or
 * decimal strings; flags may be true and false; `vgpuSignature` is hex digits; `vgpuExtraParams` and
 * `adapterName_Unicode` are lists of numbers; the rest is text.
 * @throws NvError invalid-file with line and column (syntax) or with the path of the key
 */
export function readJson(file: string, text: string): Draft[] {
  const root = parsed(file, text)
  if (Array.isArray(root)) return root.map((item: unknown, index) => draftOf(file, `[${index}]`, item))
  if (!isRecord(root) || !Object.hasOwn(root, 'types')) return [draftOf(file, '', root)]
  const strange = Object.keys(root).find((key) => !AROUND.includes(key))
  if (strange !== undefined) throw fileError(file, `${JSON.stringify(strange)} does not belong beside "types"`)
  const { types } = root
  if (!Array.isArray(types)) throw fileError(file, 'types: is not a list')
  return types.map((item: unknown, index) => draftOf(file, `types[${index}]`, item))
}

function draftOf(file: string, where: string, item: unknown): Draft {
  if (!isRecord(item)) throw fileError(file, `${where || 'the document'}: is not an object`)
  const values = new Map<FieldName, Placed>()
  for (const [key, value] of Object.entries(item)) {
    const shownKey = /^\w+$/.test(key) ? key : JSON.stringify(shortened(key))
    const place = where === '' ? shownKey : `${where}.${shownKey}`
    if (!isFieldName(key)) {
      const [close] = nearest(key, fieldNames())
      const hint = close === undefined ? '' : ` (did you mean ${close}?)`
      throw fileError(file, `${shortened(place)}: no such member of NVA081_CTRL_VGPU_INFO${hint}`)
    }
    values.set(key, { where: place, value: converted(file, place, key, value) })
  }
  return { where: where || 'the type', values }
}

function converted(file: string, where: string, field: FieldName, value: unknown): Placed['value'] {
  const kind = kindOf(field)
  if (kind === 'number') {
    const number = numberOf(value)
    if (number === undefined) throw fileError(file, `${where}: ${notWhole(value, ' from 0 to 2^53 - 1')}`)
    return number
  }
  if (kind === 'list') {
    if (!Array.isArray(value)) throw fileError(file, `${where}: ${shown(value)} is not a list of numbers`)
    return value.map((item: unknown, index) => {
      const number = numberOf(item)
      if (number === undefined) throw fileError(file, `${where}[${index}]: ${notWhole(item)}`)
      return number
    })
  }
  if (typeof value !== 'string') throw fileError(file, `${where}: ${shown(value)} is not text`)
  return value
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'string' || typeof value === 'boolean') return parseNumber(String(value))
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}

function parsed(file: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    const [, position] = /position (\d+)/.exec(message) ?? []
    const odd = oddWordOfJson(text)
    const before = text.slice(0, odd?.at ?? (position === undefined ? text.length : Number(position))).split('\n')
    const column = (before.at(-1)?.length ?? 0) + 1
    const why = odd === undefined ? '' : `: ${odd.word} is ${odd.what}`
    throw fileError(file, `line ${before.length}, column ${column}: not JSON${why}`, cause)
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function notWhole(value: unknown, range = ''): string {
  const odd = typeof value === 'string' ? oddNumber(value.trim()) : oddValue(value)
  const infinite = typeof value === 'number' && !Number.isFinite(value)
  const why = odd === undefined ? '' : `: it is ${odd}`
  return `${infinite ? 'the number' : shown(value)} is not a whole number${range}${why}`
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  return shortened(JSON.stringify(value))
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
