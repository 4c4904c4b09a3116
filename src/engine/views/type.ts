import { MiB } from '../../abi/align.ts'
import { NVA081_CTRL_VGPU_INFO } from '../../abi/nva081.ts'
import type { Board } from '../../catalog/boards.ts'
import { PROFILES } from '../../catalog/profiles.ts'
import { typeByName } from '../../catalog/vgpu-types.ts'
import { boardOf } from '../board-of.ts'
import { fits, placements } from '../capacity.ts'
import { fromOverlay, isOffered, type KnownType, offered, recordOf, typesKnown } from '../known-types.ts'
import { gpuIndices, stateAt } from '../select.ts'
import type { HostState } from '../state.ts'
import { channelsByRule } from '../vgpu-mgr/vgpu.ts'
import type { TypeView } from '../view.ts'
import { noSuchType } from './no-such-type.ts'
import { hex } from './words.ts'

/** Types of the host's GPUs: every one once, in upload order, with where it is known and where one more could be created. */
export function typeViews(host: HostState, filter: { gpu?: string; creatable?: boolean } = {}): TypeView[] {
  const gpus = gpuIndices(host, filter.gpu)
  const types = new Map<number, KnownType>()
  for (const board of boardsOf(host, gpus)) for (const type of typesKnown(host, board)) types.set(type.vgpuType, type)
  const views = [...types.values()].map((type) => typeView(host, type, gpus))
  return filter.creatable ? views.filter((view) => view.gpus.some((gpu) => gpu.creatable > 0)) : views
}

/** The type a word names. @throws NvError as findType */
export function namedTypeView(host: HostState, word: string): TypeView {
  return typeView(host, findType(host, word), gpuIndices(host, undefined))
}

/** The NVA081_CTRL_VGPU_INFO record of the type a word names. @throws NvError as findType */
export function typeRecord(host: HostState, word: string): Uint8Array {
  return recordOf(findType(host, word))
}

export function typeView(host: HostState, type: KnownType, gpus: readonly number[]): TypeView {
  const { catalogue } = type
  const info = catalogue ?? NVA081_CTRL_VGPU_INFO.decode(recordOf(type))
  const profile = PROFILES[host.profile]
  return {
    id: info.vgpuType,
    name: info.vgpuName,
    series: catalogue?.series ?? seriesOf(info.vgpuName),
    class: info.vgpuClass,
    board: catalogue?.board ?? '',
    license: info.license,
    profileSizeMiB: info.profileSize / MiB,
    framebufferMiB: info.fbLength / MiB,
    fbReservationMiB: info.fbReservation / MiB,
    gspHeapMiB: info.gspHeapSize / MiB,
    bar1MiB: info.bar1Length,
    maxInstance: info.maxInstance,
    numHeads: info.numHeads,
    maxResolution: `${info.maxResolutionX}x${info.maxResolutionY}`,
    maxPixels: info.maxPixels,
    frameRateLimit: info.frlEnable ? info.frlConfig : 0,
    eccSupported: info.eccSupported !== 0,
    cudaEnabled: info.cudaEnabled !== 0,
    multiVgpuSupported: info.multiVgpuSupported !== 0,
    pdevId: hex(info.pdevId, 4),
    vdevId: hex(info.vdevId, 8),
    source: catalogue ? 'catalogue' : 'uploaded',
    certainty: catalogue?.certainty ?? 'uploaded',
    channels: channelsByRule(profile.channelsPerVgpu, profile.channelsReserved.count, info.maxInstance),
    gpus: gpus.flatMap((index) => {
      const gpu = stateAt(host, index)
      if (boardOf(gpu).deviceId !== info.pdevId) return []
      const { count, reason } = fits(host, index, info.vgpuType)
      const placement = placements(host, index, info, count)
      return [
        {
          gpu: index,
          inGsp: gpu.gsp.types.some((known) => known.vgpuType === info.vgpuType),
          creatable: count,
          reason,
          placement,
        },
      ]
    }),
  }
}

/**
 * The type a word names: 874, nvidia-874, L40-4Q, NVIDIA L40-4Q, in any case; overlay before catalogue.
 * @throws NvError ENODEV as noSuchType says
 */
export function findType(host: HostState, word: string): KnownType {
  const lower = word.trim().toLowerCase()
  const plain = lower.startsWith('nvidia ') || lower.startsWith('nvidia-') ? lower.slice('nvidia '.length) : lower
  const found = host.overlay.length === 0 ? typeByName(plain) : undefined
  // Where nothing was uploaded the catalogue is asked by name: to list the types of a board takes longer than to boot one.
  // And GPUs are looked at one by one: each that is not is one less to be read from its file.
  if (found && isCalled(found, plain) && host.gpus.some((gpu) => isOffered(host, boardOf(gpu), found)))
    return { vgpuType: found.vgpuType, catalogue: found, uploaded: null }
  const boards = boardsOf(host, gpuIndices(host, undefined))
  const known = boards.flatMap((board) => typesKnown(host, board))
  const foreign = host.overlay
    .filter((type) => offered(host.profile, type.vgpuType) && !known.some((other) => other.uploaded === type))
    .map(fromOverlay)
  for (const type of [...known, ...foreign]) {
    if (isCalled({ vgpuType: type.vgpuType, vgpuName: nameOf(type) }, plain)) return type
  }
  throw noSuchType(
    host,
    word,
    plain,
    known.map((type) => nameOf(type).replace(/^NVIDIA /, '')),
  )
}

function isCalled({ vgpuType, vgpuName }: { vgpuType: number; vgpuName: string }, plain: string): boolean {
  const name = vgpuName.toLowerCase()
  return String(vgpuType) === plain || (name.startsWith('nvidia ') ? name.slice('nvidia '.length) : name) === plain
}

/** Every board model once. */
function boardsOf(host: HostState, gpus: readonly number[]): Board[] {
  const boards = gpus.map((index) => boardOf(stateAt(host, index)))
  return boards.filter((board, i) => boards.findIndex((other) => other.name === board.name) === i)
}

export function nameOf(type: KnownType): string {
  return type.catalogue?.vgpuName ?? NVA081_CTRL_VGPU_INFO.get(recordOf(type), 'vgpuName')
}

function seriesOf(name: string): string {
  return /[A-Z]$/.exec(name)?.[0] ?? ''
}
