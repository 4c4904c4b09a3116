import { describe, expect, it } from 'vitest'
import { PCI_DEVICE_ID, PCI_STATUS, PCI_VENDOR_ID } from '../../src/abi/pci.ts'
import { ConfigSpace } from '../../src/engine/hw/config-space.ts'
import { uuidOf } from './host-of.ts'
import { bare, opened } from './opened.ts'
import { refusal } from './refusal-of.ts'

describe('J 3: a VF’s BAR0', () => {
  it('has the read-only identification in its first four bytes, and registers from the fifth on', () => {
    const { file: open } = opened()
    const file = open()
    const bytes = (at: number, length: number) => [...file.read(0, at, length)]
    const boot0 = bytes(0, 4)
    expect(boot0.some((byte) => byte !== 0)).toBe(true)
    expect([bytes(1, 1), bytes(2, 2)]).toEqual([boot0.slice(1, 2), boot0.slice(2)])
    for (const at of [0, 4]) file.write(0, at, Uint8Array.of(0x44, 0x33, 0x22, 0x11))
    file.write(0, 3, Uint8Array.of(0x77))
    expect([bytes(0, 4), bytes(4, 4)]).toEqual([boot0, [0x44, 0x33, 0x22, 0x11]])
  })
})

describe('J 3: the reset of a VF', () => {
  it.each([
    ['a vendor id of 1 asks to try again', 0x0001, 'ENOTTY'],
    ['another vendor id is an answer', 0x10de, null],
  ])('%s, whatever the device id says', (_what, vendor, errno) => {
    const { machine, vf, gpu } = bare()
    machine.vfio(vf).setCurrentVgpuType(869)
    const config = new ConfigSpace(vf.config, (bytes) => {
      vf.config = bytes
    })
    config.write16(PCI_VENDOR_ID, vendor)
    config.write16(PCI_DEVICE_ID, 0x26b5)
    config.save()
    const open = () => machine.vfio(vf).open({ vm: 'vm', pid: 1 }, { uuid: uuidOf(1), uuidBytes: new Uint8Array(16) })
    if (errno === null) open()
    else {
      expect(refusal(open)).toMatchObject({ errno })
      const text = '0000:c1:00.4: FLR failed CRS case, waited for 1000 ms'
      expect(gpu.klog.lines.map((line) => line.text)).toContain(text)
    }
    expect(vf.disconnected).toBe(errno !== null)
  })

  it.each([
    ['whose capability has no such reset', (config: ConfigSpace) => config.write32(0x44, 0x8020)],
    // a bit of the status register lies where the capability would have the flag
    ['without a PCI Express capability', (config: ConfigSpace) => config.write16(PCI_STATUS, 0x1000)],
  ])('is refused for a function %s', (_what, change) => {
    const { machine, vf, gpu } = bare()
    machine.vfio(vf).setCurrentVgpuType(869)
    const config = new ConfigSpace(vf.config, (bytes) => {
      vf.config = bytes
    })
    change(config)
    config.save()
    expect(
      refusal(() => machine.vfio(vf).open({ vm: 'vm', pid: 1 }, { uuid: uuidOf(1), uuidBytes: new Uint8Array(16) })),
    ).toMatchObject({ errno: 'EINVAL', message: '0000:c1:00.4 has no function-level reset' })
    expect(gpu.klog.lines.map(({ text }) => text)).toContain('0000:c1:00.4: FLR capability not present on the VF.')
  })
})
