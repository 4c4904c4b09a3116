import { joined } from '../../abi/bytes.ts'
import { crc32 } from '../../abi/crc32.ts'
import { NV2080_GUEST_VM_INFO } from '../../abi/ctrl2080.ts'
import {
  encodeMigrationRecord,
  GUEST_PAGE_SIZE,
  MIGRATION_END,
  MIGRATION_PAGE,
  MIGRATION_PLUGIN_STATE,
  MIGRATION_PLUGIN_STATE_VERSION,
  MIGRATION_RECORD_KIND,
  type MigrationRecord,
  pageRecord,
  ringAdvance,
  ringFree,
  ringPieces,
  ringUsed,
  takeMigrationRecords,
} from '../../abi/migration.ts'
import {
  NV_VGPU_CPU_RPC_MSG_MIGRATION_CANCEL_SAVE,
  NV_VGPU_CPU_RPC_MSG_MIGRATION_CANCEL_STOP,
  NV_VGPU_CPU_RPC_MSG_MIGRATION_RESTORE_DEFERRED_STATE,
  NV_VGPU_CPU_RPC_MSG_MIGRATION_RESTORE_STATE,
  NV_VGPU_CPU_RPC_MSG_MIGRATION_RESUME_WORK,
  NV_VGPU_CPU_RPC_MSG_MIGRATION_SAVE_STATE,
  NV_VGPU_CPU_RPC_MSG_MIGRATION_STOP_WORK,
  VGPU_CPU_GSP_CTRL_BUFF_REGION,
  VGPU_CPU_GSP_MIGRATION_BUFF_REGION_SIZE,
  VGPU_CPU_GSP_RESPONSE_BUFF_REGION,
} from '../../abi/vgpu-gsp.ts'
import { type Framebuffer, PAGE_SIZE } from '../hw/framebuffer.ts'
import { fromSparse, toSparse } from '../sparse.ts'
import type { PluginMigration, PluginState } from '../state.ts'
import { uuidBytes } from '../uuid.ts'
import { guestVmInfo, readGuestInfo } from './guest-info.ts'

const CONTROL = VGPU_CPU_GSP_CTRL_BUFF_REGION.fields
const RESPONSE = VGPU_CPU_GSP_RESPONSE_BUFF_REGION.fields

/** The action of an accepted message. @returns false for a stream that this task cannot read */
type Act = (task: MigratingTask) => boolean

/** Messages 4 to 10: the states of the task that accept each one (order of a VFIO migration), and its action. */
const MESSAGES: Readonly<Record<number, { in: readonly PluginState['state'][]; act: Act }>> = {
  [NV_VGPU_CPU_RPC_MSG_MIGRATION_STOP_WORK]: { in: ['running'], act: (task) => task.stopWork() },
  [NV_VGPU_CPU_RPC_MSG_MIGRATION_CANCEL_STOP]: { in: ['stopped-work'], act: (task) => task.goOn() },
  [NV_VGPU_CPU_RPC_MSG_MIGRATION_SAVE_STATE]: {
    in: ['running', 'stopped-work', 'saving'],
    act: (task) => task.save(),
  },
  [NV_VGPU_CPU_RPC_MSG_MIGRATION_CANCEL_SAVE]: { in: ['running', 'saving'], act: (task) => task.cancelSave() },
  [NV_VGPU_CPU_RPC_MSG_MIGRATION_RESTORE_STATE]: { in: ['stopped-work', 'restoring'], act: (task) => task.restore() },
  [NV_VGPU_CPU_RPC_MSG_MIGRATION_RESTORE_DEFERRED_STATE]: { in: ['restoring'], act: (task) => task.restoreDeferred() },
  [NV_VGPU_CPU_RPC_MSG_MIGRATION_RESUME_WORK]: { in: ['stopped-work'], act: (task) => task.goOn() },
}

/** Result codes of these messages, modelled: the real ones are unknown. */
const RESULT = { ok: 0, outOfOrder: 1, badStream: 4 } as const

/** Mailbox regions of a migration, absolute framebuffer addresses. */
export interface MigrationMailbox {
  control: number
  response: number
}

/**
 * The plugin task's half of a migration. The stream passes through the 2 MiB region of the mailbox, which is a ring.
 * Each side moves its own access offset, and the reader clears the bytes it has read. When the ring is full, the host
 * repeats the message. While the guest runs (pre-copy), a save sends only pages that changed since they were last sent.
 * @returns the result code, or null for a message outside migration
 */
export function migrationMessage(
  message: number,
  state: PluginState,
  fb: Framebuffer,
  mailbox: MigrationMailbox,
): number | null {
  const known = MESSAGES[message]
  if (!known) return null
  const inProgress = fb.read(mailbox.control + CONTROL.is_migration_in_progress.offset, 1)[0] !== 0
  if (!inProgress || !state.migratable || !known.in.includes(state.state)) return RESULT.outOfOrder
  return known.act(new MigratingTask(state, fb, mailbox)) ? RESULT.ok : RESULT.badStream
}

