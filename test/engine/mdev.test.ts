import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { boardOf } from '../../src/engine/board-of.ts'
import { fits } from '../../src/engine/capacity.ts'
import { checkHost } from '../../src/engine/invariants.ts'
import { klogLines } from '../../src/engine/klog.ts'
import { knownType } from '../../src/engine/known-types.ts'
import { newHost } from '../../src/engine/new-host.ts'
import { list, lookup, read, write } from '../../src/engine/sysfs/sysfs.ts'
import { boundHost } from './bound-host.ts'
import { gpuOf, uuidOf } from './host-of.ts'

const refusal = (errno: string) => expect.objectContaining({ errno })
const PF = '0000:c1:00.0'
const VFS = ['0000:c1:00.4', '0000:c1:00.5', '0000:c1:00.6', '0000:c1:00.7'] as const
const [VF0, VF1, VF2] = VFS

function on(options: Parameters<typeof newHost>[0] = { profile: 'vgpu16' }, vfs = 4) {
  const state = newHost(options)
  const host = boundHost(state)
  if (vfs > 0) host.enableVfs({ count: vfs })
  const cat = (path: string) => Buffer.from(read(state, path)).toString('latin1')
  const echo = (text: string, path: string) => write(state, path, Buffer.from(text, 'latin1'))
  const typePath = (vf: string, type: number) => `${vf}/mdev_supported_types/nvidia-${type}`
  return {
    state,
    host,
    cat,
    echo,
    gpu: gpuOf(state),
    ls: (path: string) => list(state, path).map((entry) => entry.name),
    realpath: (path: string) => `/sys/${lookup(state, path).segments.join('/')}`,
    typePath,
    create: (vf: string, type: number, uuid = uuidOf(1)) => echo(uuid, `${typePath(vf, type)}/create`),
    instances: (type: number) => VFS.map((vf) => cat(`${typePath(vf, type)}/available_instances`)).join(''),
    log: () => klogLines(gpuOf(state).klog).map((line) => line.text),
  }
}

/** 24Q and 24C of an L40 are of one size, of which two fit. */
const [Q4, Q24, C24] = [874, 879, 906] as const

