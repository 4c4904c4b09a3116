import type { Desired, GpuRequest, VgpuRequest } from '../../engine/declare/desired.ts'
import type { Cursor } from './cursor.ts'
import { chosenDevices, labelled } from './labelled.ts'

/** NVA081_MAX_VGPU_PER_PGPU is 32; the host refuses larger numbers. */
const MOST_VGPUS = 65_535

/**
 * A file of NVIDIA's vgpu-device-manager: each label has a list of GPUs, by index and PCI device id, and the number of
 * vGPUs of each type. All VFs of a GPU without VFs are enabled, as sriov-manage -e does. MIG-backed types have MIG switched on and a GPU
 * instance made for each vGPU; without such types MIG stays as it is.
 * @param label the selected label; optional if the file has one
 * @throws NvError invalid-file with file, line and path
 */
export function readVgpuConfigs(root: Cursor, label: string | undefined): Desired {
  const found = root.members(['version', 'vgpu-configs'])
  found.version?.choice(['v1'])
  const configs = found['vgpu-configs']
  if (configs === undefined) throw root.refuse('vgpu-configs is missing')
  return labelled(configs, label, gpuRequest)
}

function gpuRequest(cursor: Cursor): GpuRequest {
  const found = cursor.members(['device-filter', 'devices', 'vgpu-devices'])
  const { devices } = found
  const types = found['vgpu-devices']
  if (devices === undefined) throw cursor.refuse('devices is missing: all, or a list of indices')
  if (types === undefined) throw cursor.refuse('vgpu-devices is missing')
  const vgpus = types.entries().map(([type, count]) => ({
    at: count.at,
    types: typeWords(type),
    count: count.count(0, MOST_VGPUS),
  }))
  const migDevices = vgpus.flatMap(({ at, types: [key = ''], count }) => {
    const profile = count > 0 ? profileOfType(key) : null
    return profile === null ? [] : { at, profile, count }
  })
  return {
    at: cursor.at,
    which: chosenDevices(devices, found['device-filter']),
    vfsIfNone: true,
    ...(migDevices.length > 0 ? { mig: true, gpuInstances: { devices: migDevices } } : {}),
    vgpus,
  }
}

/**
 * The name of the GPU instance profile that vgpu-device-manager asks mig-parted for: the slices, the size and the attribute in the name of
 * the type. The size is that of the vGPU. For DC-1-3Q, which shares an instance of 24 GB, it asks for 1g.3gb: there is no such profile.
 */
function profileOfType(key: string): string | null {
  const [, slices, gb, attribute] = /-(\d)-(\d+)[A-Z](MEALL|NOME|ME|GFX)?$/.exec(key) ?? []
  if (slices === undefined) return null
  return `${slices}g.${gb}gb${ATTRIBUTES[attribute ?? ''] ?? ''}`
}

const ATTRIBUTES: Readonly<Record<string, string>> = { MEALL: '+me.all', NOME: '-me', ME: '+me', GFX: '+gfx' }

/**
 * A key is the last word of the type's name. The attribute of a MIG profile is dropped if no type has the full name.
 */
function typeWords(key: string): VgpuRequest['types'] {
  const bare = key.replace(/(?:MEALL|NOME|ME|GFX)$/, '')
  return bare === key || bare === '' ? [key] : [key, bare]
}
