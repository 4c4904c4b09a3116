import type { Clock } from '../clock.ts'
import type { MigrationDevice } from './device.ts'
import type { DirtyModel } from './dirty.ts'

export interface CopyOptions {
  /** Copy memory in rounds while the guest runs. */
  precopy: boolean
  /** Bytes a second. */
  bandwidth: number
  /** Stop the guest when the rest takes at most this time, us. */
  downtimeLimit: number
  /** Limit on rounds; the guest stops after them in any case. */
  maxRounds: number
}

/** 10 Gbit/s, and QEMU's default downtime limit of 300 ms. */
export const COPY_DEFAULTS: Readonly<CopyOptions> = {
  precopy: false,
  bandwidth: 1_250_000_000,
  downtimeLimit: 300_000,
  maxRounds: 30,
}

/** One pass over the wire. `bytes` counts every guest page of the pass in the model, zero or not. */
export interface CopyRound {
  bytes: number
  durationUs: number
}

export interface Copied {
  /** Output of the plugin task, in order. */
  parts: Uint8Array[]
  rounds: CopyRound[]
  /** The pass with the guest stopped. */
  stopCopy: CopyRound
  /** Whether the rest fell below the limit before the rounds ended. */
  converged: boolean
  /** Virtual time of stopping the guest. */
  stoppedAt: number
}

/**
 * Copies a vGPU out of its device and leaves the device in STOP_COPY. The first pass is the whole framebuffer; each
 * further pass has the bytes written during the previous one, by the dirty model. Virtual time advances by bytes
 * divided by bandwidth.
 * @throws NvError of the device, which is then in ERROR
 */
export function copyOut(
  device: MigrationDevice,
  clock: Clock,
  guest: { fbLength: number; dirty: DirtyModel },
  options: CopyOptions,
): Copied {
  const pass = (bytes: number): CopyRound => {
    const durationUs = Math.ceil((bytes * 1_000_000) / options.bandwidth)
    clock.advance(durationUs)
    return { bytes, durationUs }
  }
  const parts: Uint8Array[] = []
  const rounds: CopyRound[] = []
  let left = guest.fbLength
  const fits = () => (left * 1_000_000) / options.bandwidth <= options.downtimeLimit
  if (options.precopy && device.state === 'RUNNING') {
    device.setState('PRE_COPY')
    do {
      if (rounds.length > 0) device.nextRound()
      parts.push(...device.read())
      const from = clock.now
      rounds.push(pass(left))
      left = guest.dirty.dirtied(from, clock.now)
    } while (!fits() && rounds.length < options.maxRounds)
  }
  const stoppedAt = clock.now
  device.setState('STOP_COPY')
  parts.push(...device.read())
  const converged = fits()
  return { parts, rounds, stopCopy: pass(left), converged, stoppedAt }
}
