import { describe, expect, it } from 'vitest'
import { Framebuffer } from '../../src/engine/hw/framebuffer.ts'
import { checkHost } from '../../src/engine/invariants.ts'
import { newHost } from '../../src/engine/new-host.ts'
import type { HostState } from '../../src/engine/state.ts'
import { boundHost, type Host } from './bound-host.ts'

const UUIDS = [
  '11111111-2222-4333-8444-555555555501',
  '11111111-2222-4333-8444-555555555502',
  '11111111-2222-4333-8444-555555555503',
]
const NEW = '570.158.01'

/** Two GPUs. On the first, a destroyed vGPU leaves a gap, so a new allocation would not repeat the old places. */
function busy(): { state: HostState; host: Host } {
  const state = newHost({ gpus: 2 })
  const host = boundHost(state)
  for (const gpu of ['0', '1']) host.enableVfs({ count: 4, gpu })
  const gone = '99999999-2222-4333-8444-555555555555'
  host.createVgpu({ type: 'L40-4Q', uuid: gone, start: true, vf: '0/0' })
  host.createVgpu({ type: 'L40-4Q', uuid: UUIDS[0] ?? '', name: 'one', start: true, vf: '0/1' })
  host.createVgpu({ type: 'L40-4Q', uuid: UUIDS[1] ?? '', start: true, vf: '0/2' })
  host.createVgpu({ type: 'L40-8Q', uuid: UUIDS[2] ?? '', start: true, vf: '1/0' })
  host.destroyVgpus({ selectors: [gone] })
  host.suspendVgpus({ selectors: [UUIDS[1] ?? ''] })
  for (const gpu of state.gpus) {
    const memory = new Framebuffer(gpu.hw.fb)
    for (const vgpu of Object.values(gpu.mgr?.vgpus ?? {}))
      memory.write(
        (vgpu.fb?.addr ?? 0) + 0x5000 * vgpu.id + 7,
        Uint8Array.from({ length: 9000 }, (_, i) => i + vgpu.id),
      )
    memory.flush()
  }
  return { state, host }
}

/** The state that must stay the same for a guest. */
function kept(state: HostState) {
  return state.gpus.map((gpu) => ({
    vgpus: Object.values(gpu.mgr?.vgpus ?? {}).map(({ client: _client, rpcSeq: _seq, ...vgpu }) => vgpu),
    plugins: Object.values(gpu.gsp.plugins).map(({ instance: _instance, ...plugin }) => plugin),
    // only the state: a guest that stays paused resumes by another message
    vfs: gpu.vfs.map((vf) => ({ ...vf, mig: vf.mig.state })),
    pages: Object.entries(gpu.hw.fb.pages).filter(([page]) => {
      const at = Number.parseInt(page, 16) * 4096
      return Object.values(gpu.mgr?.vgpus ?? {}).some(
        ({ fb }) => fb !== null && at >= fb.addr && at < fb.addr + fb.size,
      )
    }),
    pools: [gpu.nvkm.fb, gpu.nvkm.chid, gpu.nvkm.bar1],
    refs: gpu.mgr?.refs,
    numVfs: gpu.hw.numVfs,
  }))
}

const all = (state: HostState) => checkHost(state, [0, 1])
const arm = (state: HostState, point: string, effect: string, after = 0, times = 1) =>
  state.faults.push({ id: state.faults.length + 1, point, effect, after, times, hits: 0, struck: 0 })

