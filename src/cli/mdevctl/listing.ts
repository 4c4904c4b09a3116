import { mdevDump } from '../../engine/definitions/mdevctl.ts'
import type { HostState } from '../../engine/state.ts'
import { activeDevices, contentOf, definedDevices, type MdevctlDevice, namesIn, PARENTS } from './devices.ts'
import type { Given } from './options.ts'

/** `mdevctl list`: active devices, or with --defined the definitions. */
export function listDevices(state: HostState, given: Given): string {
  const uuid = given.get('uuid')
  const parent = given.get('parent')
  const devices = (given.has('defined') ? definedDevices(state) : activeDevices(state)).filter(
    (device) => (uuid === undefined || device.uuid === uuid) && (parent === undefined || device.parent === parent),
  )
  if (given.has('dumpjson')) {
    const [only] = uuid !== undefined && devices.length === 1 ? devices : []
    return json(only?.config ?? mdevDump(devices))
  }
  return `${devices.map((device) => lineOf(device, given)).join('')}\n`
}

function lineOf({ uuid, parent, config, active, defined }: MdevctlDevice, given: Given): string {
  const other = given.has('defined') ? (active ? ' (active)' : '') : defined ? ' (defined)' : ''
  const attrs = config.attrs.map((attr, index) => `    @{${index}}: ${JSON.stringify(attr)}\n`)
  const more = given.has('verbose') && attrs.length > 0 ? `  Attrs:\n${attrs.join('')}` : ''
  return `${uuid} ${parent} ${config.mdev_type} ${config.start}${other}\n${more}`
}

/** `mdevctl types`: the types of each parent. */
export function listTypes(state: HostState, given: Given): string {
  const wanted = given.get('parent')
  const parents = namesIn(state, PARENTS).filter((parent) => wanted === undefined || parent === wanted)
  const types = parents.map((parent) => ({ parent, types: typesOf(state, parent) }))
  if (given.has('dumpjson')) {
    const entries = types.map(({ parent, types: all }) => [parent, all.map(({ id, ...type }) => ({ [id]: type }))])
    return json(entries.length === 0 ? [] : [Object.fromEntries(entries)])
  }
  const blocks = types.map(({ parent, types: all }) => `${parent}\n${all.map(block).join('')}`)
  return `${blocks.join('')}\n`
}

interface TypeLine {
  readonly id: string
  readonly available_instances: number
  readonly device_api: string
  readonly name: string
  readonly description: string
}

function typesOf(state: HostState, parent: string): TypeLine[] {
  const directory = `${PARENTS}/${parent}/mdev_supported_types`
  return namesIn(state, directory).map((id) => ({
    id,
    available_instances: Number(contentOf(state, `${directory}/${id}/available_instances`)),
    device_api: contentOf(state, `${directory}/${id}/device_api`),
    name: contentOf(state, `${directory}/${id}/name`),
    description: contentOf(state, `${directory}/${id}/description`),
  }))
}

function block({ id, available_instances, device_api, name, description }: TypeLine): string {
  return `  ${id}
    Available instances: ${available_instances}
    Device API: ${device_api}
    Name: ${name}
    Description: ${description}
`
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
