import { NVA081_CTRL_VGPU_INFO } from '../abi/nva081.ts'
import type { Board } from '../catalog/boards.ts'
import type { CatalogType } from '../catalog/catalog-type.ts'
import { PROFILES } from '../catalog/profiles.ts'
import { branchOf } from '../catalog/releases.ts'
import { encodeVgpuInfo } from '../catalog/vgpu-info.ts'
import { typeById, typesOfBoard } from '../catalog/vgpu-types.ts'
import { fromSparse, toSparse } from './sparse.ts'
import type { HostState, UploadedType } from './state.ts'
import { decodeType, type TypeRecord, type VgpuType } from './vgpu-mgr/types.ts'

/** What decides the types of a host: its uploads, its profile, and the release of its driver. */
export type TypeHost = Pick<HostState, 'overlay' | 'profile' | 'driverVersion'>

/** The one type the RFC carries. */
const RFC_TYPE = 869

/** A type of the host: from the catalogue, or uploaded. */
export type KnownType =
  | { readonly vgpuType: number; readonly catalogue: CatalogType; readonly uploaded: null }
  | { readonly vgpuType: number; readonly catalogue: null; readonly uploaded: UploadedType }

/**
 * Types of a board in the order of the upload to GSP. An uploaded type replaces the catalogue type with its id; the others
 * come last.
 */
export function typesKnown(host: TypeHost, board: Board): KnownType[] {
  const overlay = host.overlay.filter((type) => pdevIdOf(type) === board.deviceId)
  const catalogue = typesOfBoard(board.typeBoard ?? '', true).filter(
    (type) => isReleased(host, type) && offered(host.profile, type.vgpuType),
  )
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

/** Whether `typesKnown` has that catalogue type for a board, if no type is uploaded. */
export function isOffered(
  host: Pick<HostState, 'profile' | 'driverVersion'>,
  board: Board,
  type: CatalogType,
): boolean {
  return type.board === board.typeBoard && isReleased(host, type) && offered(host.profile, type.vgpuType)
}

/** The same types as records for GSP. */
export function knownTypes(host: TypeHost, board: Board): TypeRecord[] {
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

/** Whether the type table of the host's driver release has the type. */
export function isReleased(
  { driverVersion }: Pick<HostState, 'driverVersion'>,
  { since }: Pick<CatalogType, 'since'>,
): boolean {
  return since === null || branchOf(driverVersion) >= since
}

/** Whether the driver of a profile has the type. */
export function offered(profile: HostState['profile'], vgpuType: number): boolean {
  return PROFILES[profile].types === 'all' || vgpuType === RFC_TYPE
}

/** One type of a board, as the drivers see it; undefined for an unknown type. */
export function knownType(host: TypeHost, board: Board, vgpuType: number): VgpuType | undefined {
  if (!offered(host.profile, vgpuType)) return undefined
  const over = host.overlay.length === 0 ? undefined : overlaid(host, board, vgpuType)
  if (over) return decodeType(over)
  const type = typeById(vgpuType)
  return type && type.board === board.typeBoard && isReleased(host, type) ? asDriversSee(type) : undefined
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

/** Copies each member, because some members of a catalogue type are lazy. */
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
    gpuInstanceProfileId: type.gpuInstanceProfileId,
    vgpuClass: type.vgpuClass,
    multiVgpuSupported: type.multiVgpuSupported,
    multiVgpuExclusive: type.multiVgpuExclusive,
    frlEnable: type.frlEnable,
    frlConfig: type.frlConfig,
    numHeads: type.numHeads,
    maxResolutionX: type.maxResolutionX,
    maxResolutionY: type.maxResolutionY,
    maxPixels: type.maxPixels,
    encoderCapacity: type.encoderCapacity,
  }
}

function pdevIdOf(type: UploadedType): number {
  return NVA081_CTRL_VGPU_INFO.get(fromSparse(type.blob, NVA081_CTRL_VGPU_INFO.size), 'pdevId')
}
