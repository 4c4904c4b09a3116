import { ringAdvance, ringFree, ringPieces, ringUsed } from '../../abi/migration.ts'
import {
  VGPU_CPU_GSP_CTRL_BUFF_REGION,
  VGPU_CPU_GSP_MIGRATION_BUFF_OFFSET,
  VGPU_CPU_GSP_RESPONSE_BUFF_OFFSET,
  VGPU_CPU_GSP_RESPONSE_BUFF_REGION,
} from '../../abi/vgpu-gsp.ts'
import type { Bar1Map } from '../nvkm/ops.ts'
import type { VgpuRpc } from './rpc.ts'

const CONTROL = VGPU_CPU_GSP_CTRL_BUFF_REGION.fields
const RESPONSE = VGPU_CPU_GSP_RESPONSE_BUFF_REGION.fields
const GSP_AT = VGPU_CPU_GSP_RESPONSE_BUFF_OFFSET + RESPONSE.migration_buf_gsp_access_offset.offset
const SAVE_COMPLETE = VGPU_CPU_GSP_RESPONSE_BUFF_OFFSET + RESPONSE.migration_state_save_complete.offset
const CPU_AT = CONTROL.migration_buf_cpu_access_offset.offset
const IN_PROGRESS = CONTROL.is_migration_in_progress.offset

/**
 * The host's half of a migration: the flag and the host's access offset in the control region, messages 4 to 10, and
 * the bytes in the 2 MiB region, all through BAR1. Bytes are cleared after reading: they are guest memory.
 */
export class VgpuMigration {
  readonly #rpc: VgpuRpc
  readonly #map: Bar1Map

  constructor(rpc: VgpuRpc, map: Bar1Map) {
    this.#rpc = rpc
    this.#map = map
  }

  /** Sets the flag of a migration in progress. Setting it also resets the host's offset. */
  setInProgress(on: boolean): void {
    if (on === this.inProgress()) return
    if (on) this.#map.write32(CPU_AT, 0)
    this.#map.write(IN_PROGRESS, Uint8Array.of(on ? 1 : 0))
  }

  inProgress(): boolean {
    return this.#map.read(IN_PROGRESS, 1)[0] !== 0
  }

  /** Sends one of messages 4 to 10. @throws NvError EINVAL for a time-out or a result other than 0 */
  message(type: number): void {
    this.#rpc.call(type)
  }

  /** Whether the plugin has written its whole state. */
  saveComplete(): boolean {
    return this.#map.read32(SAVE_COMPLETE) === 1
  }

  /** Reads and clears all unread bytes in the region. */
  drain(): Uint8Array {
    const at = this.#map.read32(CPU_AT)
    const out = new Uint8Array(ringUsed(at, this.#map.read32(GSP_AT)))
    let done = 0
    for (const piece of ringPieces(at, out.length)) {
      out.set(this.#map.read(VGPU_CPU_GSP_MIGRATION_BUFF_OFFSET + piece.at, piece.length), done)
      this.#map.write(VGPU_CPU_GSP_MIGRATION_BUFF_OFFSET + piece.at, new Uint8Array(piece.length))
      done += piece.length
    }
    this.#map.write32(CPU_AT, ringAdvance(at, out.length))
    return out
  }

  /** Writes as much of `bytes` as the region has room for. @returns the number of written bytes */
  fill(bytes: Uint8Array): number {
    const at = this.#map.read32(CPU_AT)
    const part = bytes.subarray(0, ringFree(this.#map.read32(GSP_AT), at))
    let done = 0
    for (const piece of ringPieces(at, part.length)) {
      this.#map.write(VGPU_CPU_GSP_MIGRATION_BUFF_OFFSET + piece.at, part.subarray(done, done + piece.length))
      done += piece.length
    }
    this.#map.write32(CPU_AT, ringAdvance(at, part.length))
    return part.length
  }
}
