import { describe, expect, it } from 'vitest'
import { NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_ENUMERATE_VGPU_PER_PGPU } from '../../src/abi/ctrl2080.ts'
import { PROFILES, type ProfileName } from '../../src/catalog/profiles.ts'
import { typeByName } from '../../src/catalog/vgpu-types.ts'
import { displayLayouts } from '../../src/engine/guest/displays.ts'
import { familyOf } from '../../src/engine/guest/driver.ts'
import { checkHost } from '../../src/engine/invariants.ts'
import { Machine } from '../../src/engine/machine.ts'
import { newHost } from '../../src/engine/new-host.ts'
import { boundHost, type Host } from './bound-host.ts'
import { refusal } from './refusal-of.ts'

let made = 0
const uuid = () => `00000000-0000-4000-8000-${String(++made).padStart(12, '0')}`

function started(options: { profile?: ProfileName; gpus?: number; board?: string } = {}): Host {
  const host = boundHost(newHost(options))
  for (const gpu of host.gpuViews()) host.enableVfs({ gpu: String(gpu.index), count: 18 })
  return host
}

/** A configured vGPU, not started. */
const configure = (host: Host, type: string, gpu = '0') =>
  host.createVgpu({ type, gpu, uuid: uuid(), start: false }).items[0]?.uuid ?? ''

const attach = (host: Host, vgpu: string, vm: string, guestOs = 'linux', more: { tcc?: boolean } = {}) =>
  host.attachVgpu({ vgpu, vm, guestOs, ...more })

describe('attaching a vGPU to a VM', () => {
  it('starts it, loads the guest’s driver, and says what it may show', () => {
    const host = started()
    const { items, warnings } = attach(host, configure(host, 'L40-4Q'), 'desk', 'ubuntu-24.04')
    expect(warnings).toEqual([])
    expect(items[0]).toMatchObject({
      state: 'running',
      vm: 'desk',
      pid: 1001,
      guestOs: 'ubuntu-24.04',
      guestDriver: PROFILES.v2.guestDriver.linux,
      frameRateLimit: 60,
      displays: ['1 x 7680x4320', '4 x 5120x2880'],
    })
    expect(checkHost(host.state, [0])).toEqual([])
  })

  it('refuses one that runs, and one that is not there', () => {
    const host = started()
    const vgpu = configure(host, 'L40-4Q')
    attach(host, vgpu, 'a')
    expect(refusal(() => attach(host, vgpu, 'b'))).toMatchObject({ errno: 'EBUSY', code: 'busy' })
    expect(refusal(() => attach(host, 'nobody', 'b'))).toMatchObject({ code: 'not-found' })
  })

  it('keeps the VM’s answer to a request to go', () => {
    const host = started()
    host.attachVgpu({ vgpu: configure(host, 'L40-4Q'), vm: 'a', guestOs: 'linux', policy: 'ignores' })
    expect(refusal(() => host.disableVfs({ force: true }))).toMatchObject({ errno: 'EBUSY' })
  })

  it('leaves no guest behind where opening fails', () => {
    const host = started()
    const vgpu = configure(host, 'L40-4Q')
    host.addFault({ point: 'rpc.13', effect: '1' })
    refusal(() => attach(host, vgpu, 'a'))
    expect(host.vgpuViewOf(vgpu)).toMatchObject({ state: 'configured', guestDriver: null, vm: null })
    expect(host.state.gpus[0]?.gsp.plugins).toEqual({})
  })
})

