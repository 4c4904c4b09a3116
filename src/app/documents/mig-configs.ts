import type { Desired, GpuRequest, MigDeviceRequest } from '../../engine/declare/desired.ts'
import type { Cursor } from './cursor.ts'
import { chosenDevices, labelled } from './labelled.ts'

/** More than any GPU has. */
const MOST_DEVICES = 64

/**
 * A file of NVIDIA's mig-parted: each label has a list of GPUs, by index and PCI device id, with their MIG mode and the number of MIG
 * devices of each profile.
 * @param label the selected label; optional if the file has one
 * @throws NvError invalid-file with file, line and path
 */
export function readMigConfigs(root: Cursor, label: string | undefined): Desired {
  const found = root.members(['version', 'mig-configs'])
  const configs = found['mig-configs']
  if (found.version === undefined) throw root.refuse('version is missing: v1')
  found.version.choice(['v1'])
  if (configs === undefined) throw root.refuse('mig-configs is missing')
  for (const [, entries] of configs.entries()) refuseEmpty(entries)
  return labelled(configs, label, gpuRequest)
}

function gpuRequest(cursor: Cursor): GpuRequest {
  const found = cursor.members(['device-filter', 'devices', 'mig-enabled', 'mig-devices'])
  const { devices } = found
  const [filter, enabled, wanted] = [found['device-filter'], found['mig-enabled'], found['mig-devices']]
  if (devices === undefined) throw cursor.refuse('devices is missing: all, or a list of indices')
  if (enabled === undefined) throw cursor.refuse('mig-enabled is missing')
  for (const list of [devices, filter]) if (list?.isList) refuseEmpty(list)
  const mig = enabled.flag()
  if (mig && wanted === undefined) throw cursor.refuse('mig-devices is missing; {} has none')
  const migDevices = wanted?.entries().map(migDevice) ?? []
  if (!mig && wanted !== undefined && migDevices.length > 0)
    throw wanted.refuse('there are no MIG devices while mig-enabled is false')
  const which = chosenDevices(devices, filter)
  return { at: cursor.at, which, mig, ...(mig ? { gpuInstances: { devices: migDevices } } : {}) }
}

function migDevice([profile, count]: [string, Cursor]): MigDeviceRequest {
  if (!PROFILE.test(profile))
    throw count.refuse(`"${profile}" is not a profile of the form 1g.5gb, 1g.5gb+me or 1c.3g.20gb`)
  return { at: count.at, profile, count: count.count(0, MOST_DEVICES) }
}

/** Attributes are added (+me, +gfx) or left out (-me), never both; a comma separates them. */
const PROFILE = /^(?:\d+c\.)?\d+g\.\d+gb(?:[+-][a-z][a-z.]*(?:,[a-z][a-z.]*)*)?$/

function refuseEmpty(list: Cursor): void {
  if (list.items().length === 0) throw list.refuse('the list is empty')
}
