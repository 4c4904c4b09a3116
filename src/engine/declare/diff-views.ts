import type { DifferenceView } from '../../contract/views/change.ts'
import { typeRef } from '../views/words.ts'
import type { HostDiff, KeptVgpu } from './diff.ts'
import { gpuDiff, stateAtVf } from './member-diff.ts'
import type { ResolvedVgpu } from './resolve-vgpu.ts'

/** The differences as views: host, types, GPUs, vGPUs, definitions. Empty when the host is as desired. */
export function diffViews({ desired, kept, missing, surplus }: HostDiff): DifferenceView[] {
  const { base, init } = desired
  return [
    ...(init ? [hostAnew(init)] : []),
    ...desired.uploads.map(({ vgpuType, name }) => added('type', String(vgpuType), null, `${name} uploaded`)),
    ...desired.gpus.flatMap(({ bdf, is, wanted }) =>
      gpuDiff(is, wanted).map((diff) => change('gpu', bdf, null, diff, null)),
    ),
    ...surplus.map((at): DifferenceView => {
      const { name } = typeRef(base, at.vf.vgpuType)
      const is = `${name} on ${at.vf.bdf}, ${stateAtVf(base, at)}`
      const object = { kind: 'vgpu' as const, object: at.vf.uuid ?? '', name: at.vf.name }
      return { change: 'remove', ...object, member: null, is, wanted: null, note: null }
    }),
    ...kept.flatMap(keptVgpu),
    ...missing.map((request) => added('vgpu', request.uuid ?? '', request.name ?? null, described(request))),
    ...desired.undefined.map((definition): DifferenceView => {
      const { uuid, name, vgpuType } = definition
      const is = `${typeRef(base, vgpuType).name}, ${definition.start}`
      return { change: 'remove', kind: 'definition', object: uuid, name, member: null, is, wanted: null, note: null }
    }),
    ...desired.definitions.flatMap(({ is, uuid, type, definition, diffs }) => {
      const { name, start } = definition
      if (!is) return [added('definition', uuid ?? '', name, `${type.name}, ${start}`)]
      return diffs.map((diff) => change('definition', is.uuid, is.name, diff, null))
    }),
  ]
}

type Anew = NonNullable<HostDiff['desired']['init']>

function hostAnew({ profile, board, gpus }: Anew): DifferenceView {
  const wanted = `${gpus} ${board}, profile ${profile}`
  return change('host', 'host', null, { member: 'boards', is: null, wanted }, 'the host is made anew')
}

function keptVgpu({ at: { vf }, diffs, effort, because }: KeptVgpu): DifferenceView[] {
  if (effort === null) return []
  const why = because === null ? '' : ` for ${because}`
  const note = { anew: `made anew${why}`, restart: 'stopped and started', live: null }[effort]
  const found = diffs.length > 0 ? diffs : [{ member: null, is: null, wanted: null }]
  return found.map((diff) => change('vgpu', vf.uuid ?? '', vf.name, diff, note))
}

function described({ type, vf, gpu, placementId, state }: ResolvedVgpu): string {
  const place = vf ? ` on ${vf.bdf}` : gpu === null ? '' : ` on GPU ${gpu}`
  const slot = placementId === undefined ? '' : ` at placement ${placementId}`
  return `${type.name}${place}${slot}, ${state ?? 'running'}`
}

function added(kind: DifferenceView['kind'], object: string, name: string | null, wanted: string): DifferenceView {
  return { change: 'add', kind, object, name, member: null, is: null, wanted, note: null }
}

function change(
  kind: DifferenceView['kind'],
  object: string,
  name: string | null,
  { member, is, wanted }: Pick<DifferenceView, 'member' | 'is' | 'wanted'>,
  note: string | null,
): DifferenceView {
  return { change: 'change', kind, object, name, member, is, wanted, note }
}