class MigratingTask {
  readonly #state: PluginState
  readonly #fb: Framebuffer
  readonly #mailbox: MigrationMailbox

  constructor(state: PluginState, fb: Framebuffer, mailbox: MigrationMailbox) {
    this.#state = state
    this.#fb = fb
    this.#mailbox = mailbox
  }

  stopWork(): boolean {
    this.#begun()
    this.#state.state = 'stopped-work'
    return true
  }

  /** CANCEL_STOP and RESUME_WORK: the guest continues. */
  goOn(): boolean {
    this.#state.migration = null
    this.#state.state = 'running'
    return true
  }

  /** Writes as many records as fit the ring. In a stopped task, the task's own state and the end record come last. */
  save(): boolean {
    const migration = this.#begun()
    if (this.#state.state === 'stopped-work') {
      Object.assign(migration, { cursor: 0, records: 0, ended: false })
      this.#setComplete(false)
      this.#state.state = 'saving'
    }
    if (!this.#savePages(migration)) return true
    migration.cursor = 0
    if (this.#state.state === 'running') return true
    const closing = [this.#stateRecord(), endRecord(migration.records + 1)]
    const bytes = closing.map(encodeMigrationRecord)
    if (bytes.reduce((sum, part) => sum + part.length, 0) > ringFree(this.#hostAt(), this.#ownAt())) {
      migration.cursor = Number.MAX_SAFE_INTEGER
      return true
    }
    for (const part of bytes) this.#put(part)
    Object.assign(migration, { sent: {}, ended: true })
    this.#state.state = 'stopped-work'
    this.#setComplete(true)
    return true
  }

  /** CANCEL_SAVE: drops the bytes that the host has not read. */
  cancelSave(): boolean {
    this.#fb.write32(this.#mailbox.response + RESPONSE.migration_buf_gsp_access_offset.offset, this.#hostAt())
    if (this.#state.state === 'running') this.#state.migration = null
    else {
      Object.assign(this.#begun(), { cursor: 0, records: 0, sent: {}, ended: false })
      this.#state.state = 'stopped-work'
    }
    return true
  }

  /** Applies the complete records in the ring. The first call clears the guest's memory. */
  restore(): boolean {
    const migration = this.#begun()
    if (this.#state.state === 'stopped-work') {
      Object.assign(migration, { records: 0, deferred: '', ended: false })
      this.#fb.scrub(this.#state.fb.addr, this.#state.fb.size)
      this.#state.state = 'restoring'
    }
    const waiting = ringUsed(this.#ownAt(), this.#hostAt())
    const pieces = ringPieces(this.#ownAt(), waiting)
    const lying = joined(pieces.map(({ at, length }) => this.#fb.read(this.#region() + at, length)))
    const found = takeMigrationRecords(lying)
    if (!found?.records.every((record) => this.#apply(migration, record))) return false
    for (const { at, length } of ringPieces(this.#ownAt(), found.taken)) this.#fb.scrub(this.#region() + at, length)
    this.#moveOwn(found.taken)
    return true
  }

  /** Applies the task's own state, after the end of the stream. */
  restoreDeferred(): boolean {
    const migration = this.#begun()
    const { ended, deferred } = migration
    if (!ended) return false
    Object.assign(migration, { records: 0, deferred: '', ended: false })
    const state = MIGRATION_PLUGIN_STATE.decode(fromSparse(deferred, MIGRATION_PLUGIN_STATE.size))
    this.#state.encoderCapacity = state.encoder_capacity
    this.#state.busMaster = state.bus_master
    this.#state.guest = state.has_guest ? readGuestInfo(NV2080_GUEST_VM_INFO.encode(state.guest)) : null
    this.#state.state = 'stopped-work'
    return true
  }

  #begun(): PluginMigration {
    if (this.#state.migration) return this.#state.migration
    this.#fb.write32(this.#mailbox.response + RESPONSE.migration_buf_gsp_access_offset.offset, 0)
    this.#setComplete(false)
    const migration = { cursor: 0, records: 0, sent: {}, deferred: '', ended: false }
    this.#state.migration = migration
    return migration
  }

  /** @returns true when no page is left; false when the ring is full */
  #savePages(migration: PluginMigration): boolean {
    const { addr, size } = this.#state.fb
    const first = addr / PAGE_SIZE
    const held = this.#fb.pages(addr, size).map((page) => page - first)
    const sent = Object.keys(migration.sent).map((page) => Number.parseInt(page, 16))
    const pages = [...new Set([...held, ...sent])].filter((page) => page >= migration.cursor).sort((a, b) => a - b)
    for (const page of pages) {
      const found = this.#pageRecord(migration, page)
      if (found) {
        const bytes = encodeMigrationRecord(found.record)
        if (bytes.length > ringFree(this.#hostAt(), this.#ownAt())) return false
        this.#put(bytes)
        migration.records += 1
        const key = page.toString(16)
        if (found.sum === null) delete migration.sent[key]
        else if (this.#state.state === 'running') migration.sent[key] = found.sum
      }
      migration.cursor = page + 1
    }
    return true
  }

  /** The record of a changed page with its checksum (null for a page of zeros); null for an unchanged page. */
  #pageRecord(migration: PluginMigration, page: number): { record: MigrationRecord; sum: number | null } | null {
    const before = migration.sent[page.toString(16)]
    const bytes = this.#fb.read(this.#state.fb.addr + page * PAGE_SIZE, GUEST_PAGE_SIZE)
    if (bytes.every((byte) => byte === 0)) {
      return before === undefined ? null : { record: pageRecord(page * PAGE_SIZE, null), sum: null }
    }
    const sum = crc32(bytes)
    return sum === before ? null : { record: pageRecord(page * PAGE_SIZE, bytes), sum }
  }

  #stateRecord(): MigrationRecord {
    const { vgpuType, uuid, numChannels, numPluginChannels, fb, encoderCapacity, busMaster, guest } = this.#state
    return {
      kind: MIGRATION_RECORD_KIND.state,
      body: MIGRATION_PLUGIN_STATE.encode({
        version: MIGRATION_PLUGIN_STATE_VERSION,
        vgpu_type: vgpuType,
        vgpu_uuid: uuidBytes(uuid),
        num_channels: numChannels,
        num_plugin_channels: numPluginChannels,
        fb_length: fb.size,
        encoder_capacity: encoderCapacity,
        bus_master: busMaster,
        has_guest: guest !== null,
        guest: guestVmInfo({ vmPid: 0, guest }),
      }),
    }
  }

  #apply(migration: PluginMigration, { kind, body }: MigrationRecord): boolean {
    if (migration.ended) return false
    migration.records += 1
    switch (kind) {
      case MIGRATION_RECORD_KIND.end:
        migration.ended = migration.deferred !== '' && MIGRATION_END.get(body, 'records') === migration.records - 1
        return migration.ended
      case MIGRATION_RECORD_KIND.state:
        migration.deferred = toSparse(body)
        return this.#isOwn(body)
      default:
        return this.#applyPage(body)
    }
  }

  #applyPage(body: Uint8Array): boolean {
    const { offset } = MIGRATION_PAGE.decode(body)
    const { addr, size } = this.#state.fb
    if (offset % GUEST_PAGE_SIZE !== 0 || offset + GUEST_PAGE_SIZE > size) return false
    if (body.length === MIGRATION_PAGE.size) this.#fb.scrub(addr + offset, GUEST_PAGE_SIZE)
    else this.#fb.write(addr + offset, body.subarray(MIGRATION_PAGE.size))
    return true
  }

  /** Whether a state belongs to this task: type, guest, channels and memory match the task's configuration. */
  #isOwn(body: Uint8Array): boolean {
    const state = MIGRATION_PLUGIN_STATE.decode(body)
    const own = MIGRATION_PLUGIN_STATE.decode(this.#stateRecord().body)
    return (
      state.version === own.version &&
      state.vgpu_type === own.vgpu_type &&
      state.num_channels === own.num_channels &&
      state.fb_length === own.fb_length &&
      state.encoder_capacity <= 100 &&
      state.vgpu_uuid.every((byte, i) => byte === own.vgpu_uuid[i])
    )
  }

  #put(bytes: Uint8Array): void {
    let done = 0
    for (const { at, length } of ringPieces(this.#ownAt(), bytes.length)) {
      this.#fb.write(this.#region() + at, bytes.subarray(done, done + length))
      done += length
    }
    this.#moveOwn(bytes.length)
  }

  #moveOwn(length: number): void {
    const offset = this.#mailbox.response + RESPONSE.migration_buf_gsp_access_offset.offset
    this.#fb.write32(offset, ringAdvance(this.#ownAt(), length))
  }

  #ownAt(): number {
    return this.#fb.read32(this.#mailbox.response + RESPONSE.migration_buf_gsp_access_offset.offset)
  }

  #hostAt(): number {
    const at = this.#fb.read32(this.#mailbox.control + CONTROL.migration_buf_cpu_access_offset.offset)
    return at % VGPU_CPU_GSP_MIGRATION_BUFF_REGION_SIZE
  }

  #region(): number {
    return this.#mailbox.control + this.#fb.read32(this.#mailbox.control + CONTROL.migration_buff_offset.offset)
  }

  #setComplete(complete: boolean): void {
    const offset = this.#mailbox.response + RESPONSE.migration_state_save_complete.offset
    this.#fb.write32(offset, complete ? 1 : 0)
  }
}

function endRecord(records: number): MigrationRecord {
  return { kind: MIGRATION_RECORD_KIND.end, body: MIGRATION_END.encode({ records }) }
}
