import { NVA081_CTRL_VGPU_INFO } from '../abi/nva081.ts'
import type { Board } from '../catalog/boards.ts'
import { PROFILES } from '../catalog/profiles.ts'
import { encodeVgpuInfo } from '../catalog/vgpu-info.ts'
import { typeById, typesOfBoard } from '../catalog/vgpu-types.ts'
import { fromSparse, toSparse } from './sparse.ts'
import type { HostState, UploadedType } from './state.ts'
import { decodeType, type VgpuType } from './vgpu-mgr/types.ts'

/** The one type the RFC carries. */
const RFC_TYPE = 869

/**
 * Types the host knows for a board: the catalogue's with the overlay over it, in the order they go to GSP.
 * An overlay type takes the place of a catalogue type with its id; others come last.
 */
export function knownTypes(host: Pick<HostState, 'overlay' | 'profile'>, board: Board): UploadedType[] {
  const overlay = host.overlay.filter((type) => pdevIdOf(type) === board.deviceId)
  const catalogue = typesOfBoard(board.typeBoard ?? '').filter((type) => offered(host.profile, type.vgpuType))
  const over = (id: number) => overlay.find((type) => type.vgpuType === id)
  return [
    ...catalogue.map(
      (type) => over(type.vgpuType) ?? { vgpuType: type.vgpuType, blob: toSparse(encodeVgpuInfo(type)) },
    ),
    ...overlay.filter(
      (type) => offered(host.profile, type.vgpuType) && catalogue.every((known) => known.vgpuType !== type.vgpuType),
    ),
  ]
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
  const over = host.overlay.find((type) => type.vgpuType === vgpuType && pdevIdOf(type) === board.deviceId)
  if (over) return decodeType(over)
  const type = typeById(vgpuType)
  return type && type.board === board.typeBoard ? { ...type, eccSupported: type.eccSupported !== 0 } : undefined
}

export function pdevIdOf(type: UploadedType): number {
  return NVA081_CTRL_VGPU_INFO.get(fromSparse(type.blob, NVA081_CTRL_VGPU_INFO.size), 'pdevId')
}
