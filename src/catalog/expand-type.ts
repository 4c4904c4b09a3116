import { GiB, MiB, prevPow2 } from '../abi/align.ts'
import type { CatalogType, Mig } from './catalog-type.ts'
import { guestFbLength } from './guest-fb.ts'
import { splitOf } from './memory-split.ts'
import { equalSizeIds, mixedSizeIds } from './placement.ts'
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
  const [series, , , entries, certainty, idCertainty, since] = run
  const entry = entries[index]
  if (entry === undefined) return undefined
  const { regionGiB: region } = table
  const parsed = typeof entry === 'number' ? undefined : migEntry(entry)
  const sizeGiB = parsed?.sizeGiB ?? Number(entry)
  const vgpuName = typeName(table, run, entry)
  const maxInstance =
    parsed?.instances ?? publishedMost(vgpuName) ?? Math.min(MAX_PER_GPU, Math.floor(region / sizeGiB))
  const ampere = table.architecture === 'Ampere'
  const place = { region, size: sizeGiB, maxInstance, ampere }
  const mig = parsed ? migOf(parsed) : null
  const scalars = scalarsOf(table, run, index, { vgpuName, sizeGiB, maxInstance, mig })
  const { edition, maxInstancesPerVm } = SERIES[series]
  return {
    ...scalars,
    board: table.board,
    series,
    sizeGiB,
    edition,
    maxInstancesPerVm: mig ? null : maxInstancesPerVm,
    channelsPerVgpu: prevPow2(CHANNELS / maxInstance),
    // lazy
    get placement() {
      return {
        size: mig ? 0 : sizeGiB,
        region,
        mixedSizeIds: mig ? null : mixedSizeIds(place),
        equalSizeIds: mig || ampere ? null : equalSizeIds(place),
      }
    },
    guestFb: guestFbOf(table, scalars),
    mig,
    certainty,
    idCertainty,
    since: since ?? null,
    modelled: [...new Set([...table.modelled, ...(mig ? MIG_MODELLED : []), ...(since ? NEWER_MODELLED : [])])],
  }
}

interface Size {
  readonly vgpuName: string
  readonly sizeGiB: number
  readonly maxInstance: number
  readonly mig: Mig | null
}

/** The scalars of NVA081_CTRL_VGPU_INFO. */
function scalarsOf(table: TypeTable, run: Run, index: number, { vgpuName, sizeGiB, maxInstance, mig }: Size) {
  const [series, firstId, firstSubsystem] = run
  const { regionGiB: region, pdevId } = table
  const facts = SERIES[series]
  const [maxResolutionX, maxResolutionY, maxPixels] = displayOf(series, sizeGiB)
  const [fb, reservation, heap] = splitOf(table, sizeGiB, maxInstance)
  return {
    vgpuType: firstId + index,
    vgpuName,
    vgpuClass: facts.vgpuClass,
    license: facts.license,
    maxInstance,
    numHeads: facts.numHeads,
    maxResolutionX,
    maxResolutionY,
    maxPixels,
    frlConfig: facts.frlConfig,
    cudaEnabled: facts.cudaEnabled,
    eccSupported: facts.eccSupported,
    gpuInstanceSize: mig?.gpuInstanceSlices ?? 0,
    multiVgpuSupported: mig ? 0 : facts.multiVgpu,
    vdevId: pdevId * 0x10000 + firstSubsystem + index,
    pdevId,
    profileSize: sizeGiB * GiB,
    fbLength: fb * MiB,
    gspHeapSize: heap * MiB,
    fbReservation: reservation * MiB,
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
    gpuInstanceProfileId: 0,
  }
}

function guestFbOf({ eccTotalMiB, segmentMiB }: TypeTable, scalars: ReturnType<typeof scalarsOf>) {
  if (eccTotalMiB === null) return null
  return { eccOff: scalars.fbLength, eccOn: guestFbLength(scalars, eccTotalMiB * MiB, segmentMiB * MiB) }
}

function migOf({ slices, sizeGiB, media }: ReturnType<typeof migEntry>): Mig {
  return {
    gpuInstanceSlices: slices,
    gpuInstanceProfile: `${slices}g.${sizeGiB}gb${media ? '+me' : ''}`,
    mediaExtensions: media,
  }
}

function migEntry(entry: string): { slices: number; sizeGiB: number; media: boolean; instances: number } {
  const [name = '', instances] = entry.split(':')
  const [slices, size = ''] = name.split('-')
  return {
    slices: Number(slices),
    sizeGiB: Number.parseInt(size, 10),
    media: size.endsWith('ME'),
    instances: Number(instances),
  }
}
