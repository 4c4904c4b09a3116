import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exportsOfLibrary, listChecksum } from '../../src/nvml/library/exports.ts'
import { missing } from '../house/installed.ts'
import { Host } from './library.ts'
import { type Recorded, Recorder } from './recorder.ts'

const NO_CC = missing('cc', '--version')
if (NO_CC !== undefined) console.log(`skipped: ${NO_CC}`)
const HERE = path.resolve('test/nvml')

const host = new Host()
const server = `${host.stateDir}/nvml.sock`

/** Runs a program whose library asks through a recorder, and returns its output and its calls. */
async function recorded(name: string, words: readonly string[], input = '') {
  const recorder = new Recorder(`${host.home}/${name}.sock`, server)
  await recorder.listen()
  const [file = '', ...args] = words
  const env = { ...host.env, LD_LIBRARY_PATH: `${host.home}/lib`, NVGPU_NVML_SOCKET: recorder.socket }
  const child = spawn(file, args, { cwd: host.home, env })
  child.stdin.end(input)
  let stdout = ''
  child.stdout.on('data', (bytes) => {
    stdout += String(bytes)
  })
  let stderr = ''
  child.stderr.on('data', (bytes) => {
    stderr += String(bytes)
  })
  const status = await new Promise((resolve) => child.once('close', resolve))
  recorder.close()
  return { status, stdout, stderr, calls: recorder.calls }
}

/** A script of replay.c that makes the same calls with the same memory, and what it then prints. */
function replayOf(calls: readonly Recorded[]): { script: string; output: string } {
  const script: string[] = []
  const output: string[] = []
  for (const { request, peeks, pokes, code } of calls) {
    const { name, descriptor } = exportsOfLibrary()[request.readUInt32LE(0)] ?? { name: '', descriptor: 0 }
    const args = Array.from({ length: 6 }, (_, i) => request.readBigUInt64LE(8 + 8 * i))
    const inline = { address: args[((descriptor ?? 0) >>> 16) & 7] ?? 0n, bytes: request.subarray(64) }
    for (const { address, bytes } of [inline, ...peeks])
      if (bytes !== null && bytes.length > 0) script.push(`fill ${address.toString(16)} ${bytes.toString('hex')}`)
    for (const { address, bytes } of pokes) script.push(`room ${address.toString(16)} ${bytes.length}`)
    script.push(`call ${name} ${args.map((arg) => arg.toString(16)).join(' ')}`)
    output.push(String(code))
    for (const { address, bytes } of lastWritten(pokes)) {
      script.push(`dump ${address.toString(16)} ${bytes.length}`)
      output.push(bytes.toString('hex'))
    }
  }
  return { script: script.map((line) => `${line}\n`).join(''), output: output.map((line) => `${line}\n`).join('') }
}

/** The writes that no later one of the call covers. */
function lastWritten(pokes: Recorded['pokes']): Recorded['pokes'] {
  return pokes.filter(({ address }, i) => !pokes.slice(i + 1).some((later) => later.address === address))
}

const wire = (calls: readonly Recorded[]) =>
  calls.map(({ request, peeks, pokes, code }) => ({
    request: request.toString('hex'),
    peeks: peeks.map(({ address, bytes }) => `${address}: ${bytes?.toString('hex')}`),
    pokes: pokes.map(({ address, bytes }) => `${address}: ${bytes.toString('hex')}`),
    code,
  }))

describe.skipIf(NO_CC !== undefined)('the library and its twin in C', () => {
  beforeAll(() => {
    host.host('host init --gpus 2 --force', 'vf enable 4 --gpu 0', 'vf enable 4 --gpu 1')
    host.host('vgpu create --type L40-4Q --gpu 0 --count 4', 'vgpu create --type L40-6Q --gpu 1 --count 4')
    host.host('host advance 30s', `nvml install ${host.home}/lib`)
    const rows = exportsOfLibrary()
      .filter(({ descriptor }) => descriptor !== null)
      .map(({ name, descriptor }, number) => ({ name, number, word: descriptor ?? 0 }))
    const numbers = new Map(exportsOfLibrary().map(({ name }, number) => [name, number]))
    const lines = rows.map(
      ({ name, word }) => `F(${name}, ${numbers.get(name)}, ${(word >>> 16) & 7}, ${word & 0xfff}, ${word >>> 31})\n`,
    )
    fs.writeFileSync(`${host.home}/functions.h`, lines.join(''))
    const built = host.sh(`
      cc -O1 -w -shared -fPIC -I. -DLIST=${listChecksum()}u -o twin.so ${HERE}/twin.c -lpthread &&
      cc -O1 -w -o replay ${HERE}/replay.c -ldl
      (nvgpu nvml serve --still --read-only >serve.out 2>serve.log </dev/null & echo $! >serve.pid)
      while [ ! -S ${server} ]; do sleep 0.05; done`)
    expect(built).toMatchObject({ status: 0, stderr: '' })
  })
  afterAll(() => {
    host.sh('kill $(cat serve.pid)')
    host.dispose()
  })

  it('H 4: give the same answers to the recorded session of a client, byte for byte, and ask the same', async () => {
    const client = await recorded('client', ['python3', `${HERE}/size_protocol.py`])
    expect(client).toMatchObject({ status: 0, stderr: '' })
    expect(client.calls.length).toBeGreaterThan(200)
    expect(client.calls.some(({ peeks }) => peeks.length > 0)).toBe(true)
    const { script, output } = replayOf(client.calls)
    const ours = await recorded('ours', ['./replay', './lib/libnvidia-ml.so.1'], script)
    const twin = await recorded('twin', ['./replay', './twin.so'], script)
    expect(ours.stdout).toBe(output)
    expect(twin.stdout).toBe(output)
    expect(wire(ours.calls)).toEqual(wire(client.calls))
    expect(wire(twin.calls)).toEqual(wire(client.calls))
  }, 120_000)
})