const RULES: Readonly<Record<string, () => void>> = {
  'a bound VF is a parent; the PF of a board with SR-IOV has no type'() {
    const { ls, host } = on()
    expect(ls('/sys/class/mdev_bus')).toEqual([...VFS])
    expect(ls(PF)).not.toContain('mdev_supported_types')
    host.unbindVf('0')
    expect(ls('/sys/class/mdev_bus')).toEqual(VFS.slice(1))
    expect(ls(VF0)).not.toContain('mdev_supported_types')
  },
  'a parent has a directory nvidia-ID for every type of the board'() {
    const { ls, gpu } = on()
    expect(ls(`${VF0}/mdev_supported_types`).sort()).toEqual(gpu.mgr?.types.map((id) => `nvidia-${id}`).sort())
    expect(ls(`${VF0}/mdev_supported_types/nvidia-874`)).toEqual(
      'available_instances create description device_api devices name'.split(' '),
    )
  },
  'name is the type’s full name'() {
    const { cat, typePath } = on()
    expect(cat(`${typePath(VF0, Q4)}/name`)).toBe('NVIDIA L40-4Q\n')
    const a100 = on({ profile: 'vgpu16', board: 'A100-PCIE-40GB' })
    const names = a100.ls(`${VF0}/mdev_supported_types`).map((id) => a100.cat(`${VF0}/mdev_supported_types/${id}/name`))
    expect(names).toContain('GRID A100-40C\n')
  },
  'description has heads, frame rate limit, size, resolution and maximum'() {
    const { cat, typePath } = on()
    expect(cat(`${typePath(VF0, Q4)}/description`)).toBe(
      'num_heads=4, frl_config=60, framebuffer=4096M, max_resolution=7680x4320, max_instance=12\n',
    )
    expect(cat(`${typePath(VF0, 869)}/description`)).toBe(
      'num_heads=4, frl_config=45, framebuffer=1024M, max_resolution=5120x2880, max_instance=32\n',
    )
  },
  'device_api is vfio-pci'() {
    const { cat, typePath } = on()
    expect(cat(`${typePath(VF0, Q4)}/device_api`)).toBe('vfio-pci\n')
  },
  'an empty GPU has 1 available instance of each type on every VF'() {
    const { instances, gpu } = on()
    for (const type of gpu.mgr?.types ?? []) expect(instances(type), String(type)).toBe('1\n1\n1\n1\n')
  },
  'a VF with a vGPU has 0 available instances of every type'() {
    const { create, cat, typePath, gpu } = on()
    create(VF0, Q4)
    for (const type of gpu.mgr?.types ?? []) expect(cat(`${typePath(VF0, type)}/available_instances`)).toBe('0\n')
  },
  'after the first vGPU, other sizes have 0 instances on every VF'() {
    const { create, instances } = on()
    create(VF0, Q4)
    expect(instances(869)).toBe('0\n0\n0\n0\n')
  },
  'types of the same size keep their instance on the other VFs'() {
    const { create, instances } = on()
    create(VF0, Q24)
    expect([instances(Q24), instances(C24)]).toEqual(['0\n1\n1\n1\n', '0\n1\n1\n1\n'])
  },
  'on a full GPU every VF has 0 available instances'() {
    const { create, instances, gpu } = on()
    create(VF0, Q24, uuidOf(1))
    create(VF1, C24, uuidOf(2))
    for (const type of gpu.mgr?.types ?? []) expect(instances(type), String(type)).toBe('0\n0\n0\n0\n')
  },
  'removing a vGPU brings the instances back'() {
    const { create, echo, instances } = on()
    create(VF0, Q4)
    echo('1', `${VF0}/${uuidOf(1)}/remove`)
    expect([instances(Q4), instances(869)]).toEqual(['1\n1\n1\n1\n', '1\n1\n1\n1\n'])
  },
  'a MIG-backed type has 0 instances while MIG is off'() {
    const { cat, ls } = on({ profile: 'vgpu16', board: 'A100-PCIE-40GB' })
    const types = ls(`${VF0}/mdev_supported_types`).map((id) => `${VF0}/mdev_supported_types/${id}`)
    const mig = types.filter((type) => /-[1-7]-\d+C/.test(cat(`${type}/name`)))
    expect(mig.length).toBeGreaterThan(3)
    for (const type of mig) expect(cat(`${type}/available_instances`)).toBe('0\n')
  },
  'create with a UUID makes a device, and the log says so'() {
    const { create, ls, host, log, cat } = on()
    expect(create(VF1, Q4)).toBe(36)
    expect(ls('/sys/bus/mdev/devices')).toEqual([uuidOf(1)])
    expect(host.vgpuViews().map((vgpu) => [vgpu.uuid, vgpu.vf, vgpu.state])).toEqual([[uuidOf(1), VF1, 'configured']])
    expect(log().at(-1)).toContain(`${uuidOf(1)}: vGPU device created successfully.`)
    expect(cat(`${VF1}/mdev_supported_types/nvidia-874/devices/${uuidOf(1)}/mdev_type/name`)).toBe('NVIDIA L40-4Q\n')
  },
  'create accepts upper case and one line feed'() {
    const { create, ls } = on()
    create(VF0, Q4, `${uuidOf(0xabc).toUpperCase()}\n`)
    expect(ls('/sys/bus/mdev/devices')).toEqual([uuidOf(0xabc)])
  },
  'create with text that is no UUID is EINVAL'() {
    const { create, ls } = on()
    for (const text of ['1', uuidOf(1).slice(1), `${uuidOf(1)}0`, `${uuidOf(1)}\n\n`, uuidOf(1).replaceAll('-', '')])
      expect(() => create(VF0, Q4, text), text).toThrow(refusal('EINVAL'))
    expect(ls('/sys/bus/mdev/devices')).toEqual([])
  },
  'create with the UUID of another device is EEXIST'() {
    const { create } = on()
    create(VF0, Q4)
    expect(() => create(VF1, Q4)).toThrow(refusal('EEXIST'))
  },
  'create on a VF that has a device is EIO'() {
    const { create } = on()
    create(VF0, Q4)
    expect(() => create(VF0, Q4, uuidOf(2))).toThrow(refusal('EIO'))
  },
  'create of another size is EIO'() {
    const { create } = on()
    create(VF0, Q4)
    expect(() => create(VF1, 869, uuidOf(2))).toThrow(refusal('EIO'))
  },
  'create beyond the maximum is EIO'() {
    const { create } = on()
    create(VF0, Q24, uuidOf(1))
    create(VF1, Q24, uuidOf(2))
    expect(() => create(VF2, Q24, uuidOf(3))).toThrow(refusal('EIO'))
  },
  'create of a MIG-backed type while MIG is off is EIO'() {
    const { cat, ls, echo } = on({ profile: 'vgpu16', board: 'A100-PCIE-40GB' })
    const types = ls(`${VF0}/mdev_supported_types`).map((id) => `${VF0}/mdev_supported_types/${id}`)
    const mig = types.find((type) => cat(`${type}/name`).includes('A100-7-40C'))
    expect(() => echo(uuidOf(1), `${mig}/create`)).toThrow(refusal('EIO'))
  },
  'a refused create logs the errno of the driver'() {
    const { create, log } = on()
    create(VF0, Q4)
    expect(() => create(VF1, 869, uuidOf(2))).toThrow()
    expect(log().at(-1)).toContain(`${uuidOf(2)}: vGPU creation failed, -5`)
  },
  'remove with 1 removes the device, and the log says so'() {
    const { create, echo, host, log, ls } = on()
    create(VF0, Q4)
    echo('1\n', `/sys/bus/mdev/devices/${uuidOf(1)}/remove`)
    expect([host.vgpuViews(), ls('/sys/bus/mdev/devices')]).toEqual([[], []])
    expect(log().at(-1)).toContain(`${uuidOf(1)}: vGPU device destroyed.`)
  },
  'remove with 0 does nothing'() {
    const { create, echo, host } = on()
    create(VF0, Q4)
    expect(echo('0', `${VF0}/${uuidOf(1)}/remove`)).toBe(1)
    expect(host.vgpuViews().length).toBe(1)
  },
  'remove with text that is no number is EINVAL'() {
    const { create, echo } = on()
    create(VF0, Q4)
    expect(() => echo('yes', `${VF0}/${uuidOf(1)}/remove`)).toThrow(refusal('EINVAL'))
  },
  'remove of an open device is EPERM, and the device stays'() {
    const { create, echo, host, log } = on()
    create(VF0, Q4)
    host.startNamed({ selectors: [uuidOf(1)] })
    expect(() => echo('1', `${VF0}/${uuidOf(1)}/remove`)).toThrow(refusal('EPERM'))
    expect(log().at(-1)).toContain(`${uuidOf(1)}: vGPU destroy failed: 0x63`)
    expect(host.vgpuViews().map((vgpu) => vgpu.state)).toEqual(['running'])
    host.stopVgpus({ selectors: [uuidOf(1)] })
    echo('1', `${VF0}/${uuidOf(1)}/remove`)
    expect(host.vgpuViews()).toEqual([])
  },
  'a device has its type, its driver, its bus and an IOMMU group of its own'() {
    const { create, realpath, ls, cat } = on()
    create(VF0, Q4)
    const device = `/sys/bus/mdev/devices/${uuidOf(1)}`
    const home = `/sys/devices/pci0000:c0/0000:c0:01.0/${VF0}`
    expect(realpath(device)).toBe(`${home}/${uuidOf(1)}`)
    expect(realpath(`${device}/mdev_type`)).toBe(`${home}/mdev_supported_types/nvidia-874`)
    expect(realpath(`${device}/driver`)).toBe('/sys/bus/mdev/drivers/nvidia-vgpu-vfio')
    expect(realpath(`${device}/subsystem`)).toBe('/sys/bus/mdev')
    expect(ls(`${device}/iommu_group/devices`)).toEqual([uuidOf(1)])
    expect(realpath(`${device}/iommu_group`)).not.toBe(realpath(`${VF0}/iommu_group`))
    expect(cat(`${device}/uevent`)).toBe('DRIVER=nvidia-vgpu-vfio\n')
    expect(ls('/sys/class/vfio')).toEqual([realpath(`${device}/iommu_group`).split('/').at(-1)])
    expect(ls(VF0)).not.toContain('vfio-dev')
  },
  'vgpu_params takes the plugin’s parameters, and a space clears them'() {
    const { create, echo, cat } = on()
    create(VF0, Q4)
    const params = `${VF0}/${uuidOf(1)}/nvidia/vgpu_params`
    echo('frame_rate_limiter=0, disable_vnc=1\n', params)
    expect(cat(params)).toBe('frame_rate_limiter=0, disable_vnc=1\n')
    expect(() => echo('frame_rate_limiter=fast', params)).toThrow(refusal('EINVAL'))
    echo(' ', params)
    expect(cat(params).trim()).toBe('')
  },
  'sriov_numvfs refuses a number written by hand with ENOENT'() {
    const { echo } = on({ profile: 'vgpu16' }, 0)
    expect(() => echo('4', `${PF}/sriov_numvfs`)).toThrow(refusal('ENOENT'))
  },
  'disabling the VFs removes the parents'() {
    const { host, ls } = on()
    host.disableVfs({})
    expect([ls('/sys/class/mdev_bus'), ls('/sys/bus/mdev/devices')]).toEqual([[], []])
  },
}

