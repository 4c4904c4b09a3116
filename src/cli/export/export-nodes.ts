import { uuidSource } from '../../app/documents/name-uuid.ts'
import { kwokNode } from '../../app/fleet/export/kwok.ts'
import { placementClasses, placementProviders } from '../../app/fleet/export/placement.ts'
import { claimTemplate, deviceClass, resourceSlices } from '../../app/fleet/export/resource-slice.ts'
import type { Fleet, FleetMember } from '../../app/fleet/fleet.ts'
import { memberHost } from '../../app/fleet/member-host.ts'
import { fleetModel, type Hosts, hostsOf } from '../../app/fleet/model.ts'
import { type FleetNode, fleetNodes } from '../../app/fleet/node.ts'
import { readFleet } from '../../app/fleet/open.ts'
import { fleetType, fleetTypes } from '../../app/fleet/types.ts'
import { tryHost } from '../../app/transaction.ts'
import type { Answer } from '../../render/answer.ts'
import type { Context } from '../context.ts'
import type { NodeKind } from './kinds.ts'

interface Wanted {
  /** Fleet file; undefined for this host. */
  readonly fleet: string | undefined
  readonly node: string | undefined
  /** Types to speak of; empty for all. */
  readonly types: readonly string[]
}

/** Exports this host, or all hosts of a fleet, as nodes of a scheduler: documents of YAML one after the other, or one JSON. */
export async function exportNodes(context: Context, kind: NodeKind, wanted: Wanted): Promise<Answer> {
  const nodes = await nodesOf(context, wanted)
  if (kind === 'placement') return { raw: jsonPieces('requests', requestsOf(nodes)) }
  const objects = kind === 'kwok' ? templatesOf(nodes, kwok) : devicesOf(nodes)
  if (context.settings.format === 'json') return { raw: kubernetesList(objects) }
  const { yamlOf } = await import('../../render/yaml.ts')
  return { raw: yamlPieces(objects, yamlOf) }
}

async function nodesOf(context: Context, { fleet: file, node = 'nvgpu', types }: Wanted): Promise<FleetNode[]> {
  const [fleet, hosts] = file === undefined ? await thisHost(context, node) : fleetFrom(context, file)
  const model = fleetModel(fleet, hosts)
  const known = fleetTypes(model)
  const chosen = types.length === 0 ? known : types.map((word) => fleetType(known, word))
  return fleetNodes(
    fleet,
    model,
    chosen.map(({ type }) => type),
  )
}

type Source = readonly [Pick<Fleet, 'groups' | 'members'>, Hosts]

function fleetFrom(context: Context, file: string): Source {
  return [readFleet(context, file), hostsOf((member) => memberHost(context, member))]
}

async function thisHost(context: Context, name: string): Promise<Source> {
  const host = await tryHost(context, (state) => state)
  const member: FleetMember = { name, kind: 'directory', path: context.settings.stateDir, at: name }
  return [{ groups: [], members: [member] }, hostsOf(() => host)]
}

/** Objects of Kubernetes for each of equal nodes: those of one node, with another name. */
interface Template {
  readonly objects: readonly object[]
  readonly names: Iterable<string>
}

/** Stands for the name of a node. It is a valid one, so that an object of it is valid too. */
const NAME = 'nvgpu-node-name-in-a-template'

function* templatesOf(
  nodes: readonly FleetNode[],
  make: (name: string, node: FleetNode) => object[],
): Generator<Template> {
  for (const node of nodes) yield { objects: make(NAME, node), names: namesOf(node) }
}

function kwok(name: string, node: FleetNode): object[] {
  return [kwokNode(name, node)]
}

function* devicesOf(nodes: readonly FleetNode[]): Generator<Template> {
  const example = nodes.flatMap(({ types }) => types.slice(0, 1))[0]
  const fixed = example === undefined ? [deviceClass()] : [deviceClass(), claimTemplate(example)]
  yield { objects: fixed, names: [''] }
  yield* templatesOf(nodes, resourceSlices)
}

function* namesOf({ hosts, name }: FleetNode): Generator<string> {
  for (let index = 0; index < hosts; index += 1) yield name(index)
}

function* requestsOf(nodes: readonly FleetNode[]): Generator<string> {
  const uuids = uuidSource(() => '')
  const uuidOf = (name: string) => uuids({ name: `placement ${name}`, number: 0 }, 0)
  for (const request of placementClasses(nodes)) yield JSON.stringify(request)
  for (const node of nodes)
    for (const name of namesOf(node))
      for (const request of placementProviders(name, node, uuidOf)) yield JSON.stringify(request)
}

function kubernetesList(templates: Iterable<Template>): Generator<string> {
  return jsonPieces('items', named(templates), '"apiVersion":"v1","kind":"List",')
}

function* named(templates: Iterable<Template>): Generator<string> {
  for (const { objects, names } of templates) {
    const texts = objects.map((object) => JSON.stringify(object))
    for (const name of names) for (const text of texts) yield text.replaceAll(NAME, name)
  }
}

/** A line an item. */
function* jsonPieces(member: string, items: Iterable<string>, head = ''): Generator<string> {
  yield `{${head}"${member}":[`
  let mark = '\n'
  for (const item of items) {
    yield `${mark}${item}`
    mark = ',\n'
  }
  yield '\n]}\n'
}

/** A name that YAML would read as a number or a word of its own makes its objects JSON, which is YAML too. */
function* yamlPieces(templates: Iterable<Template>, yamlOf: (object: object) => string): Generator<string> {
  for (const { objects, names } of templates) {
    const plain = objects.map(yamlOf)
    const quoted = objects.map((object) => `${JSON.stringify(object)}\n`)
    for (const name of names) {
      const isPlain = name === '' || yamlOf({ name }) === `name: ${name}\n`
      for (const text of isPlain ? plain : quoted) yield `---\n${text.replaceAll(NAME, name)}`
    }
  }
}
