import { describe, expect, it } from 'vitest'
import { MiB } from '../../src/abi/align.ts'
import {
  regionOffset,
  VFIO_DEVICE_FEATURE,
  VFIO_DEVICE_GET_INFO,
  VFIO_DEVICE_GET_IRQ_INFO,
  VFIO_DEVICE_GET_PCI_HOT_RESET_INFO,
  VFIO_DEVICE_GET_REGION_INFO,
  VFIO_DEVICE_PCI_HOT_RESET,
  VFIO_DEVICE_RESET,
  VFIO_DEVICE_SET_IRQS,
  vfio_device_info,
  vfio_irq_info,
  vfio_irq_set,
  vfio_region_info,
} from '../../src/abi/vfio.ts'
import { ConfigSpace } from '../../src/engine/hw/config-space.ts'
import { Framebuffer } from '../../src/engine/hw/framebuffer.ts'
import { klogLines } from '../../src/engine/klog.ts'
import { fromSparse } from '../../src/engine/sparse.ts'
import { arm, lasting, reloaded } from './host-of.ts'
import { bare, opened } from './opened.ts'

const refusal = (errno: string) => expect.objectContaining({ errno })
const NOTHING = new Uint8Array(0)

describe('region info', () => {
  it.each<[number, number, number | null]>([
    [0, 256 * 1024, 7],
    [1, 256 * MiB, 7],
    [2, 0, 0],
    [3, 32 * MiB, 7],
    [4, 0, 0],
    [5, 0, null],
    [6, 0, null],
    [7, 4096, 3],
    [8, 0, null],
  ])('of index %i: %i bytes, flags %s', (index, size, flags) => {
    expect(opened().file().regionInfo(index)).toEqual({ index, size, flags, offset: index * 2 ** 40 })
  })

  it('of BAR1 is the type’s, whatever the hardware has', () => {
    const { file, vf, machine } = opened('v2', '869')
    const hardware = machine.board.sriov?.vfBar1Size
    expect(hardware).toBe(2048 * MiB)
    expect(file().regionInfo(1).size).toBe(256 * MiB)
    expect(vf.vgpuType).toBe(869)
  })

  it.each([9, 10, 255])('of index %i is EINVAL', (index) => {
    expect(() => opened().file().regionInfo(index)).toThrow(refusal('EINVAL'))
  })
})

describe('GET_REGION_INFO', () => {
  const ask = (index: number, flags = 0, argsz = 32) => vfio_region_info.encode({ argsz, index, flags })

  it('answers in the caller’s memory, offset index << 40', () => {
    const bytes = ask(7)
    expect(opened().file().ioctl(VFIO_DEVICE_GET_REGION_INFO, { bytes })).toBe(0)
    expect(vfio_region_info.decode(bytes)).toEqual({
      argsz: 32,
      flags: 3,
      index: 7,
      cap_offset: 0,
      size: 4096,
      offset: regionOffset(7),
    })
  })

  it('leaves the caller’s flags where the driver says nothing of them', () => {
    const bytes = ask(6, 0xdead)
    opened().file().ioctl(VFIO_DEVICE_GET_REGION_INFO, { bytes })
    expect(vfio_region_info.decode(bytes)).toMatchObject({ flags: 0xdead, size: 0 })
  })

  it('is EINVAL for memory that cannot be read or a short argsz, EFAULT for memory that cannot be written', () => {
    const file = opened().file()
    const region = (user: Parameters<typeof file.ioctl>[1]) => () => file.ioctl(VFIO_DEVICE_GET_REGION_INFO, user)
    expect(region({ bytes: ask(0), readable: false })).toThrow(refusal('EINVAL'))
    expect(region({ bytes: ask(0).subarray(0, 31) })).toThrow(refusal('EINVAL'))
    expect(region({ bytes: ask(0, 0, 31) })).toThrow(refusal('EINVAL'))
    expect(region({ bytes: ask(0), writable: false })).toThrow(refusal('EFAULT'))
    expect(region({ bytes: ask(9) })).toThrow(refusal('EINVAL'))
  })
})

