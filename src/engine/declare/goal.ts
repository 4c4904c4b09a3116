import { grouped } from '../../abi/grouped.ts'
import { NVA081_CTRL_VGPU_INFO } from '../../abi/nva081.ts'
import { type InitOptions, newHost } from '../new-host.ts'
import { toSparse } from '../sparse.ts'
import type { Definition, HostState } from '../state.ts'
import { type DefinitionGoal, definitionGoals } from './definition-goal.ts'
import type { Desired, VgpuWish } from './desired.ts'
import { chosenGpus, type GpuGoal, gpuGoal } from './gpu-goal.ts'
import { initOptions } from './init.ts'
import { Names, type TypeNamed, type VfNamed } from './names.ts'
import { refuseNewNames } from './new-names.ts'
import { refusal } from './refusal.ts'

/** A desired host, its words resolved against the host there is or the one to be made. */
export interface Goal {
  /** How to make the host anew; null where it stays. */
  readonly init: InitOptions | null
  /** What the rest is compared with. */
  readonly base: HostState
  /** Types that the base does not have, or has otherwise. */
  readonly uploads: readonly Upload[]
  /** One for each GPU of the base. */
  readonly gpus: readonly GpuGoal[]
  readonly vgpus: readonly VgpuGoal[]
  readonly definitions: readonly DefinitionGoal[]
  /** Definitions nobody wished, where all are listed. */
  readonly undefined: readonly Definition[]
  /** GPUs whose vGPUs are listed to the last. */
  readonly complete: ReadonlySet<number>
}

export interface Upload {
  readonly at: string
  readonly vgpuType: number
  readonly name: string
  readonly blob: Uint8Array
}

export interface VgpuGoal extends Omit<VgpuWish, 'types' | 'gpu' | 'vf' | 'count'> {
  readonly type: TypeNamed
  readonly gpu: number | null
  readonly vf: VfNamed | null
  /** Which of all wishes it is: the same in every run over one document. */
  readonly number: number
}

/** @throws NvError for what the document contradicts itself in, or names and is not there */
export function goalOf(desired: Desired, state: HostState): Goal {
  refuseNewNames(desired, state)
  const init = initOptions(desired, state)
  const base = init ? newHost(init) : state
  const uploads = newTypes(desired, base)
  const names = new Names({ ...base, overlay: overlayWith(base, uploads) })
  const spoken = desired.gpus.flatMap((wish) => chosenGpus(base, names, wish).map((index) => ({ index, wish })))
  const listed = spoken.filter(({ wish }) => wish.vgpus !== undefined)
  const only = base.gpus.length === 1 ? 0 : null
  const vgpus = [
    ...(desired.vgpus ?? []).flatMap((wish) => resolved(names, wish, null, only)),
    ...listed.flatMap(({ index, wish }) => (wish.vgpus ?? []).flatMap((vgpu) => resolved(names, vgpu, index, only))),
  ].map((goal, number) => ({ ...goal, number }))
  refuseDoubles(vgpus)
  const definitions = definitionGoals(base, names, desired)
  const defined = new Set(definitions.map(({ is }) => is))
  const wishesOf = grouped(spoken, ({ index }) => index)
  return {
    init,
    base,
    uploads,
    gpus: [...base.gpus.keys()].map((index) =>
      gpuGoal(
        base,
        index,
        (wishesOf.get(index) ?? []).map(({ wish }) => wish),
      ),
    ),
    vgpus,
    definitions,
    undefined:
      desired.definitions === null ? [] : Object.values(base.definitions).filter((known) => !defined.has(known)),
    complete: new Set(desired.vgpus === null ? listed.map(({ index }) => index) : base.gpus.keys()),
  }
}

function newTypes(desired: Desired, base: HostState): Upload[] {
  const seen = new Map<number, string>()
  return desired.types.flatMap(({ at, blob }) => {
    const vgpuType = NVA081_CTRL_VGPU_INFO.get(blob, 'vgpuType')
    const before = seen.get(vgpuType)
    if (before !== undefined)
      throw refusal(at, 'EINVAL', 'conflict', `vgpuType ${vgpuType} is given already, at ${before}`)
    seen.set(vgpuType, at)
    const known = base.overlay.find((type) => type.vgpuType === vgpuType)
    if (known?.blob === toSparse(blob)) return []
    return [{ at, vgpuType, name: NVA081_CTRL_VGPU_INFO.get(blob, 'vgpuName'), blob }]
  })
}

function overlayWith(base: HostState, uploads: readonly Upload[]): HostState['overlay'] {
  return [
    ...base.overlay.filter((type) => uploads.every(({ vgpuType }) => vgpuType !== type.vgpuType)),
    ...uploads.map(({ vgpuType, blob }) => ({ vgpuType, blob: toSparse(blob) })),
  ]
}

/** One wish for each of its count. The only GPU of a host is meant where none is named. */
function resolved(
  names: Names,
  wish: VgpuWish,
  nested: number | null,
  only: number | null,
): Omit<VgpuGoal, 'number'>[] {
  const { types, gpu: word, vf, count, ...rest } = wish
  const { at } = wish
  const gpu = word === undefined ? nested : names.gpu(at, word)
  if (nested !== null && gpu !== nested)
    throw refusal(at, 'EINVAL', 'conflict', `GPU ${word} is another one than it is listed under`)
  const place = vf === undefined ? null : names.vf(at, vf, gpu)
  const goal = { ...rest, type: names.type(at, types), gpu: place?.gpu ?? gpu ?? only, vf: place }
  return Array.from({ length: count }, () => goal)
}

function refuseDoubles(vgpus: readonly VgpuGoal[]): void {
  const seen = new Map<string, string>()
  for (const { at, uuid, name, vf } of vgpus) {
    const marks = [uuid && `UUID ${uuid}`, name !== undefined && `the name "${name}"`, vf && `VF ${vf.bdf}`]
    for (const mark of marks) {
      if (typeof mark !== 'string') continue
      const before = seen.get(mark)
      if (before !== undefined) throw refusal(at, 'EINVAL', 'conflict', `${mark} is given already, at ${before}`)
      seen.set(mark, at)
    }
  }
}
