import { formatRoutingId, parseBdf } from '../abi/pci.ts'
import { nearest } from '../errors/nearest.ts'
import { NvError } from '../errors/nv-error.ts'
import type { GpuState, HostState, VfState } from './state.ts'

/**
 * Lists the GPUs that may contain one of some names, without reading the others: an address, a name, the beginning of a UUID,
 * or a VM with a name of its own.
 */
export interface Finder {
  candidates(words: readonly string[]): Iterable<number>
}

const finders = new WeakMap<HostState, Finder>()

/** Sets the finder of a state. Without one, a search reads all GPUs. */
export function findWith(host: HostState, finder: Finder): void {
  finders.set(host, finder)
}

/** Runs an act with another finder. */
export function findingWith<T>(host: HostState, finder: Finder, act: () => T): T {
  const before = finders.get(host)
  finders.set(host, finder)
  try {
    return act()
  } finally {
    if (before === undefined) finders.delete(host)
    else finders.set(host, before)
  }
}

/** The GPUs to search for any of the names: those of the finder, else those of the filter. */
export function* gpusNaming(host: HostState, words: readonly string[], gpu?: string): Generator<number> {
  const finder = gpu === undefined ? finders.get(host) : undefined
  if (finder === undefined) {
    yield* gpuIndices(host, gpu)
    return
  }
  yield* finder.candidates(words)
}

/** Spellings of a selector in the state: as typed, in lower case, or as an address. */
function spellings(selector: string): string[] {
  const id = parseBdf(selector)
  return [selector, selector.toLowerCase(), ...(id === null ? [] : [formatRoutingId(id)])]
}

/** A VF and the GPU it belongs to. */
export interface VfAt {
  gpu: number
  vf: VfState
}

/**
 * The GPU that a selector names: an index, an address in any spelling, or a UUID. Without a selector: the only GPU.
 * @throws NvError ENODEV (none), EINVAL (several and no selector)
 */
export function gpuIndex(host: HostState, selector: string | undefined): number {
  if (selector === undefined) {
    if (host.gpus.length === 1) return 0
    throw new NvError({
      errno: 'EINVAL',
      code: 'ambiguous',
      at: 'gpu',
      message: `there are ${host.gpus.length} GPUs: say which one`,
      hint: 'nvgpu gpu list',
    })
  }
  if (/^[0-9]{1,4}$/.test(selector) && Number(selector) < host.gpus.length) return Number(selector)
  const id = parseBdf(selector)
  const wanted = selector.toLowerCase()
  for (const index of gpusNaming(host, spellings(selector))) {
    const gpu = stateAt(host, index)
    const uuid = gpu.uuid.toLowerCase()
    if (id !== null ? parseBdf(gpu.bdf) === id : uuid === wanted || uuid.slice(4) === wanted) return index
  }
  const near = nearest(
    wanted,
    host.gpus.slice(0, 64).map((gpu) => gpu.bdf),
  )
  throw new NvError({
    errno: 'ENODEV',
    code: 'not-found',
    at: 'gpu',
    message: `there is no GPU "${selector}"${near.length > 0 ? `; nearest: ${near.join(', ')}` : ''}`,
    hint: 'nvgpu gpu list',
  })
}

/** The GPU of a selector, or all without one. */
export function gpuIndices(host: HostState, selector: string | undefined): number[] {
  return selector === undefined ? [...host.gpus.keys()] : [gpuIndex(host, selector)]
}

/**
 * Finds a VF by its address, by "GPU/index", or by its index alone on the GPU given, or on the only GPU.
 * @throws NvError ENODEV, EINVAL (an index and several GPUs)
 */
export function findVf(host: HostState, selector: string, gpu?: string): VfAt {
  const id = parseBdf(selector)
  if (id !== null) {
    for (const index of gpusNaming(host, spellings(selector), gpu)) {
      const vf = stateAt(host, index).vfs.find((known) => parseBdf(known.bdf) === id)
      if (vf) return { gpu: index, vf }
    }
    throw noVf(host, selector, gpu)
  }
  const slash = selector.lastIndexOf('/')
  const number = selector.slice(slash + 1)
  if (!/^[0-9]{1,5}$/.test(number)) throw noVf(host, selector, gpu)
  const index = gpuIndex(host, slash >= 0 ? selector.slice(0, slash) : gpu)
  const vf = stateAt(host, index).vfs[Number(number)]
  if (!vf) throw noVf(host, selector, gpu)
  return { gpu: index, vf }
}

