import type { FleetPartView } from '../contract/views/fleet.ts'
import type { View } from './answer.ts'

/** Groups and members of a fleet. */
export const FLEET_PARTS: View<FleetPartView> = {
  kind: 'fleetParts',
  name: (part) => part.name,
  sentence: ({ name, kind, hosts, gpus, board, path }) =>
    kind === 'group'
      ? `${name}: ${hosts} ${hosts === 1 ? 'host' : 'hosts'}, ${gpus} GPUs, ${board ?? 'none'}`
      : `${name}: ${path ?? ''}`,
  columns: [
    { head: 'NAME', text: (part) => part.name },
    { head: 'KIND', text: (part) => part.kind },
    { head: 'HOSTS', text: (part) => String(part.hosts), right: true },
    { head: 'GPUS', text: (part) => String(part.gpus), right: true },
    { head: 'BOARD', text: (part) => part.board ?? '-', mood: (part) => (part.known ? undefined : 'dim') },
    { head: 'VFS', text: (part) => (part.vfs === null ? 'all' : String(part.vfs)), right: true },
    { head: 'MODE', text: (part) => part.mode ?? '-' },
    { head: 'PROFILE', text: (part) => part.profile ?? '-' },
    { head: 'PATH', text: (part) => part.path ?? '-', wide: true, shrink: 0 },
  ],
  fields: ['name', 'kind', 'hosts', 'board', 'known', 'gpus', 'vfs', 'mode', 'profile', 'path'],
}
