import { PCI_VENDOR_ID_NVIDIA } from '../../abi/pci.ts'
import type { Desired, GpuChoice, GpuRequest } from '../../engine/declare/desired.ts'
import type { Cursor } from './cursor.ts'

const MOST_GPUS = 65_535

/**
 * The GPUs of one label in a file that has several hosts. Every label is read, so that a mistake in any of them is reported.
 * @param label the selected label; optional if the file has one
 * @throws NvError invalid-file with file, line and path
 */
export function labelled(
  configs: Cursor,
  label: string | undefined,
  gpuRequest: (cursor: Cursor) => GpuRequest,
): Desired {
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

/** The GPUs that `devices` and `device-filter` select. */
export function chosenDevices(devices: Cursor, filter: Cursor | undefined): GpuChoice {
  return { indices: indicesOf(devices), deviceIds: filter?.oneOrMore().flatMap(deviceIds) ?? null }
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
