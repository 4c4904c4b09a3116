import { GiB, MiB, prevPow2 } from '../abi/align.ts'
import type { CatalogType, Mig } from './catalog-type.ts'
import { type GuestFbOf, guestFbLength } from './guest-fb.ts'
import { splitOf } from './memory-split.ts'
import { migGrid, timeSlicesOn } from './mig-instances.ts'
import { migProfilesOf } from './mig-profiles.ts'
import { equalSizeIds, mixedSizeIds, type PlacementOf, slotsOf } from './placement.ts'
import { publishedMost } from './published-counts.ts'
import { displayOf, SERIES } from './series.ts'
import type { Entry, Run, TypeTable } from './type-table.ts'

/** Channel ids of a GPU. The vGPUs of one type share them. */
const CHANNELS = 2048

/** Most time-sliced vGPUs of one GPU (driver limit), independent of its memory. */
const MAX_PER_GPU = 32

/** Boards whose whole-GPU Q and C types have NVLink peer-to-peer (17.1 type file). */
const NVLINK_BOARDS: readonly string[] = ['A40', 'RTXA6000', 'RTXA5500', 'RTXA5000']

/** Display memory mapped for the host's console, bytes, the same for all types. */
const MAPPABLE_VIDEO_SIZE = 4 * MiB

const MIG_MODELLED = ['profileSize', 'multiVgpuSupported', 'gpuInstanceSize', 'gpuInstanceProfileId', 'channelsPerVgpu']

/** Only name, id and subsystem id of a 3B type are published. It gets the memory of 3Q and the display of 2B. */
const NEWER_MODELLED = ['fbLength', 'fbReservation', 'gspHeapSize', 'maxInstance', 'maxPixels']

/** The name of a type: "NVIDIA L40-4Q". */
export function typeName(table: TypeTable, [series]: Run, entry: Entry): string {
  if (typeof entry === 'number') return `${table.prefix}-${entry}${series}`
  const { slices, sizeGiB, media } = migEntry(entry)
  return `${table.prefix}-${slices}-${sizeGiB}${series}${media ? 'ME' : ''}`
}

/** The full record of the `index`-th type of a run. */
export function expandType(table: TypeTable, run: Run, index: number): CatalogType | undefined {
  const [series, firstId, firstSubsystem, entries, certainty, idCertainty, since] = run
  const entry = entries[index]
  if (entry === undefined) return undefined
  const { regionGiB: region, pdevId } = table
  const parsed = typeof entry === 'number' ? undefined : migEntry(entry)
  const sizeGiB = parsed?.sizeGiB ?? Number(entry)
  const vgpuName = typeName(table, run, entry)
  const maxInstance =
    parsed?.instances ?? publishedMost(vgpuName) ?? Math.min(MAX_PER_GPU, Math.floor(region / sizeGiB))
  const facts = SERIES[series]
  const [fb, reservation, heap] = splitOf(table, sizeGiB, maxInstance)
  const memory = { fbLength: fb * MiB, gspHeapSize: heap * MiB, fbReservation: reservation * MiB }
  const mig = parsed ? migOf(parsed) : null
  return {
    vgpuType: firstId + index,
    vgpuName,
    vgpuClass: facts.vgpuClass,
    license: facts.license,
    maxInstance,
    numHeads: facts.numHeads,
    ...displayOf(series, sizeGiB),
    frlConfig: facts.frlConfig,
    cudaEnabled: facts.cudaEnabled,
    eccSupported: facts.eccSupported,
    gpuInstanceSize: mig?.gpuInstanceSlices ?? 0,
    multiVgpuSupported: mig ? 0 : facts.multiVgpu,
    vdevId: pdevId * 0x10000 + firstSubsystem + index,
    pdevId,
    profileSize: sizeGiB * GiB,
    ...memory,
    mappableVideoSize: MAPPABLE_VIDEO_SIZE,
    encoderCapacity: 100,
    bar1Length: series === 'C' ? table.computeBar1MiB : 256,
    frlEnable: 1,
    ftraceEnable: 0,
    gpuDirectSupported: 0,
    nvlinkP2PSupported: NVLINK_BOARDS.includes(table.board) && sizeGiB === region && facts.exclusive === 0 ? 1 : 0,
    multiVgpuExclusive: facts.exclusive,
    exclusiveType: 0,
    exclusiveSize: 0,
    gpuInstanceProfileId: profileIdOf(table, mig),
    board: table.board,
    series,
    sizeGiB,
    edition: facts.edition,
    maxInstancesPerVm: mig ? migMostPerVm(table) : facts.maxInstancesPerVm,
    channelsPerVgpu: prevPow2(CHANNELS / maxInstance),
    // lazy
    get placement() {
      return placementOf(table, { sizeGiB, maxInstance }, mig)
    },
    guestFb: guestFbOf(table, { ...memory, maxInstance }),
    mig,
    certainty,
    idCertainty,
    since: since ?? null,
    modelled: [...new Set([...table.modelled, ...(mig ? MIG_MODELLED : []), ...(since ? NEWER_MODELLED : [])])],
  }
}