describe('series and guest operating system', () => {
  it.each([
    ['L40-4Q', 'linux', false, true],
    ['L40-4Q', 'windows', false, true],
    ['L40-4Q', 'win11', true, true],
    ['L40-2B', 'linux', false, true],
    ['L40-2B', 'windows', false, true],
    ['L40-2A', 'windows', false, true],
    ['L40-2A', 'linux', false, true],
    ['L40-4C', 'linux', false, true],
    ['L40-4C', 'windows', false, false],
    ['L40-4C', 'windows', true, true],
    ['L40-2B', 'windows', true, false],
  ])('%s in a %s guest (TCC %s): the driver loads: %s', (type, os, tcc, loads) => {
    const host = started()
    const { items, warnings } = attach(host, configure(host, type), 'a', os, { tcc })
    // the VM runs in both cases: the host cannot know the guest
    expect(items[0]).toMatchObject({ state: 'running', guestOs: os })
    expect(items[0]?.guestDriver === null).toBe(!loads)
    expect(warnings).toHaveLength(loads ? 0 : 1)
    host.advance(30_000_000)
    const [stats] = host.vgpuStats({ selectors: [] })
    if (!loads) expect(stats?.mean).toEqual({ gpu: 0, memory: 0, encoder: 0, decoder: 0 })
    else expect(stats?.mean?.gpu).toBeGreaterThan(0)
  })

  it('TCC is a mode of Windows', () => {
    const host = started()
    const vgpu = configure(host, 'L40-4C')
    expect(refusal(() => attach(host, vgpu, 'a', 'linux', { tcc: true }))).toMatchObject({ code: 'invalid-argument' })
    expect(host.vgpuViewOf(vgpu).state).toBe('configured')
  })

  it('knows a family by its name', () => {
    expect(['windows', 'Windows Server 2022', 'win11', 'linux', 'ubuntu', 'darwin', null].map(familyOf)).toEqual([
      'windows',
      'windows',
      'windows',
      'linux',
      'linux',
      'linux',
      'linux',
    ])
  })
})

describe('what the host learns of a guest', () => {
  it('comes with message 14 and with the enumeration of vGPUs, byte for byte the same', () => {
    const host = started()
    attach(host, configure(host, 'L40-4Q'), 'a', 'windows')
    attach(host, configure(host, 'L40-4Q'), 'b', 'linux')
    const gpu = host.state.gpus[0]
    if (!gpu) throw new Error('no GPU')
    const machine = new Machine(host.state, gpu)
    const enumerate = NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_ENUMERATE_VGPU_PER_PGPU.params
    const reply = machine.ops.rmCtrlRd(
      { handle: gpu.mgr?.client ?? 0 },
      NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_ENUMERATE_VGPU_PER_PGPU.cmd,
      enumerate.encode({}),
    )
    const { numVgpu, vgpuGuest } = enumerate.decode(reply)
    expect(numVgpu).toBe(2)
    expect(vgpuGuest[0]).toMatchObject({
      guestVmInfo: {
        vmPid: 1001,
        guestOs: 2,
        frameRateLimit: 60,
        licensed: false,
        guestDriverVersion: PROFILES.v2.guestDriver.windows,
        guestDriverBranch: 'r570_00',
        guestNegotiatedVgpuVersion: PROFILES.v2.vgpuVersion.newest,
        guestVmInfoState: 1,
      },
      vgpuDevice: { gfid: 1, bDriverLoaded: true, encoderCapacity: 100 },
    })
    for (const index of [0, 1]) expect(machine.mgr.rpc(index).getGuestInfo()).toEqual(vgpuGuest[index]?.guestVmInfo)
  })

  it('is nothing but the pid before a driver has loaded', () => {
    const host = started()
    attach(host, configure(host, 'L40-4C'), 'a', 'windows')
    const gpu = host.state.gpus[0]
    if (!gpu) throw new Error('no GPU')
    expect(new Machine(host.state, gpu).mgr.rpc(0).getGuestInfo()).toMatchObject({
      vmPid: 1001,
      guestOs: 0,
      guestDriverVersion: '',
      guestVmInfoState: 0,
    })
  })
})

