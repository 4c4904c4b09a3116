import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkHost } from '../../src/engine/invariants.ts'
import { klogLines } from '../../src/engine/klog.ts'
import { Machine } from '../../src/engine/machine.ts'
import { newHost } from '../../src/engine/new-host.ts'
import type { HostState, ProfileName } from '../../src/engine/state.ts'
import { list, lookup, read, write } from '../../src/engine/sysfs/sysfs.ts'
import { NvError } from '../../src/errors/nv-error.ts'
import { boundHost } from './bound-host.ts'
import { DRIVER, gpuOf, lasting, reloaded, uuidOf } from './host-of.ts'
import { vfAt } from './opened.ts'

const refusal = (errno: string) => expect.objectContaining({ errno })
const PF = '0000:c1:00.0'
const VF0 = '0000:c1:00.4'
const PORT = '0000:c0:01.0'
const HEADER = 'ID    : vGPU Name\n'

function on(options: Parameters<typeof newHost>[0] = {}, vfs = 4) {
  const state = newHost(options)
  const host = boundHost(state)
  if (vfs > 0) host.enableVfs({ count: vfs })
  return { state, host, gpu: gpuOf(state), ...shell(state) }
}

/** cat, echo and ls on a host. */
function shell(state: HostState) {
  return {
    cat: (path: string) => Buffer.from(read(state, path)).toString('latin1'),
    echo: (text: string, path: string) => write(state, path, Buffer.from(text, 'latin1')),
    ls: (path: string) => list(state, path).map((entry) => entry.name),
  }
}

describe('the PF in sysfs', () => {
  it.each([
    ['vendor', '0x10de\n'],
    ['device', '0x26b5\n'],
    ['subsystem_vendor', '0x10de\n'],
    ['subsystem_device', '0x169d\n'],
    ['class', '0x030200\n'],
    ['revision', '0xa1\n'],
    ['modalias', 'pci:v000010DEd000026B5sv000010DEsd0000169Dbc03sc02i00\n'],
    ['sriov_totalvfs', '32\n'],
    ['sriov_numvfs', '4\n'],
    ['sriov_offset', '4\n'],
    ['sriov_stride', '1\n'],
    ['sriov_vf_device', '26b5\n'],
    ['sriov_drivers_autoprobe', '1\n'],
    ['sriov_vf_total_msix', '0\n'],
    ['numa_node', '-1\n'],
    ['enable', '1\n'],
    ['power_state', 'D0\n'],
    ['msi_bus', '1\n'],
    ['broken_parity_status', '0\n'],
    [
      'uevent',
      'DRIVER=NovaCore\nPCI_CLASS=30200\nPCI_ID=10DE:26B5\nPCI_SUBSYS_ID=10DE:169D\nPCI_SLOT_NAME=0000:c1:00.0\n' +
        'MODALIAS=pci:v000010DEd000026B5sv000010DEsd0000169Dbc03sc02i00\n',
    ],
  ])('says of %s: %j', (name, text) => {
    expect(on().cat(`/sys/bus/pci/devices/${PF}/${name}`)).toBe(text)
  })

  it('shows 4096 bytes of configuration space, and takes writes into writable bits only', () => {
    const { state, gpu } = on()
    const path = `${PF}/config`
    const before = read(state, path)
    expect(before.length).toBe(4096)
    expect([...before.subarray(0, 4)]).toEqual([0xde, 0x10, 0xb5, 0x26])
    write(state, path, new Uint8Array(4096).fill(0xff))
    const after = read(state, path)
    const changed = [...after].flatMap((byte, at) => (byte === before[at] ? [] : [at]))
    expect(changed).toEqual([4, 5, 0x0c, 0x3c, 0xb3])
    expect(new Machine(state, gpu).totalVfs()).toBe(32)
    write(state, path, Uint8Array.of(0x06), 4)
    expect(read(state, path)[4]).toBe(0x06)
  })

  it('lists 13 windows in resource: BARs, ROM, and those of all VFs', () => {
    const lines = on().cat(`${PF}/resource`).split('\n')
    expect(lines.length).toBe(14)
    expect(lines[0]).toBe('0x0000000080000000 0x0000000080ffffff 0x0000000000040200')
    expect(lines[1]).toMatch(/^0x[0-9a-f]{16} 0x[0-9a-f]{16} 0x000000000014220c$/)
    expect(lines[2]).toBe('0x0000000000000000 0x0000000000000000 0x0000000000000000')
    const [start = 0n, end = 0n] = (lines[8] ?? '').split(' ').map(BigInt)
    expect(end - start + 1n).toBe(BigInt(32 * 2 ** 31))
  })

  it('links to its VFs, its driver, its bus and its IOMMU group', () => {
    const { ls, cat } = on()
    expect(ls(PF).filter((name) => name.startsWith('virtfn'))).toEqual(['virtfn0', 'virtfn1', 'virtfn2', 'virtfn3'])
    expect(cat(`${PF}/virtfn2/physfn/virtfn0/nvidia/current_vgpu_type`)).toBe('0\n')
    expect(ls(`${PF}/driver`)).toEqual([PF, 'bind', 'module', 'new_id', 'remove_id', 'uevent', 'unbind'])
    expect(ls(`${PF}/iommu_group/devices`)).toEqual([PF])
    expect(ls(`${PF}/subsystem`)).toEqual([
      'devices',
      'drivers',
      'drivers_autoprobe',
      'drivers_probe',
      'rescan',
      'slots',
      'uevent',
    ])
  })

  it('has no nvidia directory', () => {
    expect(on().ls(PF)).not.toContain('nvidia')
  })
})

