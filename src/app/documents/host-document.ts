import { NVA081_CTRL_VGPU_INFO } from '../../abi/nva081.ts'
import { isFaceName, isProfileName } from '../../catalog/profiles.ts'
import type { Desired, HostRequest, TypeRequest } from '../../engine/declare/desired.ts'
import { fromSparse } from '../../engine/sparse.ts'
import { figuresOf } from '../figures.ts'
import { given } from '../given.ts'
import type { TypeFile } from '../type-file/read.ts'
import type { Cursor } from './cursor.ts'
import { gpuRequest } from './gpu-request.ts'
import { definitionRequest, vgpuRequests } from './vgpu-request.ts'

/** Types from a named file or from a description inside the document; each becomes an NVA081_CTRL_VGPU_INFO. */
export interface TypeReader {
  file(path: string): Pick<TypeFile, 'blobs' | 'derived'>
  inline(at: string, bytes: Uint8Array): Pick<TypeFile, 'blobs' | 'derived'>
}

const MOST_BOARDS = 1024

/** Reads an nvgpu document. @throws NvError invalid-file with file, line and path */
export function readHostDocument(root: Cursor, types: TypeReader): Desired {
  const found = root.members(['schema', 'kind', 'host', 'types', 'gpus', 'vgpus', 'definitions'])
  found.schema?.count(1, 1)
  found.kind?.choice(['declaration'])
  return {
    host: found.host === undefined ? null : hostRequest(found.host),
    types: found.types?.items().flatMap((item) => typeWishes(item, types)) ?? [],
    gpus: found.gpus?.items().map(gpuRequest) ?? [],
    vgpus: found.vgpus?.items().flatMap(vgpuRequests) ?? null,
    definitions: found.definitions?.items().map(definitionRequest) ?? null,
  }
}

function hostRequest(cursor: Cursor): HostRequest {
  const { profile, face, boards, vgpuSupport, registryDwords } = cursor.members([
    'profile',
    'face',
    'boards',
    'vgpuSupport',
    'registryDwords',
  ])
  return {
    at: cursor.at,
    ...(profile === undefined ? {} : { profile: profileOf(profile) }),
    ...given({
      face: face && faceOf(face),
      boards: boards?.items().map(boardRun),
      vgpuSupport: vgpuSupport?.flag(),
      registryDwords: registryDwords?.text(),
    }),
  }
}

function profileOf(cursor: Cursor) {
  const word = cursor.word()
  if (isProfileName(word)) return word
  throw cursor.refuse(`there is no profile "${word}"`)
}

function faceOf(cursor: Cursor) {
  const word = cursor.word()
  if (isFaceName(word)) return word
  throw cursor.refuse(`there is no face "${word}"`)
}

function boardRun(cursor: Cursor) {
  const { board, count, figures } = cursor.members(['board', 'count', 'figures'])
  if (board === undefined) throw cursor.refuse('board is missing')
  const named = { board: board.word(), count: count?.count(1, MOST_BOARDS) ?? 1 }
  return figures === undefined ? named : { ...named, figures: figuresIn(figures) }
}

function figuresIn(cursor: Cursor) {
  const words = new Map(cursor.entries().map(([name, value]) => [name, value.word()]))
  return cursor.checked(() => figuresOf(words))
}

/** A file, a record as `nvgpu export` prints it, or a description with NVIDIA's names. */
function typeWishes(cursor: Cursor, types: TypeReader): TypeRequest[] {
  const { at } = cursor
  const file = cursor.entries().find(([key]) => key === 'file')
  const record = cursor.entries().find(([key]) => key === 'record')
  if (file === undefined && record === undefined) {
    const bytes = new TextEncoder().encode(JSON.stringify(cursor.plain()))
    return requests(at, types.inline(at, bytes))
  }
  cursor.members(file === undefined ? ['record'] : ['file'])
  if (file !== undefined) return requests(at, types.file(file[1].text()))
  return requests(at, types.inline(at, recordBytes(record?.[1] ?? cursor)))
}

function requests(at: string, { blobs, derived }: Pick<TypeFile, 'blobs' | 'derived'>): TypeRequest[] {
  return blobs.map((blob) => ({ at, blob, derived: derived.get(NVA081_CTRL_VGPU_INFO.get(blob, 'vgpuType')) ?? [] }))
}

/** "offset:hex" runs with offsets in hex, as in the state; all other bytes are zero. */
function recordBytes(cursor: Cursor): Uint8Array {
  const text = cursor.text()
  const { size } = NVA081_CTRL_VGPU_INFO
  const runs = text.split(' ').map((run) => /^([0-9a-f]{1,6}):((?:[0-9a-f]{2})+)$/.exec(run))
  const inside = runs.every(
    (run) => run !== null && Number.parseInt(run[1] ?? '', 16) + (run[2] ?? '').length / 2 <= size,
  )
  if (!inside) throw cursor.refuse(`a record is runs of "offset:hex" within ${size} bytes`)
  return fromSparse(text, size)
}
