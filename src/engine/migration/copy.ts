import type { Clock } from '../clock.ts'
import type { MigrationDevice } from './device.ts'
import type { DirtyModel } from './dirty.ts'

export interface CopyOptions {
  /** Let the guest run while its memory is copied, round after round. */
  precopy: boolean
  /** Bytes a second. */
  bandwidth: number
  /** The guest is stopped when what is left takes no longer than this, us. */
  downtimeLimit: number
  /** Rounds at most; then the guest is stopped with whatever is left. */
  maxRounds: number
}

/** 10 Gbit/s, and QEMU's default downtime limit of 300 ms. */
export const COPY_DEFAULTS: Readonly<CopyOptions> = {
  precopy: false,
  bandwidth: 1_250_000_000,
  downtimeLimit: 300_000,
  maxRounds: 30,
}

/** One pass over the wire. `bytes` are those of the model: every guest page of the pass, zero or not. */
export interface CopyRound {
  bytes: number
  durationUs: number
}

export interface Copied {
  /** What the plugin task wrote, in order. */
  parts: Uint8Array[]
  rounds: CopyRound[]
  /** The pass after the guest was stopped. */
  stopCopy: CopyRound
  /** The guest was stopped because nothing was left to gain, not because the rounds were over. */
  converged: boolean
  /** Virtual time at which the guest was stopped. */
  stoppedAt: number
}

/**
 * Copies a vGPU out of its device and leaves it in STOP_COPY. The first pass is the whole framebuffer, each further one
 * what the dirty model says was written during the pass before; virtual time goes on by the bytes over the bandwidth.
 * @throws NvError as the device does; it is then in ERROR
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