describe('a write to sriov_numvfs', () => {
  it('makes and removes VFs as the kernel does', () => {
    const { echo, cat, ls, gpu } = on({}, 0)
    expect(echo('4\n', `${PF}/sriov_numvfs`)).toBe(2)
    expect(ls('/sys/bus/pci/devices')).toEqual([PORT, PF, VF0, '0000:c1:00.5', '0000:c1:00.6', '0000:c1:00.7'])
    expect(echo('4', `${PF}/sriov_numvfs`)).toBe(1)
    expect(() => echo('8', `${PF}/sriov_numvfs`)).toThrow(refusal('EBUSY'))
    expect(klogLines(gpu.klog).at(-1)?.text).toContain('4 VFs already enabled. Disable before enabling 8 VFs')
    expect(() => echo('33', `${PF}/sriov_numvfs`)).toThrow(refusal('ERANGE'))
    expect(() => echo('four', `${PF}/sriov_numvfs`)).toThrow(refusal('EINVAL'))
    echo('0', `${PF}/sriov_numvfs`)
    expect(cat(`${PF}/sriov_numvfs`)).toBe('0\n')
  })

  it('is refused by NVIDIA’s driver, whose own tool does it: ENOENT', () => {
    const { echo, host } = on({ profile: 'vgpu17' }, 0)
    expect(() => echo('4', `${PF}/sriov_numvfs`)).toThrow(refusal('ENOENT'))
    expect(() => host.enableVfs({ count: 4, raw: true })).toThrow(refusal('ENOENT'))
    expect(host.enableVfs({ count: 4 }).items.length).toBe(4)
    expect(() => echo('33', `${PF}/sriov_numvfs`)).toThrow(refusal('ERANGE'))
    expect(echo('4', `${PF}/sriov_numvfs`)).toBe(1)
  })

  it('leaves VFs unbound with autoprobe off', () => {
    const { echo, gpu } = on({}, 0)
    for (const [text, value] of [
      ['0', false],
      ['Y', true],
      ['off\n', false],
      ['on', true],
      ['n', false],
    ] as const) {
      echo(text, `${PF}/sriov_drivers_autoprobe`)
      expect(gpu.nvkm.sriovDriversAutoprobe).toBe(value)
    }
    expect(() => echo('maybe', `${PF}/sriov_drivers_autoprobe`)).toThrow(refusal('EINVAL'))
    echo('2', `${PF}/sriov_numvfs`)
    expect(gpu.vfs.map((vf) => vf.driver)).toEqual([null, null])
  })
})

