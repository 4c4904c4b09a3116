import { arrange, type Unplaced } from '../mig/arrange.ts'
import { freeComputeStarts } from '../mig/compute.ts'
import { computeName, profileNamed } from '../mig/names.ts'
import type { InstanceProfile, MigTable } from '../mig/table.ts'
import type { GpuState } from '../state.ts'
import type { GpuInstanceRequest, LayoutRequest, MigDeviceRequest } from './desired.ts'
import { type ComputePart, fullCompute, idOf, layoutOf, migTable, type Partition } from './layout.ts'
import { blaming, refusal } from './refusal.ts'

/** A GPU instance that is asked for. Compute instances and mode are null when any do. */
interface Wanted extends Unplaced<InstanceProfile> {
  readonly compute: readonly ComputePart[] | null
  readonly mixed: boolean | null
}

/**
 * The layout that a document asks for, ascending by start. Instances that answer a request keep their place if the others find one beside
 * them; else those keep it that carry a vGPU; else none.
 * @param at the place in the document
 * @param isOn whether MIG is on and stays on
 * @throws NvError unsupported (no MIG), invalid-argument (profile), no-instance (no combination of places fits)
 */
export function resolveLayout(gpu: GpuState, at: string, request: LayoutRequest, isOn: boolean): Partition[] {
  const none = 'instances' in request ? request.instances.length === 0 : request.devices.length === 0
  if (none) return []
  const table = migTable(gpu, (message) => refusal(at, 'EOPNOTSUPP', 'unsupported', message, 'nvgpu host boards'))
  const is = isOn ? layoutOf(gpu) : []
  if ('devices' in request && devicesText(is) === wantedText(table, gpu, request.devices)) return is
  const wanted =
    'instances' in request ? wantedInstances(table, gpu, request.instances) : packed(table, gpu, request.devices)
  const carrying = new Set(gpu.vfs.flatMap(({ gpuInstanceId }) => gpuInstanceId ?? []))
  for (const keepable of [is, is.filter((part) => carrying.has(idOf(part))), []]) {
    const layout = around(table, keepable, wanted)
    if (layout !== null) return layout.sort((a, b) => a.start - b.start)
  }
  const names = wanted.map(({ profile, start }) => (start === null ? profile.name : `${profile.name}:${start}`))
  throw refusal(
    at,
    'ENOSPC',
    'no-instance',
    `no order of ${names.join(', ')} fits on ${gpu.bdf}`,
    `nvgpu mig placements ${gpu.bdf}`,
  )
}

/** A layout with all that is wanted, in which instances that answer a request stay; null when none fits beside those. */
function around(table: MigTable, keepable: readonly Partition[], wanted: readonly Wanted[]): Partition[] | null {
  const free = [...keepable]
  const kept: Partition[] = []
  // narrow requests choose first
  const missing = [...wanted]
    .sort((a, b) => looseness(a) - looseness(b))
    .filter((wish) => {
      const at = free.findIndex((part) => answers(part, wish))
      kept.push(...(at < 0 ? [] : free.splice(at, 1)))
      return at < 0
    })
  const made = arrange({ profiles: table.profiles, placed: kept }, missing)
  if (made === null) return null
  const waiting = [...missing]
  const fresh = made.map(({ profile, start }) => {
    const at = waiting.findIndex((wish) => wish.profile === profile && (wish.start === null || wish.start === start))
    const [wish] = waiting.splice(at, 1)
    return { profile, start, compute: wish?.compute ?? fullCompute(profile), mixed: wish?.mixed ?? false }
  })
  return [...kept, ...fresh]
}

const looseness = ({ start, compute, mixed }: Wanted) =>
  Number(start === null) * 4 + Number(compute === null) * 2 + Number(mixed === null)

function answers(part: Partition, { profile, start, compute, mixed }: Wanted): boolean {
  return (
    (mixed === null || mixed === part.mixed) &&
    part.profile === profile &&
    (start === null || start === part.start) &&
    (compute === null || devicesText([part]) === devicesText([{ ...part, compute }]))
  )
}

