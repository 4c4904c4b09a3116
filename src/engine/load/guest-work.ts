import type { GuestFamily } from '../guest/driver.ts'

/** A video or capture session of a guest. */
export interface WorkSession {
  id: number
  /** Process in the guest. */
  pid: number
  width: number
  height: number
  fps: number
  latencyUs: number
}

/** The process of a guest that uses its vGPU. */
export interface GuestProcess {
  pid: number
  name: string
}

/** Processes in guests begin here, with a number for each vGPU. */
const FIRST_PID = 2000
const SERVERS: Readonly<Record<GuestFamily, string>> = { linux: 'Xorg', windows: 'dwm.exe' }
/** Frames a second of a desktop without a limit. */
const USUAL_FPS = 60
/** Latency of a session in microseconds: of an idle encoder, and for each percent of its use. */
const LATENCY = 900
const LATENCY_PER_PERCENT = 25

/** The display server of a guest with a driver: the only process there that works. */
export function guestProcess(family: GuestFamily, gfid: number): GuestProcess {
  return { pid: FIRST_PID + gfid, name: SERVERS[family] }
}

/**
 * The session of a guest whose encoder works: it encodes its desktop for a remote viewer, who also captures the frame
 * buffer. The figures are invented: frames follow the use of the encoder up to the limit, latency grows with it.
 * @param encoder use in percent
 * @param frameRateLimit Hz; null without a limit
 */
export function guestSession(
  gfid: number,
  encoder: number,
  frameRateLimit: number | null,
  desktop: { width: number; height: number },
): WorkSession | null {
  if (encoder === 0) return null
  const most = frameRateLimit ?? USUAL_FPS
  return {
    id: gfid,
    pid: FIRST_PID + gfid,
    width: desktop.width,
    height: desktop.height,
    fps: Math.min(most, 5 + 4 * encoder),
    latencyUs: LATENCY + LATENCY_PER_PERCENT * encoder,
  }
}