describe('the other ioctls', () => {
  it('GET_INFO: a PCI device that can be reset, nine regions, five kinds of interrupt', () => {
    const bytes = vfio_device_info.encode({ argsz: vfio_device_info.size })
    opened().file().ioctl(VFIO_DEVICE_GET_INFO, { bytes })
    expect(vfio_device_info.decode(bytes)).toMatchObject({ flags: 3, num_regions: 9, num_irqs: 5, cap_offset: 0 })
    const short = vfio_device_info.encode({ argsz: 16 }).subarray(0, 16)
    expect(opened().file().ioctl(VFIO_DEVICE_GET_INFO, { bytes: short })).toBe(0)
  })

  it.each<[number, number, number]>([
    [0, 0, 7],
    [1, 0, 9],
    [2, 6, 9],
    [3, 1, 9],
    [4, 1, 9],
  ])('GET_IRQ_INFO %i: %i interrupts, flags %i', (index, count, flags) => {
    const bytes = vfio_irq_info.encode({ argsz: 16, index })
    opened().file().ioctl(VFIO_DEVICE_GET_IRQ_INFO, { bytes })
    expect(vfio_irq_info.decode(bytes)).toEqual({ argsz: 16, index, count, flags })
  })

  it('takes the number of MSI-X interrupts from the hardware', () => {
    const { file, vf } = opened()
    const config = new ConfigSpace(vf.config, (sparse) => {
      vf.config = sparse
    })
    // control word at 0x7e: table size minus one
    config.write16(0x7e, 2)
    config.save()
    expect(file().irqInfo(2).count).toBe(3)
  })

  it('GET_INFO and GET_IRQ_INFO: argsz too short EINVAL, unreadable or unwritable memory EFAULT, index 5 EINVAL', () => {
    const file = opened().file()
    const call =
      (command: number, bytes: Uint8Array, how = {}) =>
      () =>
        file.ioctl(command, { bytes, ...how })
    const info = vfio_device_info.encode({ argsz: 24 })
    const irq = vfio_irq_info.encode({ argsz: 16 })
    expect(call(VFIO_DEVICE_GET_INFO, vfio_device_info.encode({ argsz: 15 }))).toThrow(refusal('EINVAL'))
    expect(call(VFIO_DEVICE_GET_IRQ_INFO, vfio_irq_info.encode({ argsz: 15 }))).toThrow(refusal('EINVAL'))
    for (const [command, bytes] of [
      [VFIO_DEVICE_GET_INFO, info],
      [VFIO_DEVICE_GET_IRQ_INFO, irq],
    ] as const) {
      expect(call(command, bytes, { readable: false })).toThrow(refusal('EFAULT'))
      expect(call(command, bytes, { writable: false })).toThrow(refusal('EFAULT'))
    }
    expect(call(VFIO_DEVICE_GET_IRQ_INFO, vfio_irq_info.encode({ argsz: 16, index: 5 }))).toThrow(refusal('EINVAL'))
  })

  it('SET_IRQS with event descriptors enables MSI-X in the hardware, and none disables it again', () => {
    const { file, vf } = opened()
    const enabled = () => ((fromSparse(vf.config, 4096)[0x7f] ?? 0) & 0x80) !== 0
    const set = (flags: number, count: number, data: number) =>
      file().ioctl(VFIO_DEVICE_SET_IRQS, {
        bytes: vfio_irq_set.encode({ argsz: 20 + data, flags, index: 2, start: 0, count }),
      })
    expect(enabled()).toBe(false)
    set(0x24, 6, 24)
    expect(enabled()).toBe(true)
    set(0x21, 0, 0)
    expect(enabled()).toBe(false)
  })

  it.each<[string, object, string]>([
    ['argsz too short', { argsz: 19 }, 'EINVAL'],
    ['no such kind', { index: 5 }, 'EINVAL'],
    ['a count that overflows', { start: 1, count: 0xffffffff }, 'EINVAL'],
    ['unknown flags', { flags: 0x64 }, 'EINVAL'],
    ['two kinds of data', { flags: 0x25 }, 'EINVAL'],
    ['more than there are', { count: 7, argsz: 48 }, 'EINVAL'],
    ['a start beyond the last', { start: 6 }, 'EINVAL'],
    ['no room for the data', { argsz: 23 }, 'EINVAL'],
    ['an interrupt a VF does not have', { index: 0 }, 'EINVAL'],
    ['masking MSI-X', { flags: 0x0c }, 'ENOTTY'],
  ])('SET_IRQS refuses %s', (_what, changed, errno) => {
    const bytes = vfio_irq_set.encode({ argsz: 24, flags: 0x24, index: 2, start: 0, count: 1, ...changed })
    expect(() => opened().file().ioctl(VFIO_DEVICE_SET_IRQS, { bytes })).toThrow(refusal(errno))
  })

  it('hot resets succeed and do nothing; what is not there is ENOTTY', () => {
    const { state, file } = opened()
    const before = reloaded(state)
    for (const command of [VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, VFIO_DEVICE_PCI_HOT_RESET]) {
      expect(file().ioctl(command, { bytes: NOTHING })).toBe(0)
    }
    expect(state).toEqual(before)
    for (const command of [VFIO_DEVICE_FEATURE, 0x3b6a, 0x3b72, 0]) {
      expect(() => file().ioctl(command, { bytes: NOTHING })).toThrow(refusal('ENOTTY'))
    }
  })

  it('RESET does nothing under rfc-v1', () => {
    const { state, file } = opened('rfc-v1')
    const before = reloaded(state)
    expect(file().ioctl(VFIO_DEVICE_RESET, { bytes: NOTHING })).toBe(0)
    expect(state).toEqual(before)
  })

  it('RESET under v2 sends message 3 and clears guest memory', () => {
    const { state, file, gpu, machine } = opened()
    const vgpu = gpu.mgr?.vgpus[0]
    const fb = vgpu?.fb
    if (!vgpu || !fb) throw new Error('no vGPU')
    machine.framebuffer.write(fb.addr + 0x1000, Uint8Array.of(1, 2, 3))
    machine.framebuffer.write(fb.addr + fb.size - 3, Uint8Array.of(4, 5, 6))
    const sequence = vgpu.rpcSeq ?? 0
    file().ioctl(VFIO_DEVICE_RESET, { bytes: NOTHING })
    machine.flush()
    const after = new Framebuffer(state.gpus[0]?.hw.fb ?? { size: 0, pages: {} })
    expect(after.read(fb.addr + 0x1000, 3)).toEqual(new Uint8Array(3))
    expect(after.read(fb.addr + fb.size - 3, 3)).toEqual(new Uint8Array(3))
    expect([vgpu.rpcSeq, gpu.gsp.plugins[1]?.state]).toEqual([sequence + 1, 'running'])
  })

  it('RESET under v2 that the plugin refuses is EINVAL and leaves guest memory as it was', () => {
    const { state, file, gpu, machine } = opened()
    const fb = gpu.mgr?.vgpus[0]?.fb
    if (!fb) throw new Error('no vGPU')
    machine.framebuffer.write(fb.addr, Uint8Array.of(9))
    arm(state, 'rpc.3', '5')
    expect(() => file().ioctl(VFIO_DEVICE_RESET, { bytes: NOTHING })).toThrow(refusal('EINVAL'))
    expect(machine.framebuffer.read(fb.addr, 1)).toEqual(Uint8Array.of(9))
  })
})

