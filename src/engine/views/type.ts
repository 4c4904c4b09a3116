import { MiB } from '../../abi/align.ts'
import { NVA081_CTRL_VGPU_INFO } from '../../abi/nva081.ts'
import { profileOf } from '../../catalog/profiles.ts'
import { openFigures } from '../../catalog/published-counts.ts'
import type { TypeView } from '../../contract/views/type.ts'
import { boardOf } from '../board-of.ts'
import { fits, placements } from '../capacity.ts'
import { boardsOf, findType } from '../find-type.ts'
import { type KnownType, recordOf, typesKnown } from '../known-types.ts'
import { migTableOf } from '../mig/table.ts'
import { gpuIndices, stateAt } from '../select.ts'
import type { HostState } from '../state.ts'
import { channelsByRule } from '../vgpu-mgr/vgpu.ts'
import { gspTypeIds } from './gsp-inside.ts'
import { hex } from './words.ts'

/** Every type of the host's GPUs once, in upload order, with the GPUs that know it and the number each can still create. */
export function typeViews(host: HostState, filter: { gpu?: string; creatable?: boolean } = {}): TypeView[] {
  const gpus = gpuIndices(host, filter.gpu)
  const types = new Map<number, KnownType>()
  for (const board of boardsOf(host, gpus)) for (const type of typesKnown(host, board)) types.set(type.vgpuType, type)
  const views = [...types.values()].map((type) => typeView(host, type, gpus))
  return filter.creatable ? views.filter((view) => view.gpus.some((gpu) => gpu.creatable > 0)) : views
}

/** The type of that name. @throws NvError as findType */
export function namedTypeView(host: HostState, word: string): TypeView {
  return typeView(host, findType(host, word), gpuIndices(host, undefined))
}

/** The NVA081_CTRL_VGPU_INFO record of the type of that name. @throws NvError as findType */
export function typeRecord(host: HostState, word: string): Uint8Array {
  return recordOf(findType(host, word))
}

export function typeView(host: HostState, type: KnownType, gpus: readonly number[]): TypeView {
  const { catalogue } = type
  const info = catalogue ?? NVA081_CTRL_VGPU_INFO.decode(recordOf(type))
  const profile = profileOf(host)
  const board = boardsOf(host, gpus).find(({ deviceId }) => deviceId === info.pdevId)
  // any GPU of the board: sizes are the same
  const table = board === undefined ? null : migTableOf(board, 0)
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
    open: catalogue ? openFigures(catalogue.vgpuName, catalogue.placement.mixedSizeIds) : [],
    derived: [...(catalogue?.modelled ?? type.uploaded?.derived ?? [])],
    channels: channelsByRule(profile.channelsPerVgpu, profile.channelsReserved.count, info, table),
    gpus: gpus.flatMap((index) => {
      const gpu = stateAt(host, index)
      if (boardOf(gpu).deviceId !== info.pdevId) return []
      const { count, reason } = fits(host, index, info.vgpuType)
      const placement = placements(host, index, info, count)
      return [
        {
          gpu: index,
          inGsp: gspTypeIds(gpu).includes(info.vgpuType),
          creatable: count,
          reason,
          placement,
        },
      ]
    }),
  }
}

function seriesOf(name: string): string {
  return /[A-Z]$/.exec(name)?.[0] ?? ''
}
