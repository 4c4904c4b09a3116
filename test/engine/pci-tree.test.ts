import { describe, expect, it } from 'vitest'
import { PROFILES } from '../../src/catalog/profiles.ts'
import { newHost } from '../../src/engine/new-host.ts'
import type { HostState } from '../../src/engine/state.ts'
import { list, lookup, read, write } from '../../src/engine/sysfs/sysfs.ts'
import { boundHost } from './bound-host.ts'
import { uuidOf } from './host-of.ts'

const refusal = (errno: string) => expect.objectContaining({ errno })
const PF = '0000:c1:00.0'
const VF0 = '0000:c1:00.4'
const PORT = '0000:c0:01.0'
const CORE = `/sys/bus/pci/drivers/${PROFILES.v2.pciDrivers.pf}`
const PORT_DIR = `/sys/devices/pci0000:c0/${PORT}`

function on(options: Parameters<typeof newHost>[0] = {}, vfs = 2) {
  const state = newHost(options)
  const host = boundHost(state)
  if (vfs > 0) host.enableVfs({ gpu: '0', count: vfs })
  return { state, host, ...shell(state) }
}

function shell(state: HostState) {
  return {
    cat: (path: string) => Buffer.from(read(state, path)).toString('latin1'),
    echo: (text: string, path: string, offset = 0) => write(state, path, Buffer.from(text, 'latin1'), offset),
    ls: (path: string) => list(state, path).map((entry) => entry.name),
    realpath: (path: string) => `/sys/${lookup(state, path).segments.join('/')}`,
  }
}

describe('G 2: devices below /sys/devices', () => {
  it('G 2: a PF and its VFs lie below their root port, and buses link there', () => {
    const { realpath, ls } = on()
    expect(ls('/sys/devices')).toEqual(['pci0000:c0', 'virtual'])
    expect(ls(PORT_DIR)).toEqual(expect.arrayContaining([PF, VF0, '0000:c1:00.5']))
    for (const path of [
      `/sys/bus/pci/devices/${VF0}`,
      `/sys/bus/pci/devices/${PF}/virtfn0`,
      `/sys/bus/pci/drivers/nvidia-vgpu-vfio/${VF0}`,
      `/sys/bus/pci/devices/${VF0}/iommu_group/devices/${VF0}`,
      `/sys/class/vfio-dev/vfio1/device`,
    ]) {
      expect(realpath(path), path).toBe(`${PORT_DIR}/${VF0}`)
    }
  })

  it('G 2: every GPU has a root port of its own, and every PCI domain a host bridge', () => {
    const { ls, realpath } = on({ gpus: 64 }, 0)
    expect(ls('/sys/devices')).toEqual(['pci0000:c0', 'pci0001:c0', 'virtual'])
    expect(ls('/sys/bus/pci/devices').length).toBe(128)
    expect(realpath('0000:c9:00.0')).toBe('/sys/devices/pci0000:c0/0000:c0:02.0/0000:c9:00.0')
    expect(realpath('0001:c1:00.0')).toBe('/sys/devices/pci0001:c0/0001:c0:01.0/0001:c1:00.0')
  })

  it('G 2: a root port has a bridge’s configuration space, whose windows hold all of the GPU', () => {
    const { state, cat } = on()
    const config = Buffer.from(read(state, `${PORT}/config`))
    expect(config.length).toBe(4096)
    expect([config.readUInt16LE(0), config.readUInt16LE(2), config[0x0e]]).toEqual([0x1022, 0x1483, 0x81])
    expect([...config.subarray(0x18, 0x1b)]).toEqual([0xc0, 0xc1, 0xc1])
    const lines = cat(`${PORT}/resource`).trimEnd().split('\n')
    expect(lines.length).toBe(17)
    const window = (line: string | undefined) => (line ?? '').split(' ').map(BigInt)
    const [low, high] = [window(lines[14]), window(lines[15])]
    for (const path of [PF, VF0]) {
      for (const line of cat(`${path}/resource`).trimEnd().split('\n')) {
        const [start = 0n, end = 0n, flags = 0n] = window(line)
        if (end === 0n) continue
        const [from = 0n, to = 0n] = (flags & 0x2000n) === 0n ? low : high
        expect(start >= from && end <= to, line).toBe(true)
      }
    }
    expect(BigInt(config.readUInt16LE(0x20)) << 16n).toBe(low[0])
    expect((BigInt(config.readUInt32LE(0x28)) << 32n) | (BigInt(config.readUInt16LE(0x24) & 0xfff0) << 16n)).toBe(
      high[0],
    )
  })

  it('G 2: the root port keeps its driver and its registers', () => {
    const { state, echo, cat } = on()
    const before = read(state, `${PORT}/config`)
    write(state, `${PORT}/config`, new Uint8Array(256).fill(0xff))
    expect(read(state, `${PORT}/config`)).toEqual(before)
    expect(cat(`${PORT}/uevent`)).toContain('DRIVER=pcieport\nPCI_CLASS=60400\nPCI_ID=1022:1483\n')
    expect(() => echo(PORT, '/sys/bus/pci/drivers/pcieport/unbind')).toThrow(refusal('ENODEV'))
    expect(() => echo('x', `${PORT}/driver_override`)).toThrow(refusal('EBUSY'))
  })
})

