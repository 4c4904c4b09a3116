import { mdevParent } from '../engine/definitions/find.ts'
import { definitionOf } from '../engine/definitions/index-of.ts'
import { mdevConfig, readMdevJson } from '../engine/definitions/mdevctl.ts'
import { isPossibleFunction } from '../engine/definitions/vf-address.ts'
import type { HostState } from '../engine/state.ts'
import { dynamic, type SysfsDirectory, type SysfsFile } from '../engine/sysfs/node.ts'
import { defineAll, modifyVgpu, undefineVgpus } from '../engine/verbs/definitions.ts'
import { NvError } from '../errors/nv-error.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/**
 * /etc/mdevctl.d: a directory for each parent with definitions, and in it a file for each definition, as mdevctl keeps them.
 * Listings leave out a parent without definitions; its directory is there for a program that names it.
 */
export function mdevctlDirectory(host: HostState): SysfsDirectory {
  const parents = () =>
    [...new Set(Object.values(host.definitions).map((definition) => mdevParent(host, definition)))].sort()
  return dynamic(parents, (name) =>
    isPossibleFunction(host, name) || parents().includes(name) ? parentDirectory(host, name) : undefined,
  )
}

function parentDirectory(host: HostState, parent: string): SysfsDirectory {
  const isHere = (uuid: string) => {
    const definition = definitionOf(host, uuid)
    return definition !== undefined && mdevParent(host, definition) === parent
  }
  return {
    kind: 'directory',
    names: () => Object.keys(host.definitions).filter(isHere).sort(),
    entry: (uuid) => (isHere(uuid) ? definitionFile(host, parent, uuid) : undefined),
    draft: (uuid) => (UUID.test(uuid) ? definitionFile(host, parent, uuid) : undefined),
    remove: (uuid) => void undefineVgpus(host, { selectors: [uuid] }),
  }
}

/** The text that mdevctl writes; empty before the definition is there. */
function definitionFile(host: HostState, parent: string, uuid: string): SysfsFile {
  const definition = definitionOf(host, uuid)
  const text = Buffer.from(definition === undefined ? '' : JSON.stringify(mdevConfig(definition), null, 2))
  return {
    kind: 'file',
    mode: 0o644,
    size: text.length,
    binary: true,
    show: () => text,
    store: (bytes) => define(host, parent, uuid, Buffer.from(bytes).toString('utf8')),
    isWhole: isJson,
  }
}

/** Defines a vGPU, or changes type, start and attributes of its definition. @throws NvError as `vgpu define` */
function define(host: HostState, parent: string, uuid: string, text: string): void {
  const [device, ...more] = readMdevJson(uuid, text)
  if (device === undefined || more.length > 0 || device.uuid !== null) throw notOne(uuid)
  const definition = definitionOf(host, uuid)
  if (definition === undefined || mdevParent(host, definition) !== parent) {
    defineAll(host, { uuid, devices: [{ ...device, parent }] })
    return
  }
  const { type, start, attrs } = device
  modifyVgpu(host, { vgpu: uuid, type, start, attrs: { kind: 'replace', attrs } })
}

/** The command line that makes the same change of a file; the configuration is its input. */
export function commandOfDefinition([parent = '', uuid = '']: readonly string[], isRemoval: boolean): string[] {
  const device = ['-u', uuid, '-p', parent]
  return isRemoval ? ['mdevctl', 'undefine', ...device] : ['mdevctl', 'define', ...device, '--jsonfile', '-']
}

function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(Buffer.from(bytes).toString('utf8'))
    return true
  } catch {
    return false
  }
}

function notOne(uuid: string): NvError {
  return new NvError({
    errno: 'EINVAL',
    code: 'invalid-file',
    at: 'mdevctl.d',
    message: `${uuid}: the text is not the configuration of one device`,
    hint: 'nvgpu vgpu define --jsonfile FILE',
    object: uuid,
  })
}