function wantedInstances(table: MigTable, { bdf }: GpuState, requests: readonly GpuInstanceRequest[]): Wanted[] {
  return requests.flatMap(({ at, profile: word, start = null, computeInstances, mode, count }) => {
    const profile = blaming(at, () => profileNamed(table.profiles, word, `nvgpu mig profiles ${bdf}`))
    if (start !== null && !profile.starts.includes(start))
      throw refusal(
        at,
        'EINVAL',
        'invalid-argument',
        `${profile.name} starts at ${profile.starts.join(', ')}, not at ${start}`,
      )
    const compute = computeInstances === undefined ? null : computeParts(at, profile, computeInstances)
    const mixed = mode === undefined ? null : mode === 'heterogeneous'
    if (mixed && !table.canTimeSlice)
      throw refusal(at, 'EOPNOTSUPP', 'unsupported', `vGPUs take no turns on GPU instances of ${bdf}`)
    return Array.from({ length: count }, () => ({ profile, start, compute, mixed }))
  })
}

type ComputeRequests = NonNullable<GpuInstanceRequest['computeInstances']>

/** Compute instances with their places: given starts first, then the largest. */
function computeParts(at: string, within: InstanceProfile, requests: ComputeRequests): ComputePart[] {
  const named = requests.map(({ profile, start }) => ({
    profile: blaming(at, () =>
      profileNamed(within.compute, computeName(within.name, profile), 'nvgpu mig profiles -o json'),
    ),
    start,
  }))
  named.sort((a, b) => Number(a.start === undefined) - Number(b.start === undefined) || b.profile.size - a.profile.size)
  const parts: ComputePart[] = []
  for (const { profile, start } of named) {
    const place = computeStart(parts, profile, start)
    if (place === undefined)
      throw refusal(at, 'ENOSPC', 'no-instance', `there is no place for ${profile.name} in ${within.name}`)
    parts.push({ profile, start: place })
  }
  return parts.sort((a, b) => a.start - b.start)
}

function computeStart(parts: readonly ComputePart[], profile: ComputePart['profile'], start?: number) {
  const placed = parts.map((part) => ({ start: part.start, size: part.profile.size }))
  return freeComputeStarts(placed, profile).find((free) => start === undefined || start === free)
}

interface Device {
  readonly on: InstanceProfile
  readonly profile: ComputePart['profile']
}

/** GPU instances for MIG devices: the largest device first, each in the first GPU instance of its profile with room, else in a new one. */
function packed(table: MigTable, gpu: GpuState, requests: readonly MigDeviceRequest[]): Wanted[] {
  const devices = devicesOf(table, gpu, requests).sort((a, b) => b.profile.size - a.profile.size)
  const wanted: { profile: InstanceProfile; start: null; compute: ComputePart[]; mixed: null }[] = []
  for (const { on, profile } of devices) {
    const room = wanted.find((one) => one.profile === on && computeStart(one.compute, profile) !== undefined)
    const instance = room ?? { profile: on, start: null, compute: [], mixed: null }
    if (room === undefined) wanted.push(instance)
    instance.compute.push({ profile, start: computeStart(instance.compute, profile) ?? 0 })
  }
  for (const { compute } of wanted) compute.sort((a, b) => a.start - b.start)
  return wanted
}

function devicesOf(table: MigTable, { bdf }: GpuState, requests: readonly MigDeviceRequest[]): Device[] {
  const all = table.profiles.flatMap((on) => on.compute.map((profile) => ({ on, profile, id: -1, name: profile.name })))
  return requests.flatMap(({ at, profile: word, count }) => {
    // 3c.3g.20gb is 3g.20gb
    const short = word.replace(/^(\d+)c\.(?=\1g\.)/, '')
    const device = blaming(at, () => profileNamed(all, short, `nvgpu mig profiles ${bdf}`))
    return Array.from({ length: count }, () => device)
  })
}

function wantedText(table: MigTable, gpu: GpuState, requests: readonly MigDeviceRequest[]): string {
  const names = devicesOf(table, gpu, requests).map(({ profile }) => profile.name)
  return names.sort().join()
}

/** The MIG devices of a layout. A GPU instance without one counts as itself, so that it equals no layout of devices. */
function devicesText(layout: readonly Partition[]): string {
  const names = layout.flatMap(({ profile, compute }) =>
    compute.length === 0 ? [`${profile.name} empty`] : compute.map((part) => part.profile.name),
  )
  return names.sort().join()
}
