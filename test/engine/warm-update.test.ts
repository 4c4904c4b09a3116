import { describe, expect, it } from 'vitest'
import { PROFILES } from '../../src/catalog/profiles.ts'
import { profileUnder } from '../../src/catalog/releases.ts'
import { typeById } from '../../src/catalog/vgpu-types.ts'
import { Framebuffer } from '../../src/engine/hw/framebuffer.ts'
import { checkHost } from '../../src/engine/invariants.ts'
import { newHost } from '../../src/engine/new-host.ts'
import type { HostState } from '../../src/engine/state.ts'
import { NvError } from '../../src/errors/nv-error.ts'
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
    // the time of a warm update does not count
    plugins: Object.values(gpu.gsp.plugins).map(({ instance: _instance, guest, ...plugin }) => ({
      ...plugin,
      guest: guest && { ...guest, since: null },
    })),
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

describe('J 2: another release is more than another number', () => {
  it.each(['570.158.01', '580.65.06', '550.54.16'])('%s brings firmware files of its number', (version) => {
    const { state, host } = busy()
    host.warmUpdate({ toVersion: version })
    for (const [index, gpu] of state.gpus.entries()) {
      expect(gpu.gsp.boot.find(({ step }) => step === 'load gsp')?.note).toBe(`nvidia/ad102/gsp/gsp-${version}.bin`)
      expect(host.gpuViews(String(index))[0]?.gsp.firmware).toBe(version)
    }
    expect(all(state)).toEqual([])
  })

  it('the firmware file of the new release can be missing, and the old driver is back', () => {
    const { state, host } = busy()
    // the migration record of a paused task tells of the copy
    const places = () => kept(state).map(({ plugins: _plugins, ...rest }) => rest)
    const before = places()
    arm(state, 'firmware.booter_load', 'missing')
    expect(() => host.warmUpdate({ toVersion: '580.65.06' })).toThrow(expect.objectContaining({ errno: 'ENOENT' }))
    expect([state.driverVersion, places()]).toEqual(['570.144', before])
    expect(host.gpuViews()[0]?.gsp.firmware).toBe('535.113.01')
  })

  it.each([
    ['550.54.16', [0x7_0001, 0x14_0001]],
    ['570.158.01', [0x7_0001, 0x18_0001]],
    ['575.51.02', [0x7_0001, 0x18_0001]],
    ['580.65.06', [0x14_0001, 0x1a_0001]],
    ['999.99', [0x14_0001, 0x1a_0001]],
    ['390.99', [0x7_0001, 0x12_0001]],
  ])('%s accepts the guests of its branch', (version, [oldest, newest]) => {
    expect(profileUnder(PROFILES.v2, version).vgpuVersion).toEqual({ oldest, newest })
  })

  it('both neighbours of a release accept a guest that was started on it', () => {
    for (const version of ['550.54.16', '570.144', '580.65.06']) {
      const { newest } = profileUnder(PROFILES.v2, version).vgpuVersion
      const next = { '550.54.16': '570.144', '570.144': '580.65.06' }[version]
      const window = next && profileUnder(PROFILES.v2, next).vgpuVersion
      if (window) expect([window.oldest <= newest, window.newest >= newest]).toEqual([true, true])
    }
  })

  it('a vGPU outside the window of the new driver stays restorable, the others run on', () => {
    const { state, host } = busy()
    for (const vgpu of Object.values(state.gpus[0]?.mgr?.vgpus ?? {})) if (vgpu.id === 1) vgpu.version = 0x12_0001
    const { failed, warnings } = host.warmUpdate({ toVersion: '580.65.06' })
    expect([failed, warnings.length]).toEqual([true, 1])
    expect(warnings[0]).toContain('its guest speaks vGPU version 0x12.0x1, and 580.65.06 takes 0x14.0x1 to 0x1a.0x1')
    const running = () => state.gpus.flatMap(({ vfs }) => vfs.flatMap((vf) => (vf.opened ? [vf.uuid] : [])))
    expect(running()).toEqual([UUIDS[1], UUIDS[2]])
    expect(state.gpus[0]?.vfs[1]?.saved?.size).toBeGreaterThan(0)
    expect(all(state)).toEqual([])
    expect(() => host.restoreSavedVgpus({ selectors: [UUIDS[0] ?? ''] })).toThrow()
    host.warmUpdate({ toVersion: '570.144' })
    host.restoreSavedVgpus({ selectors: [UUIDS[0] ?? ''] })
    expect(running()).toEqual([UUIDS[0], UUIDS[1], UUIDS[2]])
    expect(all(state)).toEqual([])
  })

  it('a new vGPU speaks the new release’s version, one that came over keeps its own', () => {
    const { state, host } = busy()
    host.warmUpdate({ toVersion: '580.65.06' })
    host.createVgpu({ type: 'L40-4Q', uuid: '77777777-2222-4333-8444-555555555555', start: true, vf: '0/3' })
    const versions = Object.values(state.gpus[0]?.mgr?.vgpus ?? {}).map(({ version }) => version)
    expect(versions).toEqual([0x18_0001, 0x18_0001, 0x1a_0001])
    expect(refusalOf(() => host.warmUpdate({ toVersion: '570.144' }))).toBe(null)
    expect(state.gpus[0]?.vfs.map((vf) => vf.saved !== null)).toEqual([false, false, false, true])
  })

  it('the type table is the new release’s, and a type that an older one lacks keeps it from coming back', () => {
    const { state, host } = busy()
    const names = () => new Set(state.gpus[0]?.gsp.types.map(({ vgpuType }) => typeById(vgpuType)?.vgpuName))
    expect(names()).not.toContain('NVIDIA L40-3B')
    host.warmUpdate({ toVersion: '580.65.06' })
    expect(names()).toContain('NVIDIA L40-3B')
    expect(state.gpus[0]?.mgr?.types).toEqual(state.gpus[0]?.gsp.types.map(({ vgpuType }) => vgpuType))
    host.destroyVgpus({ selectors: [], all: true })
    host.createVgpu({ type: 'L40-3B', uuid: UUIDS[0] ?? '', start: true, vf: '0/1' })
    const before = structuredClone(state)
    expect(refusalOf(() => host.warmUpdate({ toVersion: '570.144' }))).toBe('EINVAL')
    expect(state).toEqual(before)
    host.destroyVgpus({ selectors: [], all: true })
    host.warmUpdate({ toVersion: '570.144' })
    expect(names()).not.toContain('NVIDIA L40-3B')
    expect(refusalOf(() => host.createVgpu({ type: 'L40-3B', uuid: UUIDS[0] ?? '', start: true }))).toBe('ENODEV')
  })
})

/** The errno of a refusal, or null. */
function refusalOf(act: () => void): string | null {
  try {
    act()
    return null
  } catch (error) {
    if (error instanceof NvError) return error.errno
    throw error
  }
}