describe('a VF in sysfs', () => {
  it('shows the ids the kernel takes from the PF, while its own configuration space reads as all ones there', () => {
    const { cat, state } = on()
    expect([cat(`${VF0}/vendor`), cat(`${VF0}/device`), cat(`${VF0}/class`)]).toEqual([
      '0x10de\n',
      '0x26b5\n',
      '0x030200\n',
    ])
    expect([...read(state, `${VF0}/config`).subarray(0, 4)]).toEqual([0xff, 0xff, 0xff, 0xff])
  })

  it('has its share of the SR-IOV windows in resource', () => {
    const { cat } = on()
    const line = (vf: string, row: number) => cat(`${vf}/resource`).split('\n')[row]?.split(' ').map(BigInt) ?? []
    for (const row of [0, 1, 3]) {
      const [first = 0n, end = 0n] = line(VF0, row)
      const [second] = line('0000:c1:00.5', row)
      expect(second).toBe(end + 1n)
      expect(first).toBe(line(PF, row + 7)[0])
    }
    expect(cat(`${VF0}/resource`).split('\n').slice(6, 13)).toEqual(
      Array.from({ length: 7 }, () => '0x0000000000000000 0x0000000000000000 0x0000000000000000'),
    )
  })

  it('is enabled while open', () => {
    const { cat, echo, host } = on()
    expect(cat(`${VF0}/enable`)).toBe('0\n')
    host.createVgpu({ type: '869', vf: '0', uuid: uuidOf(1), start: true })
    expect(cat(`${VF0}/enable`)).toBe('1\n')
    expect(() => echo('0', `${VF0}/enable`)).toThrow(refusal('EBUSY'))
  })

  it('can be enabled by hand without a driver; disabling what is not enabled is EIO', () => {
    const { cat, echo, host } = on()
    host.unbindVf('0')
    expect(() => echo('0', `${VF0}/enable`)).toThrow(refusal('EIO'))
    echo('1', `${VF0}/enable`)
    expect(cat(`${VF0}/enable`)).toBe('1\n')
    echo('0', `${VF0}/enable`)
    expect(cat(`${VF0}/enable`)).toBe('0\n')
  })

  it('has a VFIO device and the nvidia directory only while it is bound', () => {
    const { ls, host, state, gpu } = on()
    expect(ls(VF0)).toEqual(expect.arrayContaining(['driver', 'nvidia', 'physfn', 'vfio-dev']))
    expect(ls(`${VF0}/vfio-dev/vfio1/device/nvidia`)).toEqual(['creatable_vgpu_types', 'current_vgpu_type'])
    host.unbindVf('0')
    for (const name of ['driver', 'nvidia', 'vfio-dev']) expect(ls(VF0)).not.toContain(name)
    new Machine(state, gpu).pfEvents.call(2)
    expect(ls('0000:c1:00.5')).toContain('driver')
    expect(ls('0000:c1:00.5')).not.toContain('nvidia')
  })

  it('shares no MSI-X vectors out', () => {
    const { echo, cat } = on()
    expect(() => echo('4', `${VF0}/sriov_vf_msix_count`)).toThrow(refusal('EOPNOTSUPP'))
    expect(() => cat(`${VF0}/sriov_vf_msix_count`)).toThrow(refusal('EACCES'))
  })

  it('maps its BARs and does not read them', () => {
    const { cat, echo } = on()
    expect(() => cat(`${VF0}/resource0`)).toThrow(refusal('EIO'))
    expect(() => echo('x', `${VF0}/resource1`)).toThrow(refusal('EIO'))
  })
})

describe('creatable_vgpu_types of the series', () => {
  const creatable = (vf: number) => `c1:00.${4 + vf}/nvidia/creatable_vgpu_types`

  it('has a header and every type of the PF in upload order while no VF has one', () => {
    const { cat, gpu } = on()
    const lines = cat(creatable(0)).split('\n')
    expect(lines[0]).toBe('ID    : vGPU Name')
    expect(lines[1]).toBe('869   : NVIDIA L40-1B')
    expect(lines.slice(1, -1).map((line) => Number.parseInt(line, 10))).toEqual(gpu.mgr?.types)
  })

  it('then only the type of the PF, without header; nothing for the VF that has it, nothing when there is no room', () => {
    const { cat, echo } = on()
    echo('879', `${VF0}/nvidia/current_vgpu_type`)
    expect(cat(creatable(0))).toBe('')
    expect(cat(creatable(1))).toBe('879   : NVIDIA L40-24Q\n')
    echo('879', `0000:c1:00.5/nvidia/current_vgpu_type`)
    expect(cat(creatable(2))).toBe('')
    echo('0', `${VF0}/nvidia/current_vgpu_type`)
    expect(cat(creatable(2))).toBe('879   : NVIDIA L40-24Q\n')
  })

  it('pads ids to five characters', () => {
    const { cat } = on({ board: 'L40S' })
    expect(cat(creatable(0))).toContain('\n1145  : NVIDIA L40S-1B\n')
  })
})

