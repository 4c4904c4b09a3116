import { PCI_VENDOR_ID_NVIDIA } from '../../abi/pci.ts'
import type { Desired, GpuRequest, VgpuRequest } from '../../engine/declare/desired.ts'
import type { Cursor } from './cursor.ts'

const MOST_GPUS = 65_535
/** NVA081_MAX_VGPU_PER_PGPU is 32; the host refuses larger numbers. */
const MOST_VGPUS = 65_535

/**
 * A file of NVIDIA's vgpu-device-manager: each label has a list of GPUs, by index and PCI device id, and the number of
 * vGPUs of each type. All VFs of a GPU without VFs are enabled, as sriov-manage -e does.
 * @param label the selected label; optional if the file has one
 * @throws NvError invalid-file with file, line and path
 */
export function readVgpuConfigs(root: Cursor, label: string | undefined): Desired {
  const found = root.members(['version', 'vgpu-configs'])
  found.version?.choice(['v1'])
  const configs = found['vgpu-configs']
  if (configs === undefined) throw root.refuse('vgpu-configs is missing')
  // Every label is read, so that a mistake in any of them is reported.
  const labels = new Map(configs.entries().map(([name, list]) => [name, list.items().map(gpuRequest)]))
  const gpus = labels.get(label ?? onlyLabel(configs, [...labels.keys()]))
  if (gpus === undefined)
    throw configs.refuse(
      `there is no label "${label}"; there is ${list([...labels.keys()])}`,
      choice([...labels.keys()]),
    )
  return { host: null, types: [], gpus, vgpus: null, definitions: null }
}

function onlyLabel(configs: Cursor, labels: readonly string[]): string {
  const [only, another] = labels
  if (only !== undefined && another === undefined) return only
  throw configs.refuse(`choose a label with -c: ${list(labels)}`, choice(labels))
}

function list(labels: readonly string[]): string {
  return labels.length === 0 ? 'there is none' : labels.join(', ')
}

function choice([first]: readonly string[]): string | undefined {
  return first === undefined ? undefined : `nvgpu diff -f FILE -c ${first}`
}

function gpuRequest(cursor: Cursor): GpuRequest {
  const found = cursor.members(['device-filter', 'devices', 'vgpu-devices'])
  const { devices } = found
  const types = found['vgpu-devices']
  if (devices === undefined) throw cursor.refuse('devices is missing: all, or a list of indices')
  if (types === undefined) throw cursor.refuse('vgpu-devices is missing')
  return {
    at: cursor.at,
    which: {
      indices: indicesOf(devices),
      deviceIds: found['device-filter']?.oneOrMore().flatMap(deviceIds) ?? null,
    },
    vfsIfNone: true,
    vgpus: types.entries().map(([type, count]) => ({
      at: count.at,
      types: typeWords(type),
      count: count.count(0, MOST_VGPUS),
    })),
  }
}

function indicesOf(cursor: Cursor): number[] | null {
  if (!cursor.isList) {
    cursor.choice(['all'])
    return null
  }
  return [...new Set(cursor.items().map((item) => item.count(0, MOST_GPUS)))]
}

/** 0xDEVVEN, device and vendor in one; a filter for another vendor matches nothing. */
function deviceIds(cursor: Cursor): number[] {
  const word = cursor.word()
  if (!/^0x[0-9a-f]{8}$/i.test(word)) throw cursor.refuse(`"${word}" is not a PCI id of the form 0x26B510DE`)
  const id = Number.parseInt(word.slice(2), 16)
  return (id & 0xffff) === PCI_VENDOR_ID_NVIDIA ? [id >>> 16] : [-1]
}

/**
 * A key is the last word of the type's name. The attribute of a MIG profile is dropped if no type has the full name.
 */
function typeWords(key: string): VgpuRequest['types'] {
  const bare = key.replace(/(?:MEALL|NOME|ME|GFX)$/, '')
  return bare === key || bare === '' ? [key] : [key, bare]
}