describe('G 2: IOMMU groups', () => {
  it('G 2: a group has its one device, a type and reserved regions', () => {
    const { cat, ls, echo } = on()
    expect(ls(`${VF0}/iommu_group`)).toEqual(['devices', 'reserved_regions', 'type'])
    expect(ls(`${PORT}/iommu_group/devices`)).toEqual([PORT])
    expect(cat(`${VF0}/iommu_group/type`)).toBe('DMA-FQ\n')
    expect(cat(`${VF0}/iommu_group/reserved_regions`)).toBe('0x00000000fee00000 0x00000000feefffff msi\n')
    echo('DMA-FQ\n', `${VF0}/iommu_group/type`)
    expect(() => echo('DMA', `${VF0}/iommu_group/type`)).toThrow(refusal('EBUSY'))
    expect(() => echo('none', `${VF0}/iommu_group/type`)).toThrow(refusal('EINVAL'))
  })

  it('G 2: the character devices of VFIO are there while the VF is bound', () => {
    const { cat, ls, host } = on()
    expect(ls('/sys/class/vfio-dev')).toEqual(['vfio1', 'vfio2'])
    expect(cat(`${VF0}/vfio-dev/vfio1/dev`)).toBe('510:1\n')
    expect(cat(`${VF0}/vfio-dev/vfio1/uevent`)).toBe('MAJOR=510\nMINOR=1\nDEVNAME=vfio/devices/vfio1\n')
    expect(cat('/sys/class/vfio/65/uevent')).toBe('MAJOR=511\nMINOR=65\nDEVNAME=vfio/65\n')
    host.unbindVf('0')
    expect(ls('/sys/class/vfio-dev')).toEqual(['vfio2'])
    expect(ls('/sys/class/vfio')).toEqual(['66'])
  })
})