describe('current_vgpu_type of the series', () => {
  const file = `${VF0}/nvidia/current_vgpu_type`

  it.each<[string, string]>([
    ['', 'nothing'],
    ['\n', 'EINVAL'],
    ['abc', 'EINVAL'],
    ['0x365', 'EINVAL'],
    ['-1', 'EINVAL'],
    [' 869', 'EINVAL'],
    ['869 ', 'EINVAL'],
    ['869\n\n', 'EINVAL'],
    ['869a', 'EINVAL'],
    ['+869', 'taken'],
    ['869\n', 'taken'],
    ['0869', 'taken'],
    ['869\0junk', 'taken'],
    ['18446744073709551615', 'ENODEV'],
    ['18446744073709551616', 'ERANGE'],
    ['99999999999999999999junk', 'ERANGE'],
    ['868', 'ENODEV'],
  ])('reads %j: %s', (text, outcome) => {
    const { echo, cat } = on()
    if (outcome === 'taken' || outcome === 'nothing') {
      expect(echo(text, file)).toBe(text.length)
      expect(cat(file)).toBe(outcome === 'taken' ? '869\n' : '0\n')
    } else {
      expect(() => echo(text, file)).toThrow(refusal(outcome))
      expect(cat(file)).toBe('0\n')
    }
  })

  it('checks in order: open EBUSY before all, then unknown ENODEV, other type EINVAL, no room ENOSPC', () => {
    const { echo, host, cat } = on()
    echo('879', file)
    host.openVfio({ vf: '0', vm: 'vm', uuid: uuidOf(1) })
    for (const text of ['879', '0', '12345', '869']) expect(() => echo(text, file)).toThrow(refusal('EBUSY'))
    expect(() => echo('x', file)).toThrow(refusal('EINVAL'))
    const second = '0000:c1:00.5/nvidia/current_vgpu_type'
    expect(() => echo('12345', second)).toThrow(refusal('ENODEV'))
    expect(() => echo('869', second)).toThrow(refusal('EINVAL'))
    echo('879', second)
    expect(() => echo('869', '0000:c1:00.6/nvidia/current_vgpu_type')).toThrow(refusal('EINVAL'))
    expect(() => echo('879', '0000:c1:00.6/nvidia/current_vgpu_type')).toThrow(refusal('ENOSPC'))
    expect(cat(second)).toBe('879\n')
  })

  it('the same type again succeeds and counts once; 0 without a type does nothing', () => {
    const { echo, cat } = on()
    echo('0', file)
    echo('880', file)
    echo('880', file)
    echo('0', file)
    echo('869', '0000:c1:00.5/nvidia/current_vgpu_type')
    expect(cat(file)).toBe('0\n')
  })

  it('a VF selected so can be opened by hand, and its vGPU is listed then', () => {
    const { echo, host, state } = on()
    echo('874', file)
    expect(host.vgpuViews()).toEqual([])
    host.openVfio({ vf: '0', vm: 'qemu', uuid: uuidOf(5) })
    expect(host.vgpuViews().map((vgpu) => [vgpu.uuid, vgpu.state])).toEqual([[uuidOf(5), 'running']])
    expect(checkHost(state, [0])).toEqual([])
  })

  it('does not exist under rfc-v1, which knows one type', () => {
    expect(() => on({ profile: 'rfc-v1' }).cat(file)).toThrow(refusal('ENOENT'))
  })
})

