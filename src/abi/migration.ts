import { struct } from './compound.ts'
import { NV2080_GUEST_VM_INFO } from './ctrl2080.ts'
import { bytes } from './elements.ts'
import { bool8, u32, u64 } from './scalars.ts'
import { VGPU_CPU_GSP_MIGRATION_BUFF_REGION_SIZE, VM_UUID_SIZE } from './vgpu-gsp.ts'

/**
 * The stream in a plugin task's migration region: consecutive records. The real format is not public; this one is the
 * simulation's. Little endian, every record a multiple of 8 bytes.
 */

export const GUEST_PAGE_SIZE = 4096

export const MIGRATION_RECORD_KIND = { page: 1, zeroPage: 2, state: 3, end: 4 } as const
export type MigrationRecordKind = (typeof MIGRATION_RECORD_KIND)[keyof typeof MIGRATION_RECORD_KIND]

/** Header of a record; `size` counts the body. */
export const MIGRATION_RECORD = struct('MIGRATION_RECORD', () => ({ kind: u32, size: u32 }))

/** Body of `page` and `zeroPage`: the offset in the guest's framebuffer, then 4096 bytes or nothing. */
export const MIGRATION_PAGE = struct('MIGRATION_PAGE', () => ({ offset: u64 }))

/** Body of `state`: a plugin task's knowledge of its guest, without anything bound to the host. */
export const MIGRATION_PLUGIN_STATE = struct('MIGRATION_PLUGIN_STATE', () => ({
  /** MIGRATION_PLUGIN_STATE_VERSION */
  version: u32,
  vgpu_type: u32,
  vgpu_uuid: bytes(VM_UUID_SIZE),
  num_channels: u32,
  num_plugin_channels: u32,
  /** bytes of guest framebuffer */
  fb_length: u64,
  /** per cent */
  encoder_capacity: u32,
  bus_master: bool8,
  /** a guest driver has loaded; its data follows, without a process id, which belongs to the host */
  has_guest: bool8,
  guest: NV2080_GUEST_VM_INFO,
}))
export const MIGRATION_PLUGIN_STATE_VERSION = 1

/** Body of `end`: the number of records before it. */
export const MIGRATION_END = struct('MIGRATION_END', () => ({ records: u32, reserved: u32 }))

/** Bytes of a record's body, by kind. */
const BODY_SIZE: Readonly<Record<MigrationRecordKind, number>> = {
  [MIGRATION_RECORD_KIND.page]: MIGRATION_PAGE.size + GUEST_PAGE_SIZE,
  [MIGRATION_RECORD_KIND.zeroPage]: MIGRATION_PAGE.size,
  [MIGRATION_RECORD_KIND.state]: MIGRATION_PLUGIN_STATE.size,
  [MIGRATION_RECORD_KIND.end]: MIGRATION_END.size,
}

export interface MigrationRecord {
  readonly kind: MigrationRecordKind
  readonly body: Uint8Array
}

/** The bytes of one record: header and body. */
export function encodeMigrationRecord({ kind, body }: MigrationRecord): Uint8Array {
  const whole = new Uint8Array(MIGRATION_RECORD.size + body.length)
  whole.set(MIGRATION_RECORD.encode({ kind, size: body.length }))
  whole.set(body, MIGRATION_RECORD.size)
  return whole
}

/** The record of a page at `offset` of the guest's framebuffer; null means that the page is all zero. */
export function pageRecord(offset: number, page: Uint8Array | null): MigrationRecord {
  const body = new Uint8Array(MIGRATION_PAGE.size + (page?.length ?? 0))
  body.set(MIGRATION_PAGE.encode({ offset }))
  if (page) body.set(page, MIGRATION_PAGE.size)
  return { kind: page ? MIGRATION_RECORD_KIND.page : MIGRATION_RECORD_KIND.zeroPage, body }
}

/**
 * The complete records at the start of `source` and their length. An incomplete record at the end is left for later.
 * @returns null when a record is invalid: an unknown kind, or a wrong size for its kind
 */
export function takeMigrationRecords(source: Uint8Array): { records: MigrationRecord[]; taken: number } | null {
  const records: MigrationRecord[] = []
  let at = 0
  while (at + MIGRATION_RECORD.size <= source.length) {
    const { kind, size } = MIGRATION_RECORD.decode(source, at)
    if (!isKind(kind) || size !== BODY_SIZE[kind]) return null
    const body = at + MIGRATION_RECORD.size
    if (body + size > source.length) break
    records.push({ kind, body: source.subarray(body, body + size) })
    at = body + size
  }
  return { records, taken: at }
}

function isKind(kind: number): kind is MigrationRecordKind {
  return Object.hasOwn(BODY_SIZE, kind)
}

/**
 * The migration region is a ring. The two access offsets are positions in it; equal positions mean an empty ring, so
 * one byte always stays free.
 */
const RING = VGPU_CPU_GSP_MIGRATION_BUFF_REGION_SIZE

/** Bytes from the reader's position to the writer's. */
export function ringUsed(reader: number, writer: number): number {
  return (writer + RING - reader) % RING
}

/** Bytes the writer can still write. */
export function ringFree(reader: number, writer: number): number {
  return RING - 1 - ringUsed(reader, writer)
}

/** The one or two pieces of the region that hold `length` bytes from a position on. */
export function ringPieces(position: number, length: number): { at: number; length: number }[] {
  const first = Math.min(length, RING - position)
  const pieces = [{ at: position, length: first }]
  return first < length ? [...pieces, { at: 0, length: length - first }] : pieces
}

export function ringAdvance(position: number, length: number): number {
  return (position + length) % RING
}
