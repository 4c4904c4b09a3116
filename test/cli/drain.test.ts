import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bench } from './captured-io.ts'

let bench: Bench
beforeEach(async () => {
  bench = new Bench()
  await ok('host init --gpus 2')
  await ok('vf enable 8 --all')
})
afterEach(() => {
  bench.dispose()
})

async function ok(line: string): Promise<string> {
  const { status, stdout, stderr } = await bench.sh(line)
  expect(status, `${line}: ${stderr}`).toBe(0)
  return stdout
}

async function refused(line: string): Promise<string> {
  const before = await ok('host export')
  const { status, stdout, stderr } = await bench.sh(line)
  expect(status, line).not.toBe(0)
  expect(stdout).toBe('')
  expect(await ok('host export')).toBe(before)
  return stderr
}

interface Vgpu {
  readonly uuid: string
  readonly name: string
  readonly state: string
  readonly gpu: number
  readonly vf: string
  readonly vm: string | null
  readonly guestOs: string | null
  readonly placementId: number | null
  readonly attrs: unknown[]
}

async function vgpus(): Promise<Vgpu[]> {
  return JSON.parse(await ok('vgpu list -o json')).items
}

/** Facts that a move keeps. */
const kept = (all: readonly Vgpu[]) =>
  all
    .map(({ uuid, name, state, vm, guestOs, attrs }) => ({ uuid, name, state, vm, guestOs, attrs }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))

async function fillFirst(): Promise<void> {
  await ok('vgpu create -t L40-8Q --gpu 0 -n runs --vm web')
  await ok('vgpu create -t L40-8Q --gpu 0 -n off --no-start')
  await ok('vgpu modify off --addattr vgpu_params --value frame_rate_limiter=0 --live')
  await ok('vgpu create -t L40-8Q --gpu 0 -n still --no-start')
  await ok('vgpu attach still --vm desk --guest-os windows')
  await ok('vgpu suspend still')
}

describe('gpu drain', () => {
  it('K 8: moves every vGPU with its state, names and VM; the GPU can be unbound then', async () => {
    await fillFirst()
    await ok('vgpu create -t L40-8Q --gpu 1 -n there')
    const before = await vgpus()
    await ok('gpu drain 0 --to-gpu 1')
    const after = await vgpus()
    expect(kept(after)).toEqual(kept(before))
    expect(after.map(({ gpu }) => gpu)).toEqual([1, 1, 1, 1])
    await ok('gpu unbind 0')
    await ok('vgpu resume still')
    await ok('host fsck')
  })

  it('K 8: --dry-run names each vGPU with both VFs and changes nothing', async () => {
    await fillFirst()
    const before = await ok('host export')
    const { status, stdout, stderr } = await bench.sh('gpu drain 0 --to-gpu 1 --dry-run')
    expect({ status, stderr }).toEqual({ status: 0, stderr: 'dry run: nothing was changed\n' })
    expect(stdout.trimEnd().split('\n').toSorted()).toEqual(
      (await vgpus())
        .map(({ uuid, state, vf }) => `vGPU ${uuid} (L40-8Q) ${state} moved from ${vf} to ${vf.replace('c1:', 'c2:')}`)
        .toSorted(),
    )
    expect(await ok('host export')).toBe(before)
  })

  it('K 8: without --to-gpu it stops those that run, and names them', async () => {
    await fillFirst()
    const all = await vgpus()
    const told = await ok('gpu drain 0')
    const running = all.filter(({ state }) => state !== 'configured')
    expect(told).toBe(running.map(({ uuid, vf }) => `vGPU ${uuid} (L40-8Q) configured on ${vf}\n`).join(''))
    expect((await vgpus()).map(({ state }) => state)).toEqual(['configured', 'configured', 'configured'])
    expect(await bench.sh('gpu drain 0')).toMatchObject({
      status: 0,
      stderr: 'nvgpu: warning: no vGPU runs on 0000:c1:00.0\n',
    })
  })

  it('K 8: changes nothing if one vGPU has no room, and names it', async () => {
    await fillFirst()
    await ok('vgpu create -t L40-8Q --gpu 1 --count 4')
    expect(await refused('gpu drain 0 --to-gpu 1')).toMatch(/vGPU [0-9a-f-]{36}: .*\(ENOSPC|EINVAL|EBUSY\)/)
  })

  it.each(['mig.read', 'mig.STOP-STOP_COPY', 'plugin.boot'])(
    'K 8: changes nothing if a fault at %s refuses the second move',
    async (point) => {
      await fillFirst()
      const before = await vgpus()
      await ok(`fault add ${point} --after 1`)
      expect((await bench.sh('gpu drain 0 --to-gpu 1')).status).not.toBe(0)
      expect(await vgpus()).toEqual(before)
    },
  )

  it.each([
    ['gpu drain 0 --to-gpu 0', 'the vGPUs of 0000:c1:00.0 cannot move to the same GPU'],
    ['gpu drain', 'there are 2 GPUs: say which one'],
    ['gpu drain 0 --to-gpu 7', 'there is no GPU "7"'],
  ])('K 8: %s is refused', async (line, why) => {
    await fillFirst()
    expect(await refused(line)).toContain(why)
  })

  it('K 8: a failed vGPU does not move, and the hint makes it movable', async () => {
    await ok('vgpu create -t L40-8Q --gpu 0 -n broken')
    const { channels } = JSON.parse(await ok('vgpu show broken -o json')).items[0]
    await ok(`gsp inject xid --gpu 0 --channel ${channels.first} --xid 31`)
    const told = await refused('gpu drain 0 --to-gpu 1')
    const hint = /hint: nvgpu (.*)\n/.exec(told)?.[1] ?? ''
    await ok(hint)
    await ok('gpu drain 0 --to-gpu 1')
    expect((await vgpus()).map(({ gpu, state }) => [gpu, state])).toEqual([[1, 'configured']])
  })

  it('K 8: a mixed GPU is packed again, the largest first', async () => {
    await ok('gpu mode heterogeneous --gpu 0')
    await ok('gpu mode heterogeneous --gpu 1')
    for (const type of ['L40-4Q', 'L40-24Q', 'L40-12Q']) await ok(`vgpu create -t ${type} --gpu 0 -n ${type}`)
    const before = kept(await vgpus())
    await ok('gpu drain 0 --to-gpu 1')
    expect(kept(await vgpus())).toEqual(before)
  })
})
