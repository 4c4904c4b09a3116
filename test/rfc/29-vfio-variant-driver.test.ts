import { describe, expect, it } from 'vitest'
import { GiB, KiB, MiB } from '../../src/abi/align.ts'
import { VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, VFIO_DEVICE_PCI_HOT_RESET, VFIO_DEVICE_RESET } from '../../src/abi/vfio.ts'
import { Machine } from '../../src/engine/machine.ts'
import type { NvkmVgpuMgrVfioOps } from '../../src/engine/nvkm/ops.ts'
import { fromSparse } from '../../src/engine/sparse.ts'
import type { ProfileName } from '../../src/engine/state.ts'
import { NvError } from '../../src/errors/nv-error.ts'
import { arm, DRIVER, hostOf, lasting, reloaded, uuidOf } from '../engine/host-of.ts'
import { bound, fileOf, lines, refusal, running, word } from './hosts.ts'

describe('patch 29: VFIO variant driver', () => {
  it('takes a reference at probe and gives it back at remove; a probe that fails leaves the VF unbound and says so', () => {
    const { state, host, gpu } = bound()
    arm(state, 'vf.probe', 'ENOMEM')
    const before = reloaded(state)
    expect(() => host.bindVf('1', DRIVER)).toThrow(refusal({ errno: 'ENOMEM' }))
    expect(lasting(state)).toEqual(lasting(before))
    expect(lines(gpu).at(-1)).toBe('nvidia-vgpu-vfio 0000:c1:00.5: VF probe failed with ret: ENOMEM')
    host.bindVf('1', DRIVER)
    host.unbindVf('1')
    expect(gpu.mgr?.refs).toBe(1)
  })

  it('refuses a PF without type 869 under rfc-v1 with ENODEV, and puts the manager', () => {
    const { host, gpu } = hostOf({ board: 'L4', profile: 'rfc-v1' })
    expect(host.enableVfs({ count: 1 }).failed).toBe(true)
    expect([gpu.vfs[0]?.driver, gpu.mgr, gpu.nvkm.handle]).toEqual([null, null, false])
  })

  it('opens without a type under rfc-v1 and refuses to under v2', () => {
    const open = (profile: ProfileName) => {
      const { machine, gpu } = bound(profile)
      const [vf] = gpu.vfs
      if (!vf) throw new Error('no VF')
      machine.vfio(vf).open({ vm: 'vm', pid: 1 }, { uuid: uuidOf(1), uuidBytes: new Uint8Array(16) })
      return gpu
    }
    expect(open('rfc-v1').mgr?.vgpus[0]?.vgpuType).toBe(869)
    expect(() => open('v2')).toThrow(refusal({ errno: 'ENODEV' }))
  })

  it('refuses a second open with EBUSY, and remove while open', () => {
    const { machine, gpu } = running('v2')
    const [vf] = gpu.vfs
    if (!vf) throw new Error('no VF')
    const device = machine.vfio(vf)
    expect(() => device.open({ vm: 'other', pid: 2 }, { uuid: uuidOf(1), uuidBytes: new Uint8Array(16) })).toThrow(
      refusal({ errno: 'EBUSY' }),
    )
    expect(() => device.remove()).toThrow(refusal({ errno: 'EBUSY' }))
  })

  it.each<[ProfileName, string, string, string]>([
    ['rfc-v1', 'vf.enable', 'EIO', 'EIO'],
    ['rfc-v1', 'vf.reset', 'ENOTTY', 'ENOTTY'],
    ['rfc-v1', 'rpc.13', 'drop', 'EINVAL'],
    ['v2', 'vf.enable', 'EIO', 'EIO'],
    ['v2', 'vf.reset', 'EAGAIN', 'EAGAIN'],
    ['v2', 'rpc.13', '7', 'EINVAL'],
  ])(
    'under %s an open that fails at %s leaves the VF closed, disabled and without vGPU',
    (profile, point, effect, errno) => {
      const { state, host, gpu } = bound(profile)
      const before = reloaded(state)
      arm(state, point, effect)
      expect(() => host.createVgpu({ type: '869', vf: '0', uuid: uuidOf(1), start: true })).toThrow(refusal({ errno }))
      expect(lasting(state)).toEqual(lasting(before))
      expect(host.vfViewOf('0')).toMatchObject({ opened: null, busMaster: false })
      expect(gpu.gsp.plugins).toEqual({})
    },
  )

  it('resets before the vGPU exists under v2 and after it under rfc-v1', () => {
    for (const [profile, exists] of [
      ['rfc-v1', true],
      ['v2', false],
    ] as const) {
      const { state, gpu } = bound(profile)
      arm(state, 'vf.reset', 'ENOTTY')
      const seen: boolean[] = []
      const machine = new Machine(state, gpu, {
        ops: (ops: NvkmVgpuMgrVfioOps) => ({
          ...ops,
          freeFbmem: (mem) => {
            seen.push(true)
            ops.freeFbmem(mem)
          },
        }),
      })
      const [vf] = gpu.vfs
      if (!vf) throw new Error('no VF')
      machine.vfio(vf).setCurrentVgpuType(869)
      expect(() =>
        machine.vfio(vf).open({ vm: 'vm', pid: 1 }, { uuid: uuidOf(1), uuidBytes: new Uint8Array(16) }),
      ).toThrow(NvError)
      expect(seen.length > 0, profile).toBe(exists)
    }
  })

  it('closes without a bus-master-off message: the VF is disabled and the vGPU gone', () => {
    const { host, gpu, machine } = running()
    expect(host.vfViewOf('0')).toMatchObject({ busMaster: true, opened: { vm: 'vm-0', pid: 1001 } })
    const [vf] = gpu.vfs
    if (!vf) throw new Error('no VF')
    const doorbells = gpu.hw.regs.b82200
    delete gpu.hw.regs.b82200
    machine.vfio(vf).close()
    expect(gpu.hw.regs.b82200).toBeUndefined()
    expect(doorbells).toBe(0x31)
    expect([vf.opened, gpu.mgr?.vgpus, gpu.gsp.plugins]).toEqual([null, {}, {}])
    expect(host.vfViewOf('0').busMaster).toBe(false)
  })

  it('shows the guest the golden first 64 bytes of configuration space for type 869', () => {
    const { gpu } = running()
    const golden = new Uint8Array(64)
    golden.set([0xde, 0x10, 0xb5, 0x26, 0, 0, 0x10, 0, 0xa1, 0, 0, 3], 0x00)
    golden.set([0xc], 0x14)
    golden.set([0xc], 0x1c)
    golden.set([0xde, 0x10, 0x6d, 0x17], 0x2c)
    golden.set([0x7c], 0x34)
    expect(fromSparse(gpu.vfs[0]?.vconfig ?? '', 4096).subarray(0, 64)).toEqual(golden)
  })

  it('reads the virtual configuration space by exact offset: error bits at 4, status at 6, MSI-X from the hardware', () => {
    const { file, hardware } = fileOf('rfc-v1')
    hardware(0x04, 0x0547)
    hardware(0x06, 0x8010)
    const device = file()
    device.write(7, 4, Uint8Array.of(2, 0))
    expect(word(device.read(7, 4, 2))).toBe(0x0142)
    expect(word(device.read(7, 4, 4))).toBe(0x80100142)
    expect(word(device.read(7, 6, 2))).toBe(0x8010)
    expect(word(device.read(7, 5, 1))).toBe(0)
    expect(word(device.read(7, 0x7c, 4))).toBe(0x50011)
    expect(() => device.read(7, 4094, 4)).toThrow(refusal({ errno: 'EINVAL' }))
  })

  it('masks BAR writes, upper halves too, and drops what a guest may not change', () => {
    const { device } = fileOf('rfc-v1')
    const all = new Uint8Array(4).fill(0xff)
    for (const offset of [0x00, 0x08, 0x10, 0x14, 0x18, 0x1c, 0x20, 0x24, 0x2c, 0x30, 0x34, 0x3c]) {
      device.write(7, offset, all)
    }
    expect([0x00, 0x08, 0x10, 0x14, 0x18, 0x1c, 0x20, 0x24].map((offset) => word(device.read(7, offset, 4)))).toEqual([
      0x26b510de, 0x030000a1, 0xfffc0000, 0xf000000c, 0xffffffff, 0xfe00000c, 0xffffffff, 0,
    ])
    expect([0x2c, 0x30, 0x34, 0x3c].map((offset) => word(device.read(7, offset, 4)))).toEqual([0x176d10de, 0, 0x7c, 0])
    expect(() => device.write(7, 0x14, Uint8Array.of(1, 2))).toThrow(refusal({ errno: 'EINVAL' }))
  })

  it('tells size and flags of all nine regions, BAR1 as the type says whatever the hardware has', () => {
    const { device } = fileOf('rfc-v1')
    expect(
      Array.from({ length: 9 }, (_, index) => device.regionInfo(index)).map(({ size, flags }) => [size, flags]),
    ).toEqual([
      [256 * KiB, 7],
      [256 * MiB, 7],
      [0, 0],
      [32 * MiB, 7],
      [0, 0],
      [0, null],
      [0, null],
      [4096, 3],
      [0, null],
    ])
    expect(() => device.regionInfo(9)).toThrow(refusal({ errno: 'EINVAL' }))
  })

  it('does nothing on reset and hot-reset ioctls under rfc-v1; under v2 reset is message 3 and a scrub', () => {
    const rfc = fileOf('rfc-v1')
    const before = reloaded(rfc.state)
    for (const command of [VFIO_DEVICE_RESET, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, VFIO_DEVICE_PCI_HOT_RESET])
      expect(rfc.device.ioctl(command, { bytes: new Uint8Array(0) })).toBe(0)
    expect(rfc.state).toEqual(before)
    const v2 = fileOf('v2')
    const { addr, size } = v2.vgpu.fb
    v2.machine.framebuffer.write(addr + size - 1, Uint8Array.of(7))
    v2.device.ioctl(VFIO_DEVICE_RESET, { bytes: new Uint8Array(0) })
    expect(v2.gpu.mgr?.vgpus[0]?.rpcSeq).toBe((v2.vgpu.rpcSeq ?? 0) + 1)
    expect(v2.machine.framebuffer.read(addr + size - 1, 1)).toEqual(Uint8Array.of(0))
  })

  it.each([
    ['vf.bar0.request', 'EBUSY'],
    ['vf.bar0.resource', 'EIO'],
    ['vf.bar0.map', 'ENOMEM'],
  ])('maps BAR0 at the first access; one that fails at %s is %s and maps nothing', (point, errno) => {
    const { state, device, vf } = fileOf('rfc-v1')
    arm(state, point, errno)
    expect(() => device.read(0, 0, 4)).toThrow(refusal({ errno }))
    expect(vf.bar0Mapped).toBe(false)
    device.write(0, 0x40, Uint8Array.of(1, 2, 3, 4))
    expect(word(device.read(0, 0x41, 2))).toBe(0x0302)
    expect(vf.bar0Mapped).toBe(true)
  })

  it.each<[string, object]>([
    ['index 5', { index: 5 }],
    ['a negative length', { length: -4096 }],
    ['a private mapping', { shared: false }],
    ['length 0', { length: 0 }],
    ['the upper half of a BAR', { index: 2 }],
    ['more than the hardware has', { length: 2 * GiB + 4096 }],
  ])('refuses mmap of %s with EINVAL', (_what, wrong) => {
    const { device } = fileOf('rfc-v1')
    const right = { index: 1, offset: 0, length: 2 * GiB, shared: true }
    expect(device.mmap(right)).toMatchObject({ length: 2 * GiB, cached: false })
    expect(() => device.mmap({ ...right, ...wrong })).toThrow(refusal({ errno: 'EINVAL' }))
  })

  it('refuses file operations of a device that is not open with ENODEV', () => {
    const { machine, gpu } = bound('v2')
    const [vf] = gpu.vfs
    if (!vf) throw new Error('no VF')
    expect(() => machine.vfio(vf).file()).toThrow(refusal({ errno: 'ENODEV' }))
    expect(lines(gpu).at(-1)).toBe('0000:c1:00.4: the device is not open')
  })
})
