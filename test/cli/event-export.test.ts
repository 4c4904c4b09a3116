import fs from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Bench } from './captured-io.ts'

let bench: Bench
beforeAll(async () => {
  bench = new Bench()
  for (const line of ['vf enable 2', 'gsp trace on', 'vgpu create --type L40-8Q --name desk1'])
    expect((await bench.sh(line)).status).toBe(0)
})
afterAll(() => {
  bench.dispose()
})

interface TraceEvent {
  readonly ph: string
  readonly name: string
  readonly pid: number
  readonly tid: number
  readonly ts: number
  readonly id?: number
  readonly args: Record<string, unknown>
}

async function events(): Promise<{ kind: string; direction: string | null; text: string; size: number }[]> {
  return JSON.parse((await bench.sh('events list -o json')).stdout).items
}

describe('events export', () => {
  it('K 10: a trace has a track for each actor, and a slice at both ends of an arrow for each message', async () => {
    const listed = await events()
    const trace: TraceEvent[] = JSON.parse((await bench.sh('events export --format perfetto')).stdout).traceEvents
    const of = (phase: string) => trace.filter(({ ph }) => ph === phase)
    const actors = new Map(of('M').map(({ tid, args }) => [tid, args.name]))
    expect([...actors.values()]).toEqual(expect.arrayContaining(['kernel log', 'nvkm', 'gsp', 'vgpu-mgr', 'plugin']))
    const messages = listed.filter(({ direction }) => direction !== null)
    expect(of('i').map(({ name }) => name)).toEqual(listed.filter(({ kind }) => kind === 'log').map(({ text }) => text))
    expect(of('X')).toHaveLength(2 * messages.length)
    messages.forEach(({ direction, text, size }, index) => {
      const [start, end] = [of('s')[index], of('f')[index]]
      expect([start?.name, start?.id]).toEqual([text, end?.id])
      expect(`${actors.get(start?.tid ?? 0)}>${actors.get(end?.tid ?? 0)}`).toBe(direction)
      for (const flow of [start, end]) {
        const slice = of('X').find(({ ts, tid }) => ts === flow?.ts && tid === flow.tid)
        expect(slice).toMatchObject({ name: text, args: { size } })
      }
    })
    const times = of('X').map(({ ts }) => ts)
    expect(times).toEqual([...times].sort((a, b) => a - b))
    expect(new Set(times).size).toBe(times.length)
  })

  it('K 10: a diagram has an arrow for each message, dashed for an answer', async () => {
    const messages = (await events()).filter(({ kind }) => kind === 'rpc')
    const { stdout } = await bench.sh('events export --format mermaid --kind rpc')
    expect(stdout.split('\n').slice(0, 4)).toEqual([
      'sequenceDiagram',
      '  participant P1 as nvkm',
      '  participant P2 as gsp',
      '  participant P3 as vgpu-mgr',
    ])
    expect(stdout.match(/-?->>/g)).toHaveLength(messages.length)
    expect(stdout).toContain(
      '  P1->>P2: GSP_RM_ALLOC NV01_ROOT, 140 bytes\n  P2-->>P1: GSP_RM_ALLOC NV01_ROOT, NV_OK\n',
    )
  })

  it('K 10: writes a file, and refuses an unknown format', async () => {
    const file = bench.file('trace.json')
    expect(await bench.sh(`events export --format perfetto ${file}`)).toMatchObject({ status: 0, stdout: '' })
    expect(fs.readFileSync(file, 'utf8')).toBe((await bench.sh('events export --format perfetto')).stdout)
    expect((await bench.sh('events export --format dot')).status).toBe(2)
  })
})