describe('the files of NVIDIA’s release', () => {
  const released = () => on({ profile: 'vgpu17' })
  const file = `${VF0}/nvidia/current_vgpu_type`
  const second = '0000:c1:00.5/nvidia/current_vgpu_type'

  it('creatable_vgpu_types always has a header, and nothing else for a VF with a type or on a full GPU', () => {
    const { cat, echo } = released()
    expect(cat(`${VF0}/nvidia/creatable_vgpu_types`)).toMatch(/^ID {4}: vGPU Name\n869 {3}: NVIDIA L40-1B\n/)
    echo('880', file)
    expect(cat(`${VF0}/nvidia/creatable_vgpu_types`)).toBe(HEADER)
    expect(cat('0000:c1:00.5/nvidia/creatable_vgpu_types')).toBe(HEADER)
  })

  it('lists after the first vGPU every type of that size, in any series', () => {
    const { cat, echo } = released()
    echo('876', file)
    expect(cat('0000:c1:00.5/nvidia/creatable_vgpu_types')).toBe(
      `${HEADER}876   : NVIDIA L40-8Q\n886   : NVIDIA L40-8A\n903   : NVIDIA L40-8C\n`,
    )
    echo('903', second)
    expect(cat(second)).toBe('903\n')
  })

  it('answers EPERM for 0 without a vGPU and for an id where there is one, EIO for what cannot be created', () => {
    const { echo, cat, gpu } = released()
    expect(() => echo('0', file)).toThrow(refusal('EPERM'))
    echo('874', file)
    for (const id of ['874', '869']) expect(() => echo(id, file)).toThrow(refusal('EPERM'))
    for (const id of ['869', '12345']) {
      expect(() => echo(id, second)).toThrow(refusal('EIO'))
      expect(klogLines(gpu.klog).at(-1)?.text).toContain('Failed to add vgpu create request')
    }
    expect(cat(second)).toBe('0\n')
    expect(() => echo('type', second)).toThrow(refusal('EINVAL'))
    echo('0', file)
    expect(cat(file)).toBe('0\n')
  })

  it('refuses 0 while the VM runs', () => {
    const { echo, host } = released()
    echo('874', file)
    host.openVfio({ vf: '0', vm: 'vm', uuid: uuidOf(1) })
    expect(() => echo('0', file)).toThrow(NvError)
  })

  it('one driver, nvidia, has PF and VFs, and there is no debugfs of the series', () => {
    const { ls } = released()
    expect(ls('/sys/bus/pci/drivers')).toEqual(['nvidia', 'pcieport', 'vfio-pci'])
    expect(ls('/sys/bus/pci/drivers/nvidia')).toEqual(expect.arrayContaining([PF, VF0]))
    expect(ls('/sys/kernel/debug')).toEqual([])
    expect(ls('/sys/module')).toEqual(['nvidia', 'vfio_pci'])
  })
})

describe.each<ProfileName>(['v2', 'vgpu17'])('under %s', (profile) => {
  it('what a creatable list of several lines shows is what a write takes, and nothing else', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 60 }), { maxLength: 4 }), (picks) => {
        const { state, cat, echo, gpu } = on({ profile })
        const all = gpu.mgr?.types ?? []
        for (const [vf, pick] of picks.entries()) {
          const bdf = vfAt(gpu, vf).bdf
          const listed = cat(`${bdf}/nvidia/creatable_vgpu_types`)
            .split('\n')
            .filter((line) => /^[0-9]/.test(line))
            .map((line) => Number.parseInt(line, 10))
          const taken = all.filter((id) => {
            const copy = reloaded(state)
            try {
              shell(copy).echo(String(id), `${bdf}/nvidia/current_vgpu_type`)
              return true
            } catch {
              return false
            }
          })
          expect(listed).toEqual(taken)
          const id = listed[pick % Math.max(1, listed.length)]
          if (id !== undefined) echo(String(id), `${bdf}/nvidia/current_vgpu_type`)
        }
      }),
      { numRuns: 6 },
    )
  })
})