describe('the mdev face of vGPU 16', () => {
  it.each(Object.entries(RULES))('G 8: %s', (_rule, holds) => holds())

  it('G 8: every rule of the documentation has a test', () => {
    const text = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'faces.md'), 'utf8')
    const [, rules = ''] = text.split('## Rules of the mdev face')
    const rows = [...rules.matchAll(/^\| (.+?) +\| (?:RM|module|core|listing) +\|$/gm)].map(([, rule = '']) => rule)
    expect(rows.map((rule) => rule.replaceAll("'", '’'))).toEqual(Object.keys(RULES))
  })
})

describe('three faces, one model', () => {
  it('G 8: vgpu17 has the mdev face besides its own, and refuses the same things with its errno', () => {
    const { create, ls, state } = on({ profile: 'vgpu17', face: 'mdev' })
    expect(ls(VF0)).not.toContain('nvidia')
    create(VF0, Q4)
    expect(() => create(VF1, 869, uuidOf(2))).toThrow(refusal('EIO'))
    expect(checkHost(state, [0])).toEqual([])
  })

  it.each([
    ['v2', 'mdev'],
    ['vgpu16', 'vendor-vfio'],
    ['vgpu17', 'upstream'],
  ] as const)('G 8: %s has no face %s', (profile, face) => {
    expect(() => newHost({ profile, face })).toThrow(refusal('EINVAL'))
  })

  it('G 8: other faces have neither mdev_bus nor a mediated device', () => {
    for (const profile of ['v2', 'vgpu17'] as const) {
      const { ls } = on({ profile })
      expect(ls('/sys/class')).toEqual(['vfio', 'vfio-dev'])
      expect(ls('/sys/bus')).toEqual(['pci'])
      expect(ls(VF0)).not.toContain('mdev_supported_types')
    }
  })

  it('G 8: under vgpu16 every type of an L40 reaches its maximum', () => {
    const { state, gpu } = on({ profile: 'vgpu16' }, 32)
    for (const id of gpu.mgr?.types ?? []) {
      expect(fits(state, 0, id).count, String(id)).toBe(knownType(state, boardOf(gpu), id)?.maxInstance)
    }
    expect(checkHost(state, [0])).toEqual([])
  })
})
