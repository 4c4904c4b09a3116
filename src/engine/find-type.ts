import { NVA081_CTRL_VGPU_INFO } from '../abi/nva081.ts'
import type { Board } from '../catalog/boards.ts'
import { typeByName } from '../catalog/vgpu-types.ts'
import { shortTypeName } from '../errors/type-name.ts'
import { boardOf } from './board-of.ts'
import { fromOverlay, isOffered, type KnownType, offered, recordOf, typesKnown } from './known-types.ts'
import { noSuchType } from './no-such-type.ts'
import { gpuIndices, stateAt } from './select.ts'
import type { HostState } from './state.ts'

/**
 * The type of that name: 874, 0x36a, nvidia-874, L40-4Q or NVIDIA L40-4Q, in upper or lower case; the prefix NVIDIA or
 * GRID is optional. An uploaded type comes before the catalogue's.
 * @throws NvError ENODEV as noSuchType
 */
export function findType(host: HostState, word: string): KnownType {
  const plain = shortTypeName(word).toLowerCase()
  const found = host.overlay.length === 0 ? typeByName(plain) : undefined
  // Without uploads the catalogue's index answers. The GPUs are read one by one, up to the first that has the type.
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
    known.map((type) => shortTypeName(nameOf(type))),
  )
}

export function nameOf(type: KnownType): string {
  return type.catalogue?.vgpuName ?? NVA081_CTRL_VGPU_INFO.get(recordOf(type), 'vgpuName')
}

/** The board models of some GPUs, each once. */
export function boardsOf(host: HostState, gpus: readonly number[]): Board[] {
  const boards = gpus.map((index) => boardOf(stateAt(host, index)))
  return boards.filter((board, i) => boards.findIndex((other) => other.name === board.name) === i)
}

function isCalled({ vgpuType, vgpuName }: { vgpuType: number; vgpuName: string }, plain: string): boolean {
  return (
    String(vgpuType) === plain ||
    `0x${vgpuType.toString(16)}` === plain ||
    shortTypeName(vgpuName).toLowerCase() === plain
  )
}