describe('bind and unbind of a driver', () => {
  const variant = `/sys/bus/pci/drivers/${DRIVER}`
  const vfioPci = '/sys/bus/pci/drivers/vfio-pci'

  it('unbind and bind a VF; the last unbinding releases the manager', () => {
    const { echo, gpu, ls } = on()
    for (const vf of gpu.vfs) echo(`${vf.bdf}\n`, `${variant}/unbind`)
    expect([gpu.mgr, gpu.nvkm.handle]).toEqual([null, false])
    expect(ls(variant)).toEqual(['bind', 'module', 'new_id', 'remove_id', 'uevent', 'unbind'])
    echo(VF0, `${variant}/bind`)
    expect([gpu.mgr?.refs, vfAt(gpu, 0).driver]).toEqual([1, DRIVER])
  })

  it('unbinding drops a configured vGPU, as the kernel would', () => {
    const { echo, host } = on()
    host.createVgpu({ type: '869', vf: '0', uuid: uuidOf(1), start: false })
    echo(VF0, `${variant}/unbind`)
    expect(host.vgpuViews()).toEqual([])
  })

  it('unbinding asks the VM that has the device open to go: it closes, or after 30 s EBUSY', () => {
    for (const [policy, errno] of [
      ['closes', null],
      ['ignores', 'EBUSY'],
    ] as const) {
      const { echo, host, state, gpu } = on()
      host.createVgpu({ type: '869', vf: '0', uuid: uuidOf(1), start: false })
      host.openVfio({ vf: '0', vm: 'vm', policy, uuid: uuidOf(1) })
      const before = reloaded(state)
      const unbind = () => echo(VF0, `${variant}/unbind`)
      if (errno === null) {
        unbind()
        expect([vfAt(gpu, 0).driver, gpu.gsp.plugins]).toEqual([null, {}])
      } else {
        expect(unbind).toThrow(refusal(errno))
        expect(lasting(state)).toEqual(lasting(before))
      }
    }
  })

  it.each<[string, string, string]>([
    ['a device that does not exist', '0000:c2:00.0', 'ENODEV'],
    ['text that is no address', 'all of them', 'ENODEV'],
    ['a device bound already', VF0, 'EBUSY'],
    ['the PF', PF, 'EBUSY'],
  ])('bind refuses %s', (_what, text, errno) => {
    expect(() => on().echo(text, `${variant}/bind`)).toThrow(refusal(errno))
  })

  it('unbind refuses a device of another driver with ENODEV', () => {
    const { echo } = on()
    expect(() => echo(VF0, `${vfioPci}/unbind`)).toThrow(refusal('ENODEV'))
    expect(() => echo(PF, `${variant}/unbind`)).toThrow(refusal('ENODEV'))
  })

  it('the core driver refuses to drive a VF, the variant driver a PF: EINVAL', () => {
    const { echo, host, gpu } = on()
    host.unbindVf('0')
    expect(() => echo(VF0, '/sys/bus/pci/drivers/NovaCore/bind')).toThrow(refusal('EINVAL'))
    gpu.nvkm.driver = null
    expect(() => echo(PF, `${variant}/bind`)).toThrow(refusal('EINVAL'))
  })

  it('vfio-pci takes a VF by driver_override', () => {
    const { echo, cat, host, gpu } = on()
    host.unbindVf('0')
    expect(cat(`${VF0}/driver_override`)).toBe('(null)\n')
    expect(() => echo(VF0, `${vfioPci}/bind`)).toThrow(refusal('ENODEV'))
    echo('vfio-pci\n', `${VF0}/driver_override`)
    expect(cat(`${VF0}/driver_override`)).toBe('vfio-pci\n')
    expect(() => echo(VF0, `${variant}/bind`)).toThrow(refusal('ENODEV'))
    echo(VF0, '/sys/bus/pci/drivers_probe')
    expect(vfAt(gpu, 0).driver).toBe('vfio-pci')
    echo(VF0, `${vfioPci}/unbind`)
    echo('\n', `${VF0}/driver_override`)
    expect(vfAt(gpu, 0).driverOverride).toBeNull()
    echo(VF0, '/sys/bus/pci/drivers_probe')
    expect(vfAt(gpu, 0).driver).toBe(DRIVER)
  })

  it('new_id makes vfio-pci take every unbound VF with that id, remove_id takes it back', () => {
    const { echo, host, gpu, state } = on()
    host.unbindVf('1')
    host.unbindVf('3')
    echo('10de 26b5\n', `${vfioPci}/new_id`)
    expect(gpu.vfs.map((vf) => vf.driver)).toEqual([DRIVER, 'vfio-pci', DRIVER, 'vfio-pci'])
    expect(() => echo('10de 26b5', `${vfioPci}/new_id`)).toThrow(refusal('EEXIST'))
    for (const text of ['', '10de', 'x y', '10de zzzz']) {
      if (text !== '') expect(() => echo(text, `${vfioPci}/new_id`)).toThrow(refusal('EINVAL'))
    }
    echo('10de 26b5', `${vfioPci}/remove_id`)
    expect(state.pciIds).toEqual([])
    expect(() => echo('10de 26b5', `${vfioPci}/remove_id`)).toThrow(refusal('ENODEV'))
    expect(checkHost(state, [0])).toEqual([])
  })

  it('unbinding the PF tears the VFs down, and binding it boots it again', () => {
    const { echo, gpu, state, cat } = on()
    echo(PF, '/sys/bus/pci/drivers/NovaCore/unbind')
    expect([gpu.nvkm.driver, gpu.vfs.map((vf) => vf.unbound)]).toEqual([null, [true, true, true, true]])
    expect(() => echo('0', `${PF}/sriov_numvfs`)).toThrow(refusal('ENOENT'))
    expect(cat(`${PF}/enable`)).toBe('0\n')
    echo(PF, '/sys/bus/pci/drivers/NovaCore/bind')
    expect(gpuOf(state).nvkm.driver).toBe('nvkm')
    expect(checkHost(state, [0])).toEqual([])
  })
})

