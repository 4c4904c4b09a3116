import { dashes, type Monitor } from './monitor.ts'
import { lines } from './summary.ts'

const ENCODERS = [10, 9, 8, 8, 8, 9, 12]
const CAPTURES = [10, 9, 9, 9, 9, 9, 9, 9, 9, 12]

/** Sessions of the host itself: a vGPU host has none, its guests do. The heads are those of nvidia-smi(1). */
export const HOST_SESSIONS: Readonly<Record<'encodersessions' | 'fbcsessions', Monitor>> = {
  encodersessions: none(ENCODERS, [
    '# GPU   Session  Process   Codec       H       V  Average     Average',
    '# Idx        Id       Id    Type     Res     Res      FPS Latency(us)',
  ]),
  fbcsessions: none(CAPTURES, [
    '# GPU   Session  Process  Display  Session    Max H    Max V        H        V  Average     Average',
    '# Idx        Id       Id  Ordinal     Type      Res      Res      Res      Res      FPS Latency(us)',
  ]),
}

function none(widths: readonly number[], heads: readonly string[]): Monitor {
  return {
    header: lines(heads),
    rows: (gpus) => lines(gpus.map(({ index }) => `${String(index).padStart(5)}${dashes(widths).join('')}`)),
  }
}
