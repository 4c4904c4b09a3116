import type { DifferenceView } from '../view.ts'
import { typeRef } from '../views/words.ts'
import type { Comparison, KeptVgpu } from './compare.ts'
import { gpuDeviations, stateAtVf } from './deviations.ts'
import type { VgpuGoal } from './goal.ts'

/** What of a comparison is not as it shall be, the host first, then types, GPUs and vGPUs. Empty where all is. */
export function differencesOf({ goal, kept, missing, surplus }: Comparison): DifferenceView[] {
  const { base, init } = goal
  return [
    ...(init ? [hostAnew(init)] : []),
    ...goal.uploads.map(({ vgpuType, name }) => added('type', String(vgpuType), null, `${name} uploaded`)),
    ...goal.gpus.flatMap(({ bdf, is, wanted }) =>
      gpuDeviations(is, wanted).map((deviation) => change('gpu', bdf, null, deviation, null)),
    ),
    ...surplus.map((at): DifferenceView => {
      const { name } = typeRef(base, at.vf.vgpuType)
      const is = `${name} on ${at.vf.bdf}, ${stateAtVf(base, at)}`
      const object = { kind: 'vgpu' as const, object: at.vf.uuid ?? '', name: at.vf.name }
      return { change: 'remove', ...object, member: null, is, wanted: null, note: null }
    }),
    ...kept.flatMap(keptVgpu),
    ...missing.map((wish) => added('vgpu', wish.uuid ?? '', wish.name ?? null, described(wish))),
    ...goal.undefined.map((definition): DifferenceView => {
      const { uuid, name, vgpuType } = definition
      const is = `${typeRef(base, vgpuType).name}, ${definition.start}`
      return { change: 'remove', kind: 'definition', object: uuid, name, member: null, is, wanted: null, note: null }
    }),
    ...goal.definitions.flatMap(({ is, uuid, type, definition, deviations }) => {
      const { name, start } = definition
      if (!is) return [added('definition', uuid ?? '', name, `${type.name}, ${start}`)]
      return deviations.map((deviation) => change('definition', is.uuid, is.name, deviation, null))
    }),
  ]
}

type Anew = NonNullable<Comparison['goal']['init']>

function hostAnew({ profile, board, gpus }: Anew): DifferenceView {
  const wanted = `${gpus} ${board}, profile ${profile}`
  return change('host', 'host', null, { member: 'boards', is: null, wanted }, 'the host is made anew')
}

function keptVgpu({ at: { vf }, deviations, effort, because }: KeptVgpu): DifferenceView[] {
  if (effort === null) return []
  const why = because === null ? '' : ` for ${because}`
  const note = { anew: `made anew${why}`, restart: 'stopped and started', live: null }[effort]
  const found = deviations.length > 0 ? deviations : [{ member: null, is: null, wanted: null }]
  return found.map((deviation) => change('vgpu', vf.uuid ?? '', vf.name, deviation, note))
}

function described({ type, vf, gpu, placementId, state }: VgpuGoal): string {
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
