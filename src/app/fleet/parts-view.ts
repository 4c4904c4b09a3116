import type { FleetPartView } from '../../contract/views/fleet.ts'
import type { HostState } from '../../engine/state.ts'
import { boardOfGroup } from './board.ts'
import { type Fleet, type FleetGroup, type FleetMember, modelOf } from './fleet.ts'

/** The groups of a fleet, then its members, in the order of the file. */
export function fleetParts(
  { groups, members }: Pick<Fleet, 'groups' | 'members'>,
  hostOf: (member: FleetMember) => HostState,
): FleetPartView[] {
  return [...groups.map(groupView), ...members.map((member) => memberView(member, hostOf(member)))]
}

function groupView(group: FleetGroup): FleetPartView {
  const board = boardOfGroup(group)
  return {
    name: group.name,
    kind: 'group',
    hosts: group.hosts,
    board: modelOf(group),
    known: board.kind !== 'unknown',
    gpus: group.hosts * group.gpus,
    vfs: group.vfs,
    mode: board.kind === 'unknown' ? null : group.mode,
    profile: board.kind === 'simulated' ? board.profile : null,
    path: null,
  }
}

function memberView({ name, kind, path }: FleetMember, host: HostState): FleetPartView {
  const modes = new Set(host.gpus.map(({ mgr }) => (mgr?.heterogeneous === true ? 'heterogeneous' : 'homogeneous')))
  const [mode = null] = modes
  const boards = new Set(host.gpus.map(({ board }) => board))
  const counts = new Set(host.gpus.map(({ vfs }) => vfs.length))
  return {
    name,
    kind,
    hosts: 1,
    board: boards.size === 1 ? ([...boards][0] ?? null) : null,
    known: true,
    gpus: host.gpus.length,
    vfs: counts.size === 1 ? ([...counts][0] ?? null) : null,
    mode: modes.size === 1 ? mode : null,
    profile: host.profile,
    path,
  }
}