describe('debugfs of the series', () => {
  const log = (name: string) => `/sys/kernel/debug/nvidia-vgpu/${VF0}-${name}`

  it('has three files for each bound VF, zeros before the first open, live bytes, then what was last there', () => {
    const { state, host, ls, gpu } = on()
    expect(
      list(state, '/sys/kernel/debug/nvidia-vgpu')
        .map((entry) => [entry.mode, entry.size])
        .slice(0, 3),
    ).toEqual([
      ['0400', 131072],
      ['0400', 65536],
      ['0400', 262144],
    ])
    expect(ls('/sys/kernel/debug/nvidia-vgpu').length).toBe(12)
    expect(read(state, log('init_task_log'))).toEqual(new Uint8Array(131072))
    host.createVgpu({ type: '869', vf: '0', uuid: uuidOf(1), start: true })
    const live = read(state, log('init_task_log'))
    expect(live.some((byte) => byte !== 0)).toBe(true)
    const heap = gpu.mgr?.vgpus[0]?.heap
    if (!heap) throw new Error('no heap')
    const machine = new Machine(state, gpu)
    machine.framebuffer.write(heap.addr + 0x264000 + 65535, Uint8Array.of(7))
    machine.flush()
    expect(read(state, log('kernel_log'))[65535]).toBe(7)
    host.stopVgpus({ selectors: [uuidOf(1)] })
    expect(read(state, log('init_task_log'))).toEqual(live)
    expect(read(state, log('kernel_log'))[65535]).toBe(7)
    host.startNamed({ selectors: [uuidOf(1)] })
    expect(read(state, log('kernel_log'))[65535]).toBe(0)
  })

  it('goes with the last bound VF', () => {
    const { host, ls } = on({}, 2)
    host.unbindVf('0')
    expect(ls('/sys/kernel/debug/nvidia-vgpu').length).toBe(3)
    host.unbindVf('1')
    expect(ls('/sys/kernel/debug')).toEqual([])
  })
})

describe('modules', () => {
  it('the core driver shows its parameters', () => {
    const { cat } = on({ registryDwords: 'A=1' })
    expect(cat('/sys/module/nova_core/parameters/support_vgpu_mgr')).toBe('Y\n')
    expect(cat('/sys/module/nova_core/parameters/NVreg_RegistryDwords')).toBe('A=1\n')
    expect(cat('/sys/module/nova_core/parameters/config')).toBe('NvGspRm=1\n')
    expect(cat('/sys/module/nova_core/drivers/pci:NovaCore/module/initstate')).toBe('live\n')
    expect(on({ vgpu: false }, 0).cat('/sys/module/nova_core/parameters/support_vgpu_mgr')).toBe('N\n')
  })
})

describe('a path', () => {
  it.each([
    '/sys/bus/pci/devices/0000:c1:00.4/vendor',
    'bus/pci/devices/0000:c1:00.4/vendor',
    '0000:c1:00.4/vendor',
    'c1:00.4/vendor',
    '00000000:C1:00.4/vendor',
    '/sys//bus/./pci/devices/../devices/0000:c1:00.4/vendor',
    '/sys/bus/pci/devices/0000:c1:00.4/physfn/virtfn0/vendor',
    '/sys/bus/pci/drivers/nvidia-vgpu-vfio/0000:c1:00.4/vendor',
  ])('%s leads to the vendor of VF 0', (path) => {
    expect(on().cat(path)).toBe('0x10de\n')
  })

  it.each<[string, string]>([
    ['/sys/bus/pci/devices/0000:c1:00.9', 'ENOENT'],
    ['/sys/bus/pci/devices/c1:00.4', 'ENOENT'],
    ['/sys/bus/pci/devices/0000:c2:00.0', 'ENOENT'],
    ['/proc/cpuinfo', 'ENOENT'],
    ['/system', 'ENOENT'],
    ['c1:00.4/nvidia/placement', 'ENOENT'],
    ['c1:00.4/constructor', 'ENOENT'],
    ['c1:00.4/__proto__', 'ENOENT'],
    ['c1:00.4/vendor/x', 'ENOTDIR'],
    ['/sys/kernel/iommu_groups/0', 'ENOENT'],
    ['/sys/kernel/iommu_groups/120', 'ENOENT'],
  ])('%s is %s', (path, errno) => {
    const { cat, ls } = on()
    expect(() => cat(path)).toThrow(refusal(errno))
    expect(() => ls(path)).toThrow(refusal(errno))
  })

  it('a directory is not read or written, and a file keeps to its mode', () => {
    const { cat, echo } = on()
    expect(() => cat('/sys')).toThrow(refusal('EISDIR'))
    expect(() => echo('1', 'c1:00.4')).toThrow(refusal('EISDIR'))
    expect(() => echo('1', 'c1:00.4/vendor')).toThrow(refusal('EACCES'))
    expect(() => cat(`/sys/bus/pci/drivers/${DRIVER}/bind`)).toThrow(refusal('EACCES'))
  })

  it('ends in the link itself when links are not followed', () => {
    const { state } = on()
    expect(lookup(state, `${VF0}/physfn`, false).node).toEqual({ kind: 'link', target: `../${PF}` })
    expect(lookup(state, `${VF0}/physfn`).node.kind).toBe('directory')
  })
})

