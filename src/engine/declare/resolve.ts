import { grouped } from '../../abi/grouped.ts'
import { NVA081_CTRL_VGPU_INFO } from '../../abi/nva081.ts'
import { type InitOptions, newHost } from '../new-host.ts'
import { toSparse } from '../sparse.ts'
import type { Definition, HostState } from '../state.ts'
import type { Desired } from './desired.ts'
import { initOptions } from './init.ts'
import { Names } from './names.ts'
import { refuseNewNames } from './new-names.ts'
import { refusal } from './refusal.ts'
import { type ResolvedDefinition, resolveDefinitions } from './resolve-definition.ts'
import { chosenGpus, type ResolvedGpu, resolveGpu } from './resolve-gpu.ts'
import { type ResolvedVgpu, refuseDoubles, resolveVgpu } from './resolve-vgpu.ts'

/** A desired host. Its names are resolved against the current host, or against the new one. */
export interface ResolvedDesired {
  /** Options of a new host; null when the current one stays. */
  readonly init: InitOptions | null
  /** The host that the rest is compared with. */
  readonly base: HostState
  /** Types that the base lacks or has with other values. */
  readonly uploads: readonly Upload[]
  /** One for each GPU of the base. */
  readonly gpus: readonly ResolvedGpu[]
  readonly vgpus: readonly ResolvedVgpu[]
  readonly definitions: readonly ResolvedDefinition[]
  /** Definitions without a request, when the document lists all. */
  readonly undefined: readonly Definition[]
  /** GPUs whose list of vGPUs is complete. */
  readonly complete: ReadonlySet<number>
}

export interface Upload {
  readonly at: string
  readonly vgpuType: number
  readonly name: string
  readonly blob: Uint8Array
  readonly derived: readonly string[]
}

/** Resolves the names in a document. @throws NvError for a contradiction, or a name that does not exist */
export function resolveDesired(desired: Desired, state: HostState): ResolvedDesired {
  refuseNewNames(desired, state)
  const init = initOptions(desired, state)
  const base = init ? newHost(init) : state
  const uploads = newTypes(desired, base)
  const names = new Names({ ...base, overlay: overlayWith(base, uploads) })
  const spoken = desired.gpus.flatMap((request) =>
    chosenGpus(base, names, request).map((index) => ({ index, request })),
  )
  const listed = spoken.filter(({ request }) => request.vgpus !== undefined)
  const only = base.gpus.length === 1 ? 0 : null
  const vgpus = [
    ...(desired.vgpus ?? []).flatMap((request) => resolveVgpu(names, request, null, only)),
    ...listed.flatMap(({ index, request }) =>
      (request.vgpus ?? []).flatMap((vgpu) => resolveVgpu(names, vgpu, index, only)),
    ),
  ].map((desired, number) => ({ ...desired, number }))
  refuseDoubles(vgpus)
  const definitions = resolveDefinitions(base, names, desired)
  const defined = new Set(definitions.map(({ is }) => is))
  const requestsOf = grouped(spoken, ({ index }) => index)
  return {
    init,
    base,
    uploads,
    gpus: [...base.gpus.keys()].map((index) =>
      resolveGpu(
        base,
        index,
        (requestsOf.get(index) ?? []).map(({ request }) => request),
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
  return desired.types.flatMap(({ at, blob, derived }) => {
    const vgpuType = NVA081_CTRL_VGPU_INFO.get(blob, 'vgpuType')
    const before = seen.get(vgpuType)
    if (before !== undefined)
      throw refusal(at, 'EINVAL', 'conflict', `vgpuType ${vgpuType} is given already, at ${before}`)
    seen.set(vgpuType, at)
    const known = base.overlay.find((type) => type.vgpuType === vgpuType)
    if (known?.blob === toSparse(blob)) return []
    return [{ at, vgpuType, name: NVA081_CTRL_VGPU_INFO.get(blob, 'vgpuName'), blob, derived }]
  })
}

function overlayWith(base: HostState, uploads: readonly Upload[]): HostState['overlay'] {
  return [
    ...base.overlay.filter((type) => uploads.every(({ vgpuType }) => vgpuType !== type.vgpuType)),
    ...uploads.map(({ vgpuType, blob, derived }) => ({ vgpuType, blob: toSparse(blob), derived: [...derived] })),
  ]
}
