import type { FleetGroup } from '../../app/fleet/fleet.ts'
import { USUAL_FILE } from '../../app/fleet/open.ts'
import { usageError } from '../../app/usage.ts'
import { parsePath, parseSelector } from '../../app/values.ts'
import { changed } from '../../render/answer.ts'
import { FLEET_PARTS } from '../../render/fleet.ts'
import type { Context } from '../context.ts'
import { DRY_RUN_OPTION, FLEET_OPTION, GROUP_OPTIONS } from '../fleet-options.ts'
import { LISTING, listed } from '../listing.ts'
import { nounOf, verb } from '../spec.ts'
import { CAPACITY, FIT, WHAT_IF } from './fleet-plan.ts'
import { REQUESTS } from './fleet-requests.ts'
import { SIMULATE } from './fleet-simulate.ts'

const NAME = {
  value: 'NAME',
  summary: 'name of the hosts, with the number of the first in braces: rack7-{001}',
  parse: parseSelector,
} as const

export const fleet = nounOf('fleet', {
  init: () => INIT,
  add: () => ADD,
  list: () => LIST,
  capacity: () => CAPACITY,
  fit: () => FIT,
  whatif: () => WHAT_IF,
  simulate: () => SIMULATE,
  requests: () => REQUESTS,
})

const INIT = verb({
  name: 'init',
  summary: 'describe a fleet in one small file: equal hosts as a group, or a list of nodes',
  examples: [
    'fleet init --hosts 1000 --board L40 --gpus 8',
    'fleet init --nodes openb_node_list_gpu_node.csv',
    'fleet init --hosts 200 --board L4 --gpus 4 --mode heterogeneous --name edge-{001}',
  ],
  options: {
    fleet: FLEET_OPTION,
    nodes: {
      value: 'FILE',
      summary: 'a list of nodes in CSV, - for standard input',
      parse: parsePath,
      complete: 'file',
    },
    ...GROUP_OPTIONS,
    name: NAME,
    force: { summary: 'replace a fleet file that is there' },
    dryRun: DRY_RUN_OPTION,
  },
  args: {},
  changes: false,
  async run(context, { options }) {
    const { fleet: file = USUAL_FILE, nodes, force } = options
    const request = requestOf(options)
    const [{ writeFleet }, { groupHost }] = await Promise.all([
      import('../../app/fleet/open.ts'),
      import('../../app/fleet/group-host.ts'),
    ])
    const { groups, warnings } =
      nodes === undefined ? await groupOf(request) : await nodesOf(context, nodes, given(request))
    for (const group of distinct(groups)) groupHost(group)
    const made = await writeFleet(context, file, { groups, members: [] }, force)
    return changed(FLEET_PARTS, { changed: true, items: await partsOf(context, made), warnings })
  },
})

const ADD = verb({
  name: 'add',
  summary: 'add hosts to the fleet file, or to a new one: state directories and host files, or a group of equal hosts',
  examples: [
    'fleet add /srv/nvgpu/rack1-a /srv/nvgpu/rack1-b',
    'fleet add host.yaml',
    'fleet add --hosts 200 --board L4 --gpus 4',
  ],
  options: { fleet: FLEET_OPTION, ...GROUP_OPTIONS, name: NAME, dryRun: DRY_RUN_OPTION },
  args: {
    path: {
      summary: 'a state directory, or a host file of export or host export',
      optional: true,
      repeat: true,
      parse: parsePath,
      complete: 'file',
    },
  },
  changes: false,
  async run(context, { options, args }) {
    const { fleet: file = USUAL_FILE } = options
    const request = requestOf(options)
    const isGroup = given(request).length > 0
    if (!isGroup && args.path.length === 0)
      throw usageError('name a state directory or a host file, or describe a group with --hosts and --board', {
        hint: 'nvgpu fleet add --help',
      })
    const [{ extendFleet, isThere, readFleet, writeFleet }, { groupHost }, { newMembers }] = await Promise.all([
      import('../../app/fleet/open.ts'),
      import('../../app/fleet/group-host.ts'),
      import('../../app/fleet/new-member.ts'),
    ])
    const isNew = !isThere(context, file)
    const old = isNew ? { groups: [], members: [] } : readFleet(context, file)
    const groups = isGroup ? (await groupOf(request)).groups : []
    for (const group of groups) groupHost(group)
    const members = newMembers(old, args.path)
    const items = await partsOf(context, { groups, members })
    if (isNew) await writeFleet(context, file, { groups, members }, false)
    else await extendFleet(context, file, { groups, members })
    return changed(FLEET_PARTS, { changed: true, items, warnings: isNew ? [`${file} is new`] : [] })
  },
})

const LIST = verb({
  name: 'list',
  summary: 'groups and members of the fleet file',
  examples: ['fleet list', 'fleet list -o wide', 'fleet list --fleet lab.yaml -o json'],
  options: { fleet: FLEET_OPTION, ...LISTING },
  args: {},
  changes: false,
  async run(context, { options }) {
    const { readFleet } = await import('../../app/fleet/open.ts')
    const found = readFleet(context, options.fleet)
    return listed(FLEET_PARTS, await partsOf(context, found), options, 'the fleet has no hosts')
  },
})

type Request = Parameters<typeof import('../../app/fleet/new-group.ts')['newGroup']>[0]

async function groupOf(request: Request) {
  const { newGroup } = await import('../../app/fleet/new-group.ts')
  return { groups: [newGroup(request)], warnings: [] }
}

async function nodesOf(context: Context, file: string, others: readonly string[]) {
  if (others.length > 0) throw usageError(`--nodes is a list of hosts and cannot go with --${others[0]}`)
  const [{ readNodeList }, { readInput }] = await Promise.all([
    import('../../app/fleet/node-list.ts'),
    import('../../app/files.ts'),
  ])
  const name = file === '-' ? 'standard input' : file
  const { groups, ignored } = readNodeList(name, readInput(context, file))
  return { groups, warnings: ignored.map((column) => `the column "${column}" says nothing about a fleet`) }
}

/** Of a command's options those of a group. */
function requestOf({ name, hosts, board, gpus, vfs, profile, mode, ecc }: Request): Request {
  return { name, hosts, board, gpus, vfs, profile, mode, ecc }
}

/** The options of a group that are given. */
function given(request: Request): string[] {
  return Object.entries(request).flatMap(([key, value]) => (value === undefined ? [] : [key]))
}

/** One group of each kind: a list of nodes repeats them. */
function distinct(groups: readonly FleetGroup[]): FleetGroup[] {
  const kinds = new Map(groups.map((group) => [JSON.stringify({ ...group, name: '', hosts: 0, at: '' }), group]))
  return [...kinds.values()]
}

async function partsOf(context: Context, found: Parameters<Parts>[0]) {
  const [{ fleetParts }, { memberHost }] = await Promise.all([
    import('../../app/fleet/parts-view.ts'),
    import('../../app/fleet/member-host.ts'),
  ])
  return fleetParts(found, (member) => memberHost(context, member))
}

type Parts = typeof import('../../app/fleet/parts-view.ts')['fleetParts']
