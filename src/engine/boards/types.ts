import { MiB } from '../../abi/align.ts'
import { findBoard } from '../../catalog/boards.ts'
import type { CatalogType } from '../../catalog/catalog-type.ts'
import { listedBoard } from '../../catalog/listed-board.ts'
import type { ListedType } from '../../catalog/listed-type.ts'
import { listedTypeByName, listedTypes } from '../../catalog/listed-types.ts'
import { SERIES } from '../../catalog/series.ts'
import { typesOfBoard } from '../../catalog/vgpu-types.ts'
import type { BoardTypeView } from '../../contract/views/board.ts'
import { boardViews } from './boards.ts'
import { noSuchBoard } from './no-such-board.ts'

/** The types of a board by its name. @throws NvError not-found with the nearest names */
export function boardTypeViews(word: string): BoardTypeView[] {
  const board = findBoard(word)
  if (board !== undefined) return typesOfBoard(board.typeBoard ?? '', true).map(known)
  const row = listedBoard(word)
  if (row !== undefined)
    return listedTypes()
      .filter((type) => type.board === row[0])
      .map(listed)
  const names = boardViews().map(({ name }) => name)
  throw noSuchBoard('board', word, names, () => 'nvgpu host boards')
}

/** The type of a listed board by its name or id; undefined for any other word. */
export function listedTypeView(word: string): BoardTypeView | undefined {
  const type = listedTypeByName(word)
  return type && listed(type)
}

function known(type: CatalogType): BoardTypeView {
  return {
    id: type.vgpuType,
    name: type.vgpuName,
    board: type.board,
    series: type.series,
    class: type.vgpuClass,
    license: type.license,
    profileSizeMiB: type.profileSize / MiB,
    framebufferMiB: type.fbLength / MiB,
    fbReservationMiB: type.fbReservation / MiB,
    bar1MiB: type.bar1Length,
    numHeads: type.numHeads,
    maxResolution: `${type.maxResolutionX}x${type.maxResolutionY}`,
    frameRateLimit: type.frlConfig,
    multiVgpuSupported: type.multiVgpuSupported !== 0,
    gpuInstance: type.mig?.gpuInstanceProfile ?? null,
    maxInstance: type.maxInstance,
    mixedSizeMax: type.placement.mixedSizeIds?.length ?? null,
    certainty: type.idCertainty,
    derived: [...type.modelled],
    missing: [],
  }
}

function listed(type: ListedType): BoardTypeView {
  const facts = SERIES[type.series]
  const figures = {
    id: type.id,
    framebufferMiB: type.framebufferMiB,
    fbReservationMiB: type.fbReservationMiB,
    bar1MiB: type.bar1MiB,
    maxResolution: type.maxResolution,
    multiVgpuSupported: type.multiVgpu,
  }
  return {
    ...figures,
    name: type.name,
    board: type.board,
    series: type.series,
    class: facts.vgpuClass,
    license: facts.license,
    profileSizeMiB: type.sizeGiB * 1024,
    numHeads: facts.numHeads,
    frameRateLimit: facts.frlConfig,
    gpuInstance: type.mig,
    maxInstance: type.maxInstance,
    mixedSizeMax: type.mixedSizeMax,
    certainty: type.idCertainty,
    derived: type.maxIsPublished ? [] : ['maxInstance'],
    missing: Object.entries(figures).flatMap(([name, value]) => (value === null ? [name] : [])),
  }
}
