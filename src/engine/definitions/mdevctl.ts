import { NvError } from '../../errors/nv-error.ts'
import { oddWordOfJson } from '../../errors/odd-number.ts'
import { checkAttr } from '../attributes.ts'
import type { VgpuAttr } from '../state.ts'

/** The configuration of a device in mdevctl's file format. */
export interface MdevConfig {
  mdev_type: string
  start: 'auto' | 'manual'
  attrs: Record<string, string>[]
}

/** `mdevctl list --dumpjson`: one object of parents, each with its devices; empty without devices. */
export type MdevDump = Record<string, Record<string, MdevConfig>[]>[]

/** A device of a file, with its parent and UUID as written. A bare configuration has neither. */
export interface MdevDevice {
  parent: string | null
  uuid: string | null
  type: string
  start: 'auto' | 'manual'
  attrs: VgpuAttr[]
}

export function mdevConfig(device: {
  vgpuType: number
  start: 'auto' | 'manual'
  attrs: readonly VgpuAttr[]
}): MdevConfig {
  return {
    mdev_type: `nvidia-${device.vgpuType}`,
    start: device.start,
    attrs: device.attrs.map(({ name, value }) => ({ [name]: value })),
  }
}

/** Groups devices by parent, in the order of each parent's first device. */
export function mdevDump(devices: readonly { parent: string; uuid: string; config: MdevConfig }[]): MdevDump {
  const parents: Record<string, Record<string, MdevConfig>[]> = {}
  for (const { parent, uuid, config } of devices) {
    parents[parent] ??= []
    parents[parent].push({ [uuid]: config })
  }
  return devices.length === 0 ? [] : [parents]
}

/**
 * Reads the output of `mdevctl list --dumpjson`: a dump, or the configuration of one device. All input is validated.
 * @param name of the file, for errors
 * @throws NvError EINVAL with the place of the fault
 */
export function readMdevJson(name: string, text: string): MdevDevice[] {
  const value = parse(name, text)
  if (!Array.isArray(value)) return [readConfig(name, value, 'the file', null, null)]
  return value.flatMap((parents, i) =>
    entriesOf(name, parents, `[${i}]`).flatMap(([parent, devices]) => {
      if (!Array.isArray(devices)) throw wrong(name, `[${i}].${parent} is not a list of devices`)
      return devices.flatMap((device, k) =>
        entriesOf(name, device, `[${i}].${parent}[${k}]`).map(([uuid, config]) =>
          readConfig(name, config, uuid, parent, uuidOf(name, uuid)),
        ),
      )
    }),
  )
}

/** Reads the attributes from a callout or a file: objects of one member each. @throws NvError EINVAL */
export function readMdevAttrs(name: string, value: unknown, where: string): VgpuAttr[] {
  if (!Array.isArray(value)) throw wrong(name, `the attributes of ${where} are not a list`)
  return value.map((attr, i) => {
    const [entry, ...more] = entriesOf(name, attr, `attribute ${i} of ${where}`)
    if (!entry || more.length > 0) throw wrong(name, `attribute ${i} of ${where} must have exactly one member`)
    const [key, text] = entry
    if (typeof text !== 'string') throw wrong(name, `the value of ${key} of ${where} is not a string`)
    const read = { name: key, value: text }
    checkAttr(read)
    return read
  })
}

function readConfig(
  name: string,
  value: unknown,
  where: string,
  parent: string | null,
  uuid: string | null,
): MdevDevice {
  const config = Object.fromEntries(entriesOf(name, value, where))
  const { mdev_type: type, start = 'manual', attrs = [] } = config
  const foreign = Object.keys(config).find((key) => !['mdev_type', 'start', 'attrs'].includes(key))
  if (foreign !== undefined) throw wrong(name, `${where} has a member ${JSON.stringify(foreign)}`)
  if (typeof type !== 'string') throw wrong(name, `${where} has no mdev_type`)
  if (start !== 'auto' && start !== 'manual') throw wrong(name, `start of ${where} is neither auto nor manual`)
  return { parent, uuid, type, start, attrs: readMdevAttrs(name, attrs, where) }
}

function parse(name: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const odd = oddWordOfJson(text)
    if (odd) throw wrong(name, `the text is not JSON: ${odd.word} is ${odd.what}`)
    throw wrong(name, `the text is not JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function uuidOf(name: string, text: string): string {
  const uuid = text.toLowerCase()
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid))
    throw wrong(name, `${JSON.stringify(text)} is not a UUID`)
  return uuid
}

function entriesOf(name: string, value: unknown, where: string): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong(name, `${where} is not an object`)
  return Object.entries(value)
}

function wrong(name: string, problem: string): NvError {
  return new NvError({
    errno: 'EINVAL',
    code: 'invalid-file',
    at: 'vgpu define',
    message: `${name}: ${problem}`,
    hint: 'nvgpu vgpu list --defined --dumpjson',
    object: name,
  })
}
