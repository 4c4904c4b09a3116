import type { HostState } from '../../engine/state.ts'
import { NvError } from '../../errors/nv-error.ts'
import { shellQuote } from '../../errors/shell-quote.ts'
import { GpuPool } from '../../planner/gpu-pool.ts'
import type { GpuRules } from '../../planner/gpu-rules.ts'
import { GpuStates } from '../../planner/gpu-states.ts'
import { hostSpaces } from '../../planner/host/host-spaces.ts'
import { boardOfGroup } from './board.ts'
import type { Fleet, FleetGroup, FleetMember } from './fleet.ts'
import { groupHost } from './group-host.ts'
import { hostName, patternOf } from './host-names.ts'
import { listedRules } from './listed-rules.ts'

/** A group or a member, as the planner numbers it. */
export interface Part {
  readonly name: string
  readonly hosts: number
  /** GPUs of each host. */
  readonly gpus: number
}

/** A GPU of a simulated host. */
export interface Sample {
  readonly host: HostState
  readonly index: number
}

/** The GPUs of a fleet for the planner. A group is one entry, whatever its number of hosts. */
export interface FleetModel {
  readonly states: GpuStates
  readonly pool: GpuPool
  readonly parts: readonly Part[]
  readonly rules: readonly GpuRules[]
  /** A GPU in each state at the beginning, for the reasons of the engine; none for a board without a simulation. */
  readonly samples: ReadonlyMap<number, Sample>
}

/** Hosts of groups by their kind, and of members by their path. */
export interface Hosts {
  group(group: FleetGroup): HostState | null
  member(member: FleetMember): HostState
}

/** Hosts as the files say. A kind of group is simulated once. */
export function hostsOf(member: (member: FleetMember) => HostState): Hosts {
  const known = new Map<string, HostState | null>()
  return {
    member,
    group(group) {
      const kind = kindOf(group)
      const found = known.get(kind)
      if (found !== undefined) return found
      const made = groupHost(group)
      known.set(kind, made)
      return made
    },
  }
}

/** Groups of one kind differ in name and number. */
function kindOf({ board, gpus, vfs, profile, mode, ecc }: FleetGroup): string {
  return JSON.stringify([board, gpus === 0, vfs, profile, mode, ecc])
}

/** @throws NvError of a group that no host can be, or of a member that cannot be read */
export function fleetModel(fleet: Pick<Fleet, 'groups' | 'members'>, hosts: Hosts): FleetModel {
  const states = new GpuStates()
  const pool = new GpuPool(states)
  const samples = new Map<number, Sample>()
  const shared = new Map<string, GpuRules>()
  const parts: Part[] = []
  const spaces = new WeakMap<HostState, number[]>()
  const statesOf = (host: HostState): number[] => {
    const known = spaces.get(host)
    if (known !== undefined) return known
    const own = hostSpaces(host).map((space, index) => {
      const rules = interned(shared, host, space.rules)
      const state = states.id({ ...space, rules })
      if (!samples.has(state)) samples.set(state, { host, index })
      return state
    })
    spaces.set(host, own)
    return own
  }
  for (const group of fleet.groups) {
    const part = parts.push({ name: group.name, hosts: group.hosts, gpus: group.gpus }) - 1
    const host = hosts.group(group)
    const state = host === null ? listedState(states, shared, group) : statesOf(host)[0]
    if (state !== undefined) pool.add(state, { part, from: 0, count: group.hosts * group.gpus })
  }
  for (const member of fleet.members) {
    const host = hosts.member(member)
    const own = ofMember(member, () => statesOf(host))
    const part = parts.push({ name: member.name, hosts: 1, gpus: own.length }) - 1
    for (const [from, state] of own.entries()) pool.add(state, { part, from, count: 1 })
  }
  return { states, pool, parts, rules: [...shared.values()], samples }
}

/** A refusal of a host that no plan is made for names its member. */
function ofMember<T>({ name, kind, path }: FleetMember, make: () => T): T {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof NvError) || error.code !== 'unsupported') throw error
    const { errno, code, at, message } = error
    const hint = kind === 'directory' ? `nvgpu --state-dir ${shellQuote(path)} capacity` : 'nvgpu fleet list'
    throw new NvError({ errno, code, at, message: `${name}: ${message}`, hint, object: name, cause: error })
  }
}

/** The host and the GPU in it with this number in its part. */
export function gpuOf({ name, gpus }: Part, ordinal: number): { host: string; gpu: number } {
  const pattern = patternOf(name) ?? { before: name, after: '', first: null, width: 0 }
  return { host: hostName(pattern, Math.floor(ordinal / gpus)), gpu: ordinal % gpus }
}

/** Equal rules as one object, which makes equal GPUs of different hosts one state. Uploaded types belong to their host. */
function interned(shared: Map<string, GpuRules>, host: HostState, rules: GpuRules): GpuRules {
  const key = host.overlay.length === 0 ? `${rules.key} ${host.driverVersion}` : `${rules.key} ${shared.size}`
  const known = shared.get(key)
  if (known !== undefined) return known
  shared.set(key, rules)
  return rules
}

function listedState(states: GpuStates, shared: Map<string, GpuRules>, group: FleetGroup): number | undefined {
  const board = boardOfGroup(group)
  if (board.kind !== 'listed') return undefined
  const rules = shared.get(board.row[0]) ?? listedRules(board.row[0])
  shared.set(board.row[0], rules)
  return states.empty(rules, rules.vfs)
}