describe('BAR0', () => {
  it('keeps what is written in 32-bit registers, read in any aligned size, and zero elsewhere', () => {
    const { file, vf } = opened()
    file().write(0, 0x100, Uint8Array.of(0x78, 0x56, 0x34, 0x12))
    expect([...file().read(0, 0x100, 4)]).toEqual([0x78, 0x56, 0x34, 0x12])
    expect([...file().read(0, 0x102, 2)]).toEqual([0x34, 0x12])
    file().write(0, 0x101, Uint8Array.of(0xff))
    expect([...file().read(0, 0xff, 6)]).toEqual([0, 0x78, 0xff, 0x34, 0x12, 0])
    expect(vf.regs).toEqual({ 100: 0x1234ff78 })
    file().write(0, 0x100, new Uint8Array(4))
    expect(vf.regs).toEqual({})
  })

  it('G 2: begins with the identification of the chip, which cannot be written', () => {
    const { file } = opened()
    file().write(0, 0, Uint8Array.of(1, 2, 3, 4))
    expect([...file().read(0, 0, 4)]).toEqual([0xa1, 0x00, 0x20, 0x19])
    expect([...file().read(0, 2, 2)]).toEqual([0x20, 0x19])
    expect([...file().read(0, 4, 4)]).toEqual([0, 0, 0, 0])
  })

  it('is requested and mapped by the first access and kept until close', () => {
    const { file, vf, host } = opened()
    expect(vf.bar0Mapped).toBe(false)
    file().read(0, 0, 4)
    expect(vf.bar0Mapped).toBe(true)
    host.closeVfio({ vf: '0' })
    expect([vf.bar0Mapped, vf.regs]).toEqual([false, {}])
  })

  it.each([
    ['vf.bar0.request', 'EBUSY', []],
    ['vf.bar0.resource', 'EIO', []],
    ['vf.bar0.map', 'ENOMEM', ["0000:c1:00.4: Can't map BAR0 MMIO space"]],
  ])('that fails at %s is %s, released, and works the next time', (point, errno, said) => {
    const { state, gpu, vf, file } = opened()
    arm(state, point, errno)
    const lines = () => klogLines(gpu.klog).map((line) => line.text)
    const before = lines()
    const was = reloaded(state)
    expect(() => file().read(0, 0, 4)).toThrow(refusal(errno))
    expect(lasting(state)).toEqual(lasting(was))
    expect(lines().slice(before.length)).toEqual(said)
    expect(file().read(0, 0, 4)).toEqual(Uint8Array.of(0xa1, 0x00, 0x20, 0x19))
    expect(vf.bar0Mapped).toBe(true)
  })

  it('ends where the hardware window ends', () => {
    const { file } = opened()
    expect(file().read(0, 256 * 1024 - 4, 4)).toHaveLength(4)
    expect(() => file().read(0, 256 * 1024, 1)).toThrow(refusal('EINVAL'))
    expect(() => file().write(0, 256 * 1024 - 2, new Uint8Array(4))).toThrow(refusal('EINVAL'))
  })

  it('is cleared by the reset of the next open', () => {
    const { file, vf, host } = opened()
    file().write(0, 0x40, Uint8Array.of(1))
    host.closeVfio({ vf: '0' })
    host.openVfio({ vf: '0', vm: 'next', uuid: vf.uuid ?? '' })
    expect(file().read(0, 0x40, 1)).toEqual(Uint8Array.of(0))
  })
})

