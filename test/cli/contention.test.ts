import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Side } from '../../src/app/migration/side.ts'
import { Overtaken } from '../../src/app/overtaken.ts'
import { report } from '../../src/cli/failure.ts'
import type { HostState } from '../../src/engine/state.ts'
import { withdraw } from '../../src/engine/verbs/migrate.ts'
import { Rollback } from '../../src/store/rollback.ts'
import { Bench } from './captured-io.ts'

let bench: Bench
beforeEach(async () => {
  bench = new Bench()
  for (const line of [
    'vf enable 4',
    'vgpu create --type L40-4Q --name desk7',
    `vf enable 4 --state-dir ${bench.file('other')}`,
  ]) {
    expect((await bench.sh(line)).status).toBe(0)
  }
  const wish = bench.file('wish.yaml', 'vgpus:\n  - {name: desk9, type: L40-4Q}\n')
  bench.file('lines', `host advance 1s\nvgpu stop nobody\napply -f ${wish}\n`)
})
afterEach(() => bench.dispose())

/** What another process does to a state directory. */
function intrude(dir: string, act: (state: HostState) => void): void {
  new Side(dir, () => ({ id: randomUUID(), time: '', command: 'of somebody else' })).change(act)
}

function touch(state: HostState): void {
  state.now += 1
  for (const vf of state.gpus[0]?.vfs.slice(0, 1) ?? []) vf.name = `desk7-${state.now}`
}

/** The verbs that prepare something outside of a transaction, with where somebody can come between. */
const LONG: readonly {
  line: string
  at: 'now' | 'uuid' | 'read'
  intrusion?: (state: HostState) => void
  dir?: string
}[] = [
  { line: 'undo', at: 'now' },
  { line: 'rollback 2', at: 'now' },
  { line: 'vgpu save 0000:c1:00.4 DIR/desk7.vgpu', at: 'now' },
  { line: 'batch --keep-going -f DIR/lines', at: 'read' },
  {
    line: 'migrate 0000:c1:00.4 --to DIR/other',
    at: 'uuid',
    dir: 'other',
    intrusion: (state) => {
      for (const { id } of state.migrations) withdraw(state, id)
    },
  },
]

describe('a verb that prepares its change outside of a transaction', () => {
  async function contended({ line, at, intrusion = touch, dir = 'state' }: (typeof LONG)[number], times: number) {
    let left = times
    let pauses = 0
    const outcome = await bench.sh(line.replaceAll('DIR', bench.dir), {
      meanwhile: (what) => {
        if (what === 'sleep') pauses += 1
        if (what !== at || left === 0) return
        left -= 1
        intrude(bench.file(dir), intrusion)
      },
    })
    return { ...outcome, pauses }
  }

  it.each(LONG)('E 5: $line is done when others came first twelve times', async (verb) => {
    const { status, stderr } = await contended(verb, 12)
    expect([stderr, status]).toEqual([expect.not.stringContaining('internal'), verb.line.startsWith('batch') ? 3 : 0])
  })

  it.each(LONG.filter(({ line }) => /undo|save|batch/.test(line)))(
    'E 5: $line is refused when others always come first',
    async (verb) => {
      const { status, stderr } = await contended(verb, Number.POSITIVE_INFINITY)
      expect(stderr).toMatch(
        /other commands changed .*: nothing was changed \(EAGAIN\) \[contention\]\nhint: nvgpu host history --max 10/,
      )
      expect(status).toBe(4)
      expect((await bench.sh('host fsck')).status).toBe(0)
      expect((await bench.sh('vgpu list -o json')).stdout).toContain('"running"')
    },
  )
})

it('E 5: whoever leaves a transaction and is not heard has lost a race, and met no bug', () => {
  for (const error of [new Overtaken(), new Rollback()]) {
    let text = ''
    const writer = {
      write: (data: string | Uint8Array) => {
        text += data
      },
    }
    const io = { stdout: writer, stderr: writer, env: {} } as unknown as Parameters<typeof report>[2]
    expect(report(error, ['undo'], io)).toBe(4)
    expect(text).toMatch(/^nvgpu: undo: .*\(EAGAIN\) \[contention\]\nhint: /)
  }
})