describe('another driver under running vGPUs', () => {
  it('leaves gfid, address, channels, framebuffer, UUID and content of every guest as they were', () => {
    const { state, host } = busy()
    const before = structuredClone(kept(state))
    const states = host.vgpuViews().map((vgpu) => vgpu.state)
    const change = host.warmUpdate({ toVersion: NEW })
    expect(change).toMatchObject({ changed: true, warnings: [], items: [{ driverVersion: NEW }] })
    expect(kept(state)).toEqual(before)
    expect(host.vgpuViews().map((vgpu) => vgpu.state)).toEqual(states)
    expect(states).toEqual(['running', 'paused', 'running'])
    expect(host.gpuViews().map((gpu) => gpu.driver.version)).toEqual([NEW, NEW])
    expect(all(state)).toEqual([])
    host.resumeVgpus({ selectors: [UUIDS[1] ?? ''] })
    host.destroyVgpus({ selectors: [], all: true })
    expect(all(state)).toEqual([])
  })

  it('does nothing for the version that is there, and refuses what is none', () => {
    const { state, host } = busy()
    expect(host.warmUpdate({ toVersion: state.driverVersion })).toMatchObject({ changed: false })
    for (const toVersion of ['', '57', '570', 'latest', '570.158.01; rm', '999999.1']) {
      expect(() => host.warmUpdate({ toVersion })).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
    }
  })

  it('works on a host without vGPUs, and on one whose GPU has no VFs', () => {
    const host = boundHost(newHost())
    expect(host.warmUpdate({ toVersion: NEW })).toMatchObject({ changed: true, warnings: [] })
    host.enableVfs({ count: 2 })
    expect(host.warmUpdate({ toVersion: '580.65.06' })).toMatchObject({ changed: true, warnings: [] })
    host.createVgpu({ type: 'L40-4Q', uuid: UUIDS[0] ?? '', start: true })
    expect(checkHost(host.state, [0])).toEqual([])
  })

  it.each([
    ['gsp.boot', 'fail'],
    ['firmware.gsp', 'missing'],
    ['boot.GSP_INIT_DONE', 'EIO'],
    ['ops.attachHandle', 'EIO'],
    ['nvkm.client', 'ENOMEM'],
  ])('is rolled back when %s stops the new driver, and every guest runs on', (point, effect) => {
    for (const after of [0, 1]) {
      const { state, host } = busy()
      const before = structuredClone(kept(state))
      arm(state, point, effect, after)
      expect(() => host.warmUpdate({ toVersion: NEW })).toThrow(/did not boot .* is back and every vGPU runs on/)
      expect(kept(state)).toEqual(before)
      expect(state.driverVersion).toBe('570.144')
      expect(all(state)).toEqual([])
    }
  })

  it.each(['rpc.4', 'rpc.6'])('is not begun when a guest does not stop (%s), and the others go on', (point) => {
    const { state, host } = busy()
    arm(state, point, '5', 1)
    expect(() => host.warmUpdate({ toVersion: NEW })).toThrow(expect.objectContaining({ code: 'firmware-refusal' }))
    expect(host.vgpuViewOf(UUIDS[0] ?? '').state).toBe('running')
    expect(state.driverVersion).toBe('570.144')
  })

  it.each(['rpc.8', 'rpc.9', 'rpc.10', 'rpc.1', 'plugin.boot', 'ops.allocGspClient'])(
    'keeps what a guest was when it does not come back because of %s, and it can be restored',
    (point) => {
      const { state, host } = busy()
      // the managers of the two GPUs take a client each before the first vGPU
      arm(state, point, '5', point === 'ops.allocGspClient' ? 2 : 0)
      const at = () => state.gpus[0]?.mgr?.vgpus[1]
      const guest = () => {
        const gpu = state.gpus[0]
        const vgpu = at()
        if (!gpu || !vgpu?.fb) throw new Error('not there')
        return [...new Framebuffer(gpu.hw.fb).read(vgpu.fb.addr + 0x5000, 10_000)]
      }
      const content = guest()
      const change = host.warmUpdate({ toVersion: NEW })
      expect(change).toMatchObject({ changed: true, failed: true })
      expect(change.warnings).toEqual([expect.stringContaining(`vGPU ${UUIDS[0]} did not come back`)])
      expect(host.vgpuViews().map((vgpu) => vgpu.state)).toEqual(['configured', 'paused', 'running'])
      expect(all(state)).toEqual([])
      expect(host.restoreSavedVgpus({ selectors: [], all: true }).items[0]).toMatchObject({ state: 'running' })
      expect(guest()).toEqual(content)
      expect(all(state)).toEqual([])
      expect(state.gpus[0]?.vfs[1]?.saved).toBeNull()
      expect(() => host.restoreSavedVgpus({ selectors: [], all: true })).toThrow(
        expect.objectContaining({ code: 'not-found' }),
      )
    },
  )

  it('that neither boots nor can be rolled back leaves every guest restorable', () => {
    const { state, host } = busy()
    arm(state, 'gsp.boot', 'fail', 0, 4)
    const change = host.warmUpdate({ toVersion: NEW })
    expect(change).toMatchObject({ failed: true })
    expect(change.warnings[0]).toMatch(/is back only in part/)
    expect(host.vgpuViews().map((vgpu) => vgpu.state)).toEqual(['configured', 'configured', 'configured'])
    expect(all(state)).toEqual([])
    state.faults = []
    for (const gpu of ['0', '1']) host.bindGpu(gpu)
    for (const vf of ['0/1', '0/2', '1/0']) host.bindVf(vf, 'nvidia-vgpu-vfio')
    expect(host.restoreSavedVgpus({ selectors: [], all: true }).items.map((vgpu) => vgpu.state)).toEqual([
      'running',
      'paused',
      'running',
    ])
    expect(all(state)).toEqual([])
  })
})