describe('read and write', () => {
  it.each([1, 2, 3, 4, 5, 6, 8, 9, 200])('of region %i are EINVAL', (index) => {
    const { file } = opened()
    expect(() => file().read(index, 0, 4)).toThrow(refusal('EINVAL'))
    expect(() => file().write(index, 0, new Uint8Array(4))).toThrow(refusal('EINVAL'))
  })
})

describe('mmap', () => {
  const map = (request: object) =>
    opened()
      .file()
      .mmap({ index: 1, offset: 0, length: 4096, shared: true, ...request })

  it('gives the address behind the BAR, uncached', () => {
    expect(map({ index: 3, offset: 8192, length: 4096 })).toMatchObject({ length: 4096, cached: false })
    const first = map({ index: 3 })
    expect(map({ index: 3, offset: 8192 }).address).toBe(first.address + 8192)
  })

  it.each<[string, object]>([
    ['index 5', { index: 5 }],
    ['the configuration space', { index: 7 }],
    ['an area that ends before it starts', { length: -4096 }],
    ['a private mapping', { shared: false }],
    ['length 0', { length: 0 }],
    ['an offset off the page', { offset: 100 }],
    ['a BAR without a window', { index: 2 }],
    ['more than the hardware BAR', { length: 2048 * MiB + 4096 }],
    ['a start beyond it', { offset: 2048 * MiB }],
  ])('refuses %s with EINVAL', (_what, request) => {
    expect(() => map(request)).toThrow(refusal('EINVAL'))
  })

  it('accepts the whole hardware BAR, even where region info shows less', () => {
    expect(map({ length: 2048 * MiB }).length).toBe(2048 * MiB)
  })

  it('refuses what region info shows where the hardware has less', () => {
    const { machine, file } = opened()
    const { sriov } = machine.board
    if (!sriov) throw new Error('no SR-IOV')
    Object.assign(machine, { board: { ...machine.board, sriov: { ...sriov, vfBar1Size: 128 * MiB } } })
    expect(file().regionInfo(1).size).toBe(256 * MiB)
    expect(() => file().mmap({ index: 1, offset: 0, length: 256 * MiB, shared: true })).toThrow(refusal('EINVAL'))
    expect(file().mmap({ index: 1, offset: 0, length: 128 * MiB, shared: true }).length).toBe(128 * MiB)
  })
})

describe('a device that is not open', () => {
  it('answers every file operation with ENODEV and a warning', () => {
    const { machine, vf, gpu } = bare()
    expect(() => machine.vfio(vf).file()).toThrow(refusal('ENODEV'))
    expect(klogLines(gpu.klog).at(-1)).toMatchObject({ level: 'warn', text: '0000:c1:00.4: the device is not open' })
  })

  it('cannot be closed', () => {
    const { host } = bare()
    expect(() => host.closeVfio({ vf: '0' })).toThrow(refusal('ENODEV'))
  })
})
