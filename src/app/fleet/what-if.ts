import type { FleetWhatIfView } from '../../contract/views/fleet.ts'
import { applyWhatIf } from '../../engine/plan/what-if.ts'
import type { HostState } from '../../engine/state.ts'
import { nearestWords } from '../../errors/nearest-words.ts'
import { NvError } from '../../errors/nv-error.ts'
import { fleetCapacity } from './capacity.ts'
import { type FleetRequest, fleetFit } from './fit.ts'
import type { Fleet, FleetGroup, FleetMember } from './fleet.ts'
import { fleetModel, type Hosts } from './model.ts'

/** Simulated changes of a fleet, in the order in which they are made. */
export interface FleetChanges {
  /** Groups and members that are gone. */
  readonly without: readonly string[]
  /** All vGPUs of the members are destroyed. */
  readonly allGone: boolean
  readonly ecc: 'on' | 'off' | undefined
  readonly vfs: number | undefined
  readonly mode: 'heterogeneous' | 'homogeneous' | undefined
  /** The only group or member whose GPUs change. */
  readonly part: string | undefined
  /** Hosts that come. */
  readonly more: readonly FleetGroup[]
  readonly create: readonly FleetRequest[]
}

/**
 * Capacity of a fleet before and after changes. Nothing is written.
 * @throws NvError not-found (part, type), or of the verb of a member; no-vf and the like when vGPUs to create have no place
 */
export function fleetWhatIf(fleet: Fleet, hosts: Hosts, changes: FleetChanges): FleetWhatIfView[] {
  const before = fleetCapacity(fleetModel(fleet, hosts))
  const after = fleetModel(changedFleet(fleet, changes), changedHosts(hosts, changes))
  if (changes.create.length > 0) requireFit(after, changes.create)
  const then = fleetCapacity(after)
  const key = ({ board, name }: { board: string; name: string }) => `${board} ${name}`
  const now = new Map(before.map((row) => [key(row), row]))
  const later = new Map(then.map((row) => [key(row), row]))
  const rows = [...before, ...then.filter((row) => !now.has(key(row)))]
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    board: row.board,
    profileSizeMiB: row.profileSizeMiB,
    before: now.get(key(row))?.creatable ?? 0,
    after: later.get(key(row))?.creatable ?? 0,
  }))
}

function changedFleet(fleet: Fleet, changes: FleetChanges): Pick<Fleet, 'groups' | 'members'> {
  const { without, part, more, ecc, vfs, mode } = changes
  const names = [...fleet.groups, ...fleet.members].map(({ name }) => name)
  for (const name of [...without, ...(part === undefined ? [] : [part])])
    if (!names.includes(name)) throw noSuchPart(name, names)
  const groups = fleet.groups
    .filter(({ name }) => !without.includes(name))
    .map((group) =>
      part !== undefined && group.name !== part
        ? group
        : {
            ...group,
            ecc: ecc === undefined ? group.ecc : ecc === 'on',
            vfs: vfs ?? group.vfs,
            mode: mode ?? group.mode,
          },
    )
  return { groups: [...groups, ...more], members: fleet.members.filter(({ name }) => !without.includes(name)) }
}

/** Members with the changes made by the host's own verbs. */
function changedHosts(hosts: Hosts, changes: FleetChanges): Hosts {
  const { part, allGone, ecc, vfs, mode } = changes
  const isMeant = ({ name }: FleetMember) => part === undefined || part === name
  const changesGpus = allGone || ecc !== undefined || vfs !== undefined || mode !== undefined
  return {
    group: hosts.group,
    member(member) {
      const host = hosts.member(member)
      if (changesGpus && isMeant(member)) change(member, host, { destroy: [], create: [], allGone, ecc, vfs, mode })
      return host
    },
  }
}

function change({ name }: FleetMember, host: HostState, changes: Parameters<typeof applyWhatIf>[1]): void {
  try {
    for (const index of host.gpus.keys()) {
      const carries = host.gpus[index]?.vfs.some(({ vgpuType }) => vgpuType !== 0) === true
      applyWhatIf(host, { ...changes, allGone: changes.allGone && carries }, String(index))
    }
  } catch (error) {
    if (!(error instanceof NvError)) throw error
    const { errno, code, at, message } = error
    const hint = code === 'busy' ? 'nvgpu fleet whatif --all-gone' : 'nvgpu fleet list'
    throw new NvError({ errno, code, at, message: `${name}: ${message}`, hint, object: name, cause: error })
  }
}

function requireFit(model: ReturnType<typeof fleetModel>, create: readonly FleetRequest[]): void {
  const { missing } = fleetFit(model, create)
  const [first] = missing
  if (first === undefined) return
  throw new NvError({
    errno: 'ENOSPC',
    code: 'max-instances',
    at: 'fleet whatif',
    message: `${first.count} ${first.vgpuType.name} to create have no place`,
    hint: `nvgpu fleet fit ${create.map(({ type, count }) => `${type}=${count}`).join(' ')}`,
  })
}

function noSuchPart(name: string, names: readonly string[]): NvError {
  return new NvError({
    errno: 'ENODEV',
    code: 'not-found',
    at: 'fleet',
    message: `the fleet has no group or member "${name}"${nearestWords(name, names)}`,
    hint: 'nvgpu fleet list',
    object: name,
  })
}