describe('several vGPUs in one VM', () => {
  it('of the Q series go together, in any size, up to 16, with the VM’s pid', () => {
    const host = started({ profile: 'v2' })
    host.setMode({ mode: 'heterogeneous' })
    attach(host, configure(host, 'L40-8Q'), 'big')
    const { items } = attach(host, configure(host, 'L40-2Q'), 'big')
    expect(items[0]).toMatchObject({ vm: 'big', pid: 1001 })
    const many = started()
    for (let i = 0; i < 16; i += 1) attach(many, configure(many, 'L40-2Q'), 'm')
    const last = configure(many, 'L40-2Q')
    expect(refusal(() => attach(many, last, 'm'))).toMatchObject({
      errno: 'EINVAL',
      message: 'VM m does not start: it has 16 vGPUs, 16 are possible',
    })
    expect(attach(many, last, 'n').changed).toBe(true)
  })

  it('may be on two GPUs of one board model', () => {
    const host = started({ gpus: 2 })
    attach(host, configure(host, 'L40-16C', '0'), 'train')
    expect(attach(host, configure(host, 'L40-24C', '1'), 'train').items[0]).toMatchObject({ gpu: 1, pid: 1001 })
  })

  it.each([
    ['L40-2B', 'L40-2B', 'conflict'],
    ['L40-2A', 'L40-2Q', 'conflict'],
    ['L40-2Q', 'L40-2B', 'conflict'],
    ['L40-4Q', 'L40-4C', 'type-mismatch'],
  ])('%s and %s do not: the VM does not start (%s)', (first, second, code) => {
    const host = started({ profile: 'vgpu17' })
    attach(host, configure(host, first), 'a')
    const vgpu = configure(host, second)
    expect(refusal(() => attach(host, vgpu, 'a'))).toMatchObject({ errno: 'EINVAL', code })
    expect(refusal(() => host.startNamed({ selectors: [vgpu], vm: 'a' }))).toMatchObject({ code })
    expect(host.vgpuViewOf(vgpu).state).toBe('configured')
    expect(attach(host, vgpu, 'b').changed).toBe(true)
  })

  it('of two board models do not', () => {
    const host = started({ profile: 'vgpu17' })
    const other = newHost({ board: 'L40S', gpus: 1, profile: 'vgpu17' }).gpus[0]
    if (!other) throw new Error('no GPU')
    host.state.gpus.push({ ...other, bdf: '0000:c2:00.0' })
    host.enableVfs({ gpu: '1', count: 2 })
    attach(host, configure(host, 'L40-8C', '0'), 'a')
    expect(refusal(() => attach(host, configure(host, 'L40S-8C', '1'), 'a'))).toMatchObject({ code: 'type-mismatch' })
  })

  it('run one guest, of one family', () => {
    const host = started()
    attach(host, configure(host, 'L40-4Q'), 'a', 'windows')
    expect(refusal(() => attach(host, configure(host, 'L40-4Q'), 'a', 'linux'))).toMatchObject({ code: 'conflict' })
  })

  it('is not what vGPUs become that nobody gave a VM, on whatever GPU', () => {
    const host = started({ gpus: 2 })
    for (const gpu of ['0', '1']) host.createVgpu({ type: 'L40-1B', gpu, uuid: uuid(), start: true })
    expect(host.vgpuViews().map((vgpu) => vgpu.vm)).toEqual(['vm-0', 'vm-1-0'])
  })
})

describe('display layouts', () => {
  it.each([
    ['8Q', ['2 x 7680x4320', '4 x 5120x2880']],
    ['48Q', ['2 x 7680x4320', '4 x 5120x2880']],
    ['6Q', ['1 x 7680x4320', '4 x 5120x2880']],
    ['4Q', ['1 x 7680x4320', '4 x 5120x2880']],
    ['3Q', ['1 x 7680x4320', '2 x 5120x2880', '3 x 4096x2400', '4 x 3840x2400']],
    ['2Q', ['1 x 7680x4320', '2 x 5120x2880', '3 x 4096x2400', '4 x 3840x2400']],
    ['1Q', ['1 x 5120x2880', '2 x 3840x2400', '4 x 2560x1600']],
    ['2B', ['1 x 5120x2880', '2 x 3840x2400', '4 x 2560x1600']],
    ['1B', ['1 x 5120x2880', '4 x 2560x1600']],
    ['8A', ['1 x 1280x1024']],
    ['8C', ['1 x 3840x2400']],
  ])('of L40-%s are %j', (size, layouts) => {
    const type = typeByName(`L40-${size}`)
    if (!type) throw new Error(size)
    expect(displayLayouts(type).map(({ heads, width, height }) => `${heads} x ${width}x${height}`)).toEqual(layouts)
  })
})
