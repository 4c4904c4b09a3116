import type { FleetCapacityView, FleetFitView, FleetPartView, FleetWhatIfView } from '../contract/views/fleet.ts'
import { shortTypeName } from '../errors/type-name.ts'
import type { View } from './answer.ts'
import { fold } from './fold.ts'

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
    { head: 'VFS', text: (part) => String(part.vfs ?? (part.kind === 'group' ? 'all' : '-')), right: true },
    { head: 'MODE', text: (part) => part.mode ?? '-' },
    { head: 'PROFILE', text: (part) => part.profile ?? '-' },
    { head: 'PATH', text: (part) => part.path ?? '-', wide: true, shrink: 0 },
  ],
  fields: ['name', 'kind', 'hosts', 'board', 'known', 'gpus', 'vfs', 'mode', 'profile', 'path'],
}

/** Capacity of a fleet by type. */
export const FLEET_CAPACITY: View<FleetCapacityView> = {
  kind: 'fleetCapacity',
  name: (type) => shortTypeName(type.name),
  columns: [
    { head: 'TYPE', text: (type) => shortTypeName(type.name) },
    { head: 'BOARD', text: (type) => type.board },
    { head: 'SIZE', text: (type) => `${type.profileSizeMiB} MiB`, right: true },
    {
      head: 'MORE',
      text: (type) => String(type.creatable),
      right: true,
      mood: (type) => (type.creatable > 0 ? 'good' : 'dim'),
    },
    { head: 'ON GPUS', text: (type) => String(type.gpusWithRoom), right: true },
    { head: 'OF', text: (type) => String(type.gpus), right: true },
  ],
  fields: ['name', 'id', 'board', ['profileSizeMiB', 'MiB'], 'creatable', 'gpusWithRoom', 'gpus'],
}

/** Capacity of a fleet before and after changes. */
export const FLEET_WHAT_IF: View<FleetWhatIfView> = {
  kind: 'fleetWhatif',
  name: (row) => shortTypeName(row.name),
  columns: [
    { head: 'TYPE', text: (row) => shortTypeName(row.name) },
    { head: 'BOARD', text: (row) => row.board },
    { head: 'SIZE', text: (row) => `${row.profileSizeMiB} MiB`, right: true },
    { head: 'NOW', text: (row) => String(row.before), right: true },
    {
      head: 'THEN',
      text: (row) => String(row.after),
      right: true,
      mood: (row) => (row.after > row.before ? 'good' : row.after < row.before ? 'warn' : 'dim'),
    },
  ],
  fields: ['name', 'id', 'board', ['profileSizeMiB', 'MiB'], 'before', 'after'],
}

export const FLEET_FITS: View<FleetFitView> = {
  kind: 'fleetFit',
  name: (fit) => (fit.fits ? 'fits' : 'does not fit'),
  columns: [],
  fields: [
    'fits',
    'exact',
    'type',
    'part',
    'fromHost',
    'fromGpu',
    'toHost',
    'toGpu',
    'gpus',
    'each',
    'placementIds',
    'gpuInstances',
  ],
  records: ({ fits, exact, placed }) =>
    placed.map(({ vgpuType, from, to, ...place }) => ({
      fits,
      exact,
      type: shortTypeName(vgpuType.name),
      fromHost: from.host,
      fromGpu: from.gpu,
      toHost: to.host,
      toGpu: to.gpu,
      ...place,
    })),
}

/** A sentence, the places, then the obstacles. */
export function drawFleetFits(fits: readonly FleetFitView[], width: number | undefined): string {
  return fits
    .flatMap((fit) => fitLines(fit).map((line) => fold(line, width, '    ')))
    .map((line) => `${line}\n`)
    .join('')
}

function fitLines(fit: FleetFitView): string[] {
  const wanted = fit.asked.map(({ vgpuType, count }) => `${count} x ${shortTypeName(vgpuType.name)}`).join(' and ')
  const places = fit.placed.map(({ vgpuType, from, to, gpus, each, placementIds, gpuInstances }) => {
    const slots = placementIds.length === 0 ? '' : `, at ${placementIds.join(' ')}`
    const instances = gpuInstances.length === 0 ? '' : `, GPU instance ${gpuInstances.join(' ')}`
    const start = `${from.host} GPU ${from.gpu}`
    const where = gpus === 1 ? start : `each of ${gpus} GPUs, ${start} to ${to.host} GPU ${to.gpu}`
    return `  ${each} x ${shortTypeName(vgpuType.name)} on ${where}${slots}${instances}`
  })
  if (fit.fits) return [`${wanted}: fits`, ...places]
  const missing = fit.missing.map(({ vgpuType, count }) => `${count} x ${shortTypeName(vgpuType.name)}`).join(' and ')
  const why = fit.why.map(({ vgpuType, parts, gpus, each, reason }) => {
    const room = each === 0 ? 'none' : `${each} on each`
    return `  ${shortTypeName(vgpuType.name)} on ${gpus === 1 ? '1 GPU' : `${gpus} GPUs`} of ${parts.join(', ')}: ${room}${reason === null ? '' : `, then ${reason}`}`
  })
  return [
    `${wanted}: does not fit; without a place: ${missing}`,
    ...places,
    ...why,
    ...(fit.exact ? [] : ['each type alone would fit; another order may find places for all']),
  ]
}
