import { parseBdf } from '../../abi/pci.ts'
import { nearest } from '../../errors/nearest.ts'
import { NvError } from '../../errors/nv-error.ts'
import { shellQuote } from '../../errors/shell-quote.ts'
import { gpuAt } from '../lookup.ts'
import { gpuIndex, searchVgpu, stateAt } from '../select.ts'
import type { Definition, HostState } from '../state.ts'
import { definitionNamed, definitionOf } from './index-of.ts'
import { vfAddress } from './vf-address.ts'

/** Definitions in the order for lists and boot: by GPU, then definitions with a fixed slot or VF first. */
export function definitionsOf(host: HostState, gpu?: string): Definition[] {
  const all = Object.values(host.definitions)
  const bdf = gpu === undefined ? undefined : stateAt(host, gpuIndex(host, gpu)).bdf
  const chosen = bdf === undefined ? all : all.filter((one) => one.gpu === bdf)
  return chosen.sort(
    (a, b) =>
      compare(a.gpu, b.gpu) ||
      (a.placementId ?? LAST) - (b.placementId ?? LAST) ||
      (a.vf ?? LAST) - (b.vf ?? LAST) ||
      compare(a.uuid, b.uuid),
  )
}

const LAST = Number.MAX_SAFE_INTEGER

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/**
 * Finds a definition by UUID, unique UUID prefix (4 characters or more) or name; by the address of its vGPU's VF, or of
 * its wanted VF if only one definition wants that VF; or by any other selector of its vGPU.
 * @throws NvError ENOENT, EINVAL (several match)
 */
export function findDefinition(host: HostState, selector: string): Definition {
  const onVf = parseBdf(selector) === null ? undefined : definitionAt(host, selector)
  const found = onVf ?? matching(host, selector) ?? definitionAt(host, selector)
  if (found !== undefined) return found
  const active = searchVgpu(host, selector)?.vf.uuid ?? undefined
  const names = Object.values(host.definitions).flatMap(({ name }) => name ?? [])
  const near = nearest(selector.toLowerCase(), names)
  throw new NvError({
    errno: 'ENOENT',
    code: 'not-found',
    at: 'definition',
    message:
      active === undefined
        ? `there is no definition "${selector}"${near.length > 0 ? `; nearest: ${near.join(', ')}` : ''}`
        : `vGPU ${active} is active and not defined`,
    hint: active === undefined ? 'nvgpu vgpu list --defined' : `nvgpu vgpu define ${shellQuote(active)}`,
    object: selector,
  })
}

/** Like `findDefinition` without vGPUs; undefined without a match. @throws NvError EINVAL (several match) */
export function matching(host: HostState, selector: string): Definition | undefined {
  const wanted = selector.toLowerCase()
  const exact = definitionOf(host, wanted) ?? definitionNamed(host, selector)
  if (exact) return exact
  const id = parseBdf(selector)
  const near = Object.values(host.definitions).filter(
    (one) =>
      (wanted.length >= 4 && one.uuid.startsWith(wanted)) ||
      (id !== null && parseBdf(wantedVf(host, one) ?? '') === id),
  )
  if (near.length < 2) return near[0]
  throw new NvError({
    errno: 'EINVAL',
    code: 'ambiguous',
    at: 'definition',
    message: `"${selector}" means ${near.length} definitions: ${near.map(({ uuid }) => uuid).join(', ')}`,
    hint: 'nvgpu vgpu list --defined',
    object: selector,
  })
}

/** Address of a definition's wanted VF; null for any VF, or while the GPU is absent. */
export function wantedVf(host: HostState, { gpu, vf }: Definition): string | null {
  if (vf === null) return null
  const at = gpuAt(host, gpu)
  return at === undefined ? null : vfAddress(stateAt(host, at), vf)
}

/** The parent that mdevctl names: the wanted VF, or the GPU for any VF of it. */
export function mdevParent(host: HostState, definition: Definition): string {
  return wantedVf(host, definition) ?? definition.gpu
}

function definitionAt(host: HostState, selector: string): Definition | undefined {
  const active = searchVgpu(host, selector)?.vf.uuid ?? undefined
  return active === undefined ? undefined : definitionOf(host, active)
}