interface MigEntry {
  readonly slices: number
  readonly sizeGiB: number
  readonly media: boolean
  readonly instances: number
  /** The GPU instance, if the size does not name it. */
  readonly profile: string | undefined
}

function migEntry(entry: string): MigEntry {
  const [name = '', instances, profile] = entry.split(':')
  const [slices, size = ''] = name.split('-')
  return {
    slices: Number(slices),
    sizeGiB: Number.parseInt(size, 10),
    media: size.endsWith('ME'),
    instances: Number(instances),
    profile,
  }
}

function migOf({ slices, sizeGiB, media, profile }: MigEntry): Mig {
  return {
    gpuInstanceSlices: slices,
    gpuInstanceProfile: profile ?? `${slices}g.${sizeGiB}gb${media ? '+me' : ''}`,
    mediaExtensions: media,
  }
}

/** Id of the GPU instance behind a type; 0 for a time-sliced type. */
function profileIdOf({ board }: TypeTable, mig: Mig | null): number {
  if (mig === null) return 0
  return migProfilesOf(board).find(({ name }) => name === mig.gpuInstanceProfile)?.id ?? 0
}

/** Not published but for RTX PRO 6000, where a host prints 1. */
function migMostPerVm({ board }: TypeTable): number | null {
  return timeSlicesOn(board) ? 1 : null
}

/** Slots and ids of a type. A MIG-backed one has them inside its GPU instance, on chips where several share it. */
function placementOf(
  { board, architecture, regionGiB }: TypeTable,
  { sizeGiB, maxInstance }: { sizeGiB: number; maxInstance: number },
  mig: Mig | null,
): CatalogType['placement'] {
  const rule = { ampere: architecture === 'Ampere', even: architecture === 'Blackwell' }
  if (mig === null) return idsOf({ ...rule, region: regionGiB, size: sizeGiB, maxInstance })
  const profiles = migProfilesOf(board)
  const profile = profiles.find(({ name }) => name === mig.gpuInstanceProfile)
  if (profile === undefined || !timeSlicesOn(board))
    return { size: 0, region: regionGiB, mixedSizeIds: null, equalSizeIds: null }
  const region = (regionGiB * profile.size) / migGrid(profiles)
  return idsOf({ ...rule, region, size: sizeGiB, maxInstance: Math.floor(maxInstance / profile.maxInstances) })
}

function idsOf(place: PlacementOf): CatalogType['placement'] {
  return {
    size: slotsOf(place),
    region: place.region,
    mixedSizeIds: mixedSizeIds(place),
    equalSizeIds: place.ampere ? null : equalSizeIds(place),
  }
}

function guestFbOf({ eccTotalMiB, segmentMiB }: TypeTable, memory: GuestFbOf): CatalogType['guestFb'] {
  if (eccTotalMiB === null) return null
  return { eccOff: memory.fbLength, eccOn: guestFbLength(memory, eccTotalMiB * MiB, segmentMiB * MiB) }
}
