import { definitionsOf, mdevParent } from '../../engine/definitions/find.ts'
import { type MdevConfig, mdevConfig } from '../../engine/definitions/mdevctl.ts'
import type { Definition, HostState } from '../../engine/state.ts'
import { list, read } from '../../engine/sysfs/sysfs.ts'
import { NvError } from '../../errors/nv-error.ts'

/** A device as mdevctl lists it. */
export interface MdevctlDevice {
  readonly uuid: string
  readonly parent: string
  readonly config: MdevConfig
  readonly active: boolean
  readonly defined: boolean
}

export const DEVICES = '/sys/bus/mdev/devices'
export const PARENTS = '/sys/class/mdev_bus'

/** Names in a directory of sysfs, sorted; none where the directory is absent. */
export function namesIn(state: HostState, path: string): string[] {
  try {
    return list(state, path).map(({ name }) => name)
  } catch (error) {
    if (error instanceof NvError && error.errno === 'ENOENT') return []
    throw error
  }
}

/** The content of a file of sysfs, without the line feed at its end. */
export function contentOf(state: HostState, path: string): string {
  return new TextDecoder('latin1').decode(read(state, path)).replace(/\n$/, '')
}

/** The active devices, by parent and UUID. The attributes known of one are those of its definition. */
export function activeDevices(state: HostState): MdevctlDevice[] {
  return namesIn(state, PARENTS).flatMap((parent) =>
    namesIn(state, `${PARENTS}/${parent}/mdev_supported_types`).flatMap((type) =>
      namesIn(state, `${PARENTS}/${parent}/mdev_supported_types/${type}/devices`).map((uuid) => {
        const definition = defined(state, uuid, parent)
        const start = definition?.start ?? 'manual'
        const attrs = definition === undefined ? [] : mdevConfig(definition).attrs
        const config = { mdev_type: type, start, attrs }
        return { uuid, parent, config, active: true, defined: definition !== undefined }
      }),
    ),
  )
}

/** The defined devices, by parent and UUID. The parent is the VF that the definition prefers, or else its GPU. */
export function definedDevices(state: HostState): MdevctlDevice[] {
  const active = new Set(activeDevices(state).map(({ uuid, parent }) => `${parent} ${uuid}`))
  return definitionsOf(state)
    .map((definition) => {
      const parent = mdevParent(state, definition)
      const { uuid } = definition
      return { uuid, parent, config: mdevConfig(definition), active: active.has(`${parent} ${uuid}`), defined: true }
    })
    .sort((a, b) => compare(a.parent, b.parent) || compare(a.uuid, b.uuid))
}

/** The definition of a UUID, on a parent if one is given. */
export function defined(state: HostState, uuid: string, parent?: string): Definition | undefined {
  const definition = state.definitions[uuid]
  return definition && (parent === undefined || mdevParent(state, definition) === parent) ? definition : undefined
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