describe('G 2: attributes that clients probe', () => {
  it.each([
    [PF, 'ari_enabled', '1\n'],
    [VF0, 'ari_enabled', '1\n'],
    [PORT, 'ari_enabled', '0\n'],
    [PF, 'current_link_speed', '16.0 GT/s PCIe\n'],
    [PF, 'max_link_width', '16\n'],
    [VF0, 'current_link_speed', 'Unknown\n'],
    [VF0, 'max_link_speed', '16.0 GT/s PCIe\n'],
    [PORT, 'current_link_width', '16\n'],
    [PF, 'local_cpulist', '0-63\n'],
    [PF, 'd3cold_allowed', '1\n'],
    [PF, 'dma_mask_bits', '47\n'],
    [VF0, 'dma_mask_bits', '32\n'],
    [PF, 'reset_method', 'flr\n'],
    [PF, 'driver_override', '(null)\n'],
    [PF, 'power/runtime_status', 'active\n'],
    [PORT, 'secondary_bus_number', '193\n'],
  ])('G 2: %s/%s is %j', (bdf, name, text) => {
    expect(on().cat(`${bdf}/${name}`)).toBe(text)
  })

  it.each([
    ['remove', '0220'],
    ['rescan', '0200'],
    ['reset', '0200'],
    ['driver_override', '0644'],
    ['local_cpus', '0444'],
    ['config', '0644'],
  ])('G 2: the mode of %s is %s', (name, mode) => {
    const { state } = on()
    expect(list(state, PF).find((entry) => entry.name === name)?.mode).toBe(mode)
  })

  it.each<[string, string, string | null]>([
    [`${PF}/rescan`, '1', null],
    [`${PF}/rescan`, 'x', 'EINVAL'],
    ['/sys/bus/pci/rescan', '1', null],
    [`${PF}/remove`, '0', null],
    [`${PF}/remove`, '1', 'EOPNOTSUPP'],
    [`${VF0}/reset`, '1', null],
    [`${VF0}/reset`, '0', 'EINVAL'],
    [`${PF}/reset_method`, 'default', null],
    [`${PF}/reset_method`, 'bus', 'EINVAL'],
    [`${PF}/d3cold_allowed`, '1', null],
    [`${PF}/d3cold_allowed`, '0', 'EINVAL'],
    [`${PF}/power/control`, 'auto', null],
    [`${PF}/power/control`, 'off', 'EINVAL'],
    [`${PF}/uevent`, 'add', null],
    [`${PF}/uevent`, 'exist', 'EINVAL'],
    ['/sys/bus/pci/drivers_autoprobe', '1', null],
    [`${PF}/local_cpus`, '1', 'EACCES'],
  ])('G 2: a write to %s of %j: %s', (path, text, errno) => {
    const { echo } = on()
    if (errno === null) expect(echo(text, path)).toBe(text.length)
    else expect(() => echo(text, path)).toThrow(refusal(errno))
  })

  it('G 2: reset of a PF with vGPUs is EBUSY, without them the GPU boots again', () => {
    const { echo, host, ls } = on()
    host.createVgpu({ type: '869', vf: '0', uuid: uuidOf(1), start: true })
    expect(() => echo('1', `${PF}/reset`)).toThrow(refusal('EBUSY'))
    host.destroyVgpus({ selectors: [uuidOf(1)] })
    echo('1', `${PF}/reset`)
    expect(ls('/sys/bus/pci/devices')).toEqual([PORT, PF])
  })

  it('G 2: driver_override of a PF keeps the core driver away until it is cleared', () => {
    const { echo, cat } = on({}, 0)
    echo(PF, `${CORE}/unbind`)
    echo('vfio-pci\n', `${PF}/driver_override`)
    expect(() => echo(PF, `${CORE}/bind`)).toThrow(refusal('ENODEV'))
    echo('\n', `${PF}/driver_override`)
    echo(PF, `${CORE}/bind`)
    expect(cat(`${PF}/driver_override`)).toBe('(null)\n')
  })
})

describe('G 1: writes at an offset', () => {
  it('G 1: a text attribute ignores the offset, as `echo 4 >> sriov_numvfs` needs it', () => {
    const { echo, cat } = on({}, 0)
    expect(echo('2\n', `${PF}/sriov_numvfs`, 4096)).toBe(2)
    expect(cat(`${PF}/sriov_numvfs`)).toBe('2\n')
  })

  it('G 1: a binary attribute ends: no bytes are answered with 0', () => {
    const { echo } = on({}, 0)
    expect(echo('xy', `${PF}/config`, 4095)).toBe(1)
    expect(() => echo('x', `${PF}/config`, 4096)).toThrow(refusal('ENOSPC'))
    expect(echo('', `${PF}/config`, 4096)).toBe(0)
  })
})
