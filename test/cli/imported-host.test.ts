import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Side } from '../../src/app/migration/side.ts'
import { type Random, seeded } from '../reliability/random.ts'
import { Bench } from './captured-io.ts'
import { COMMANDS, exportedHost, type Json, mutate, textsOf } from './imported-host.ts'

const SEED = Number(process.env.NVGPU_SEED ?? 5)
const COUNT = Number(process.env.NVGPU_MUTATIONS ?? 100)

let bench: Bench
let exported = ''
beforeAll(async () => {
  bench = new Bench()
  exported = await exportedHost(bench)
})
afterAll(() => bench.dispose())

/** Commands that are tried on each host that is taken; all of them where the changes are counted by whoever asks. */
const TRIED = process.env.NVGPU_MUTATIONS === undefined ? 12 : COMMANDS.length

describe('an imported host', () => {
  it(`E 5: with one place changed is refused, or no command ends as a bug (${COUNT} changes of seed ${SEED})`, async () => {
    const bugs: string[] = []
    let taken = 0
    for (let round = 0; round < COUNT; round++) {
      const random = seeded(SEED * 100_000 + round)
      const tree: Json = JSON.parse(exported)
      const place = mutate(tree, random, textsOf(tree))
      const own = new Bench()
      const { status, stderr } = await own.sh(`host import ${own.file('host.json', JSON.stringify(tree))}`)
      if (![0, 2].includes(status)) bugs.push(`${place}: host import: ${status} ${stderr}`)
      if (status === 0) {
        taken += 1
        bugs.push(...(await bugsOf(own, place, random)))
      }
      own.dispose()
    }
    expect(bugs).toEqual([])
    expect(taken).toBeGreaterThan(COUNT / 10)
    expect(taken).toBeLessThan(COUNT)
  }, 300_000)

  it('E 5: whose rings do not fit their counters is refused by name, and found by fsck', async () => {
    const { gpus } = JSON.parse(exported)
    const [gpu] = gpus
    const firstOf = (length: number, slots: number) => Math.min(length, slots) + slots
    const wrong: readonly [path: string, place: Record<string, unknown>, key: string, value: unknown][] = [
      ['klog.lines', gpu.klog, 'next', firstOf(gpu.klog.lines.length, 64)],
      ['klog.lines', gpu.klog, 'lines', []],
      ['klog.seq', gpu.klog, 'seq', 0],
      ['trace.records', gpu.trace, 'records', gpu.trace.records.slice(1)],
      ['trace.records', gpu.trace, 'next', 0],
      ['load.samples', gpu.load, 'next', firstOf(gpu.load.samples.length, 512)],
      ['gsp.queue.readPtr', gpu.gsp.queue, 'readPtr', 63],
      ['nvkm.queue.writePtr', gpu.nvkm.queue, 'writePtr', 2 ** 32],
      ['nvkm.queue.sent', gpu.nvkm.queue, 'sent', 2 ** 32],
      ['gsp.queue.sent', gpu.gsp.queue, 'sent', gpu.gsp.queue.sent + 1],
    ]
    for (const [path, place, key, value] of wrong) {
      const before = place[key]
      place[key] = value
      const broken = { ...JSON.parse(exported), gpus }
      const own = new Bench()
      const refused = await own.sh(`host import ${own.file('host.json', JSON.stringify(broken))}`)
      expect([path, refused.status]).toEqual([path, 2])
      expect(refused.stderr).toContain(`host.gpus[0].${path}`)
      new Side(own.stateDir, () => ({ id: 'older', time: '', command: 'of an older build' })).change((state) => {
        Object.assign(state, broken)
      })
      expect(await own.sh('host fsck')).toMatchObject({ status: 8, stdout: expect.stringContaining(path) })
      own.dispose()
      place[key] = before
    }
  })

  it('E 5: with a message larger than any, or a client of two owners, is refused', async () => {
    const refusalOf = async (change: (gpu: ReturnType<typeof JSON.parse>) => void) => {
      const tree = JSON.parse(exported)
      change(tree.gpus[0])
      return (await bench.sh(`host import ${bench.file('host.json', JSON.stringify(tree))}`)).stderr
    }
    expect(await refusalOf(({ trace }) => Object.assign(trace.records[0], { size: 2 ** 40 }))).toContain('16 MiB')
    expect(
      await refusalOf(({ mgr }) => {
        mgr.client = Object.values<{ client: number | null }>(mgr.vgpus).find(({ client }) => client !== null)?.client
      }),
    ).toContain('the manager and a vGPU have one client')
  })
})

/** What the commands end with that is no answer: a bug, or a state that is believed to be damaged after it was taken. */
async function bugsOf(own: Bench, place: string, random: Random): Promise<string[]> {
  const bugs: string[] = []
  for (const line of COMMANDS.filter(() => random.chance(TRIED / COMMANDS.length))) {
    const { status, stderr } = await own.sh(line.replaceAll('DIR', own.dir))
    if (status === 70 || status === 8) bugs.push(`${place}: ${line}: ${status} ${stderr}`)
  }
  return bugs
}
