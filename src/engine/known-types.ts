import { NVA081_CTRL_VGPU_INFO } from '../abi/nva081.ts'
import type { Board } from '../catalog/boards.ts'
import { PROFILES } from '../catalog/profiles.ts'
import { encodeVgpuInfo } from '../catalog/vgpu-info.ts'
import { type CatalogType, typeById, typesOfBoard } from '../catalog/vgpu-types.ts'
import { fromSparse, toSparse } from './sparse.ts'
import type { HostState, UploadedType } from './state.ts'
import { decodeType, type VgpuType } from './vgpu-mgr/types.ts'

/** The one type the RFC carries. */
const RFC_TYPE = 869

/** A type the host knows: of the catalogue, or uploaded. */
export type KnownType =
  | { readonly vgpuType: number; readonly catalogue: CatalogType; readonly uploaded: null }
  | { readonly vgpuType: number; readonly catalogue: null; readonly uploaded: UploadedType }

/**
 * Types the host knows for a board: the catalogue's with the overlay over it, in the order they go to GSP.
 * An overlay type takes the place of a catalogue type with its id; others come last.
 */
export function typesKnown(host: Pick<HostState, 'overlay' | 'profile'>, board: Board): KnownType[] {
  const overlay = host.overlay.filter((type) => pdevIdOf(type) === board.deviceId)
  const catalogue = typesOfBoard(board.typeBoard ?? '').filter((type) => offered(host.profile, type.vgpuType))
  const added = overlay.filter(
    (type) => offered(host.profile, type.vgpuType) && catalogue.every((known) => known.vgpuType !== type.vgpuType),
  )
  return [
    ...catalogue.map((type): KnownType => {
      const over = overlay.find((other) => other.vgpuType === type.vgpuType)
      return over ? fromOverlay(over) : { vgpuType: type.vgpuType, catalogue: type, uploaded: null }
    }),
    ...added.map(fromOverlay),
  ]
}

/** Whether `typesKnown` has that type of the catalogue for a board, as long as nothing is uploaded. */
export function isOffered(host: Pick<HostState, 'profile'>, board: Board, type: CatalogType): boolean {
  return type.board === board.typeBoard && type.since === null && offered(host.profile, type.vgpuType)
}

/** The same as the records that go to GSP. Encoding them all takes longer than booting a vGPU. */
export function knownTypes(host: Pick<HostState, 'overlay' | 'profile'>, board: Board): UploadedType[] {
  return typesKnown(host, board).map(
    (type) => type.uploaded ?? { vgpuType: type.vgpuType, blob: toSparse(recordOf(type)) },
  )
}

/** The NVA081_CTRL_VGPU_INFO record of a type, byte for byte as uploaded or as the catalogue encodes it. */
export function recordOf(type: KnownType): Uint8Array {
  if (type.uploaded === null) return encodeVgpuInfo(type.catalogue)
  return fromSparse(type.uploaded.blob, NVA081_CTRL_VGPU_INFO.size)
}

export function fromOverlay(type: UploadedType): KnownType {
  return { vgpuType: type.vgpuType, catalogue: null, uploaded: type }
}

/** Whether a profile's driver has the type at all. */
export function offered(profile: HostState['profile'], vgpuType: number): boolean {
  return PROFILES[profile].types === 'all' || vgpuType === RFC_TYPE
}

/** One type the host knows for a board, as the drivers see it; undefined when there is none. */
export function knownType(
  host: Pick<HostState, 'overlay' | 'profile'>,
  board: Board,
  vgpuType: number,
): VgpuType | undefined {
  if (!offered(host.profile, vgpuType)) return undefined
  const over = host.overlay.length === 0 ? undefined : overlaid(host, board, vgpuType)
  if (over) return decodeType(over)
  const type = typeById(vgpuType)
  return type && type.board === board.typeBoard ? asDriversSee(type) : undefined
}

function overlaid({ overlay }: Pick<HostState, 'overlay'>, board: Board, vgpuType: number): UploadedType | undefined {
  return overlay.find((type) => type.vgpuType === vgpuType && pdevIdOf(type) === board.deviceId)
}

const seen = new WeakMap<CatalogType, VgpuType>()

function asDriversSee(type: CatalogType): VgpuType {
  const known = seen.get(type)
  if (known !== undefined) return known
  const view = viewOf(type)
  seen.set(type, view)
  return view
}

/** Member by member, for one of the catalogue's is computed when it is looked at. */
function viewOf(type: CatalogType): VgpuType {
  return {
    vgpuType: type.vgpuType,
    vgpuName: type.vgpuName,
    vdevId: type.vdevId,
    pdevId: type.pdevId,
    profileSize: type.profileSize,
    fbLength: type.fbLength,
    fbReservation: type.fbReservation,
    gspHeapSize: type.gspHeapSize,
    bar1Length: type.bar1Length,
    maxInstance: type.maxInstance,
    eccSupported: type.eccSupported !== 0,
    gpuInstanceSize: type.gpuInstanceSize,
    vgpuClass: type.vgpuClass,
    multiVgpuSupported: type.multiVgpuSupported,
    multiVgpuExclusive: type.multiVgpuExclusive,
    frlEnable: type.frlEnable,
    frlConfig: type.frlConfig,
    numHeads: type.numHeads,
    maxResolutionX: type.maxResolutionX,
    maxResolutionY: type.maxResolutionY,
    maxPixels: type.maxPixels,
  }
}

function pdevIdOf(type: UploadedType): number {
  return NVA081_CTRL_VGPU_INFO.get(fromSparse(type.blob, NVA081_CTRL_VGPU_INFO.size), 'pdevId')
}