describe('a directory of many devices', () => {
  /** Number of reads of the first VF's address by a listing, on a host with `gpus` GPUs. */
  const asked = (path: string, gpus: number) => {
    const state = newHost({ gpus })
    for (let gpu = 0; gpu < gpus; gpu += 1) boundHost(state).enableVfs({ gpu: String(gpu), count: 2 })
    const vf = state.gpus[0]?.vfs[0]
    const bdf = vf?.bdf
    let times = 0
    Object.defineProperty(vf, 'bdf', {
      get() {
        times += 1
        return bdf
      },
    })
    expect(list(state, path).length).toBeGreaterThan(2 * gpus)
    return times
  }

  it.each(['/sys/bus/pci/devices', '/sys/kernel/debug/nvidia-vgpu', '/sys/kernel/iommu_groups'])(
    '%s is listed without a search for each of them',
    (path) => {
      expect(asked(path, 12)).toBe(asked(path, 2))
    },
  )

  it('has a device no longer that went after it was listed', () => {
    const { state, host } = on({}, 2)
    const { node } = lookup(state, '/sys/bus/pci/devices')
    if (node.kind !== 'directory') throw new Error('no directory')
    const [, , vf = ''] = node.names()
    expect(node.entry(vf)?.kind).toBe('link')
    host.disableVfs({})
    expect(node.entry(vf)).toBeUndefined()
    expect(node.entry('0000:c1:00.0')?.kind).toBe('link')
  })
})

describe('the whole tree', () => {
  /** Every path below /sys, without following links. */
  function walk(state: HostState, path = '/sys'): ReturnType<typeof list> {
    return list(state, path).flatMap((entry) =>
      entry.kind === 'directory' ? [entry, ...walk(state, entry.path)] : [entry],
    )
  }

  it.each<ProfileName>(['rfc-v1', 'v2', 'vgpu17'])(
    'under %s has no dangling link, and every file can be read or says why',
    (profile) => {
      const { state, host } = on({ profile, gpus: 2 }, 0)
      for (const gpu of ['0', '1']) host.enableVfs({ gpu, count: 2 })
      host.createVgpu({ type: '869', vf: '0/0', uuid: uuidOf(1), start: true })
      const entries = walk(state)
      expect(entries.length).toBeGreaterThan(150)
      for (const { path, kind, mode, size } of entries) {
        if (kind === 'link') expect(() => lookup(state, path), path).not.toThrow()
        if (kind !== 'file') continue
        const readable = Number.parseInt(mode, 8) & 0o444
        if (!readable) expect(() => read(state, path), path).toThrow(refusal('EACCES'))
        // a VF without a type has no placement
        else if (path.endsWith('/autosuspend_delay_ms')) expect(() => read(state, path), path).toThrow(refusal('EIO'))
        else if (/\/(placement_id|gpu_instance_id)$/.test(path) && !path.includes('0000:c1:00.4')) {
          expect(() => read(state, path), path).toThrow(refusal('ENXIO'))
        } else if (/resource[0-9]$/.test(path)) expect(() => read(state, path), path).toThrow(refusal('EIO'))
        else expect(read(state, path).length, path).toBeLessThanOrEqual(size)
      }
    },
  )

  it('a write of anything to anything is taken or refused with an errno, and the host stays sound', () => {
    const words = fc.oneof(
      fc.constantFrom('0', '1', '4', '869', '874', 'y', PF, VF0, '10de 26b5', 'vfio-pci', '\n', 'x'.repeat(5000)),
      fc.string({ maxLength: 12 }),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), words), { maxLength: 12 }), (writes) => {
        const { state, echo } = on({}, 2)
        for (const [pick, text] of writes) {
          const all = walk(state).filter((entry) => entry.kind === 'file')
          const path = all[pick % all.length]?.path ?? '/sys'
          try {
            echo(text, path)
          } catch (error) {
            expect(error).toBeInstanceOf(NvError)
          }
          expect(checkHost(state, [0]), `${text} to ${path}`).toEqual([])
        }
      }),
      { numRuns: 25 },
    )
  })
})