/**
 * The configured vGPU that a selector names. UUID and VF address come before the name, and the name before a unique UUID
 * prefix of at least 4 characters.
 * @throws NvError ENODEV, EINVAL (several match)
 */
export function findVgpu(host: HostState, selector: string, gpu?: string): VfAt {
  const at = searchVgpu(host, selector, gpu)
  if (at) return at
  throw noVgpu(host, selector)
}

/** The same, or undefined without a match. @throws NvError EINVAL (several match) */
export function searchVgpu(host: HostState, selector: string, gpu?: string): VfAt | undefined {
  const wanted = selector.toLowerCase()
  const id = parseBdf(selector)
  const mayBeOther = id !== null || /^[0-9a-f]{8}-/.test(wanted)
  let named: VfAt | undefined
  const prefixes: VfAt[] = []
  for (const index of gpusNaming(host, spellings(selector), gpu)) {
    for (const vf of stateAt(host, index).vfs) {
      if (vf.uuid === null) continue
      if (vf.uuid === wanted || (id !== null && parseBdf(vf.bdf) === id)) return { gpu: index, vf }
      if (vf.name === selector) {
        named = { gpu: index, vf }
        if (!mayBeOther) return named
      } else if (wanted.length >= 4 && vf.uuid.startsWith(wanted)) prefixes.push({ gpu: index, vf })
    }
  }
  if (named || prefixes.length < 2) return named ?? prefixes[0]
  throw new NvError({
    errno: 'EINVAL',
    code: 'ambiguous',
    at: 'vgpu',
    message: `"${selector}" is the beginning of ${prefixes.length} UUIDs`,
    hint: 'nvgpu vgpu list',
  })
}

/** The error for an unknown vGPU, with similar names. It reads all GPUs. */
export function noVgpu(host: HostState, selector: string): NvError {
  const names = configured(host).flatMap(({ vf }) => [vf.name ?? '', vf.bdf])
  const near = nearest(
    selector.toLowerCase(),
    names.filter((name) => name !== ''),
  )
  return new NvError({
    errno: 'ENODEV',
    code: 'not-found',
    at: 'vgpu',
    message: `there is no vGPU "${selector}"${near.length > 0 ? `; nearest: ${near.join(', ')}` : ''}`,
    hint: 'nvgpu vgpu list',
  })
}

/** Every configured vGPU, by GPU and VF. */
export function configured(host: HostState, gpu?: string): VfAt[] {
  return gpuIndices(host, gpu).flatMap((index) =>
    stateAt(host, index).vfs.flatMap((vf) => (vf.uuid === null ? [] : [{ gpu: index, vf }])),
  )
}

export function stateAt(host: HostState, index: number): GpuState {
  const gpu = host.gpus[index]
  if (!gpu) throw new Error(`there is no GPU ${index}`)
  return gpu
}

/** The --gpu option for the command in a hint: the GPU of the selector, or the first of several. */
export function gpuOption(host: HostState, selector: string | undefined): string {
  if (selector === undefined && host.gpus.length === 1) return ''
  return ` --gpu ${stateAt(host, selector === undefined ? 0 : gpuIndex(host, selector)).bdf}`
}

function noVf(host: HostState, selector: string, gpu: string | undefined): NvError {
  const vfs = gpuIndices(host, gpu).flatMap((index) => stateAt(host, index).vfs.map((vf) => vf.bdf))
  const near = nearest(selector.toLowerCase(), vfs)
  const why = vfs.length === 0 ? ': no VFs are enabled' : near.length > 0 ? `; nearest: ${near.join(', ')}` : ''
  return new NvError({
    errno: 'ENODEV',
    code: 'not-found',
    at: 'vf',
    message: `there is no VF "${selector}"${why}`,
    hint: vfs.length === 0 ? `nvgpu vf enable 4${gpuOption(host, gpu)}` : 'nvgpu vf list',
  })
}
