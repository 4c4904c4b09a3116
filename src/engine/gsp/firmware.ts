import type { GspState, PluginState } from '../state.ts'

/** Facts of the silicon that the firmware runs on. */
export interface GspBoard {
  deviceId: number
  subsystemId: number
  eccSupported: boolean
  /** Framebuffer the RM reports, bytes, with ECC off and on. */
  fbTotal: { eccOff: number; eccOn: number }
  /** NV2080 engine types in device-info order, SW and SEC2 included. */
  engines: readonly number[]
}

/** The firmware, as its controls see it. */
export interface Gsp {
  readonly state: GspState
  readonly board: GspBoard
  readonly version: string
  startPlugin(plugin: PluginState): void
  /** Clears the heap of an ended task. */
  clearHeap(plugin: PluginState): void
}
