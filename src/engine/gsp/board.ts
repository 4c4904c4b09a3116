import type { MigTable } from '../mig/table.ts'

/** Facts of the silicon that the firmware runs on. */
export interface GspBoard {
  deviceId: number
  subsystemId: number
  eccSupported: boolean
  /** Framebuffer the RM reports, bytes, with ECC off and on. */
  fbTotal: { eccOff: number; eccOn: number }
  /** channel ids */
  channels: number
  /** types that its table holds */
  mostTypes: number
  /** null without MIG */
  mig: MigTable | null
  /** NV2080 engine types in device-info order, SW and SEC2 included. */
  engines: readonly number[]
}
