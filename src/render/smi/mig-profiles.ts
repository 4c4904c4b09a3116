import type { GpuInstanceProfileView } from '../../contract/views/mig.ts'
import type { SmiMigGpu } from '../../engine/smi/view.ts'
import { placements } from './mig-instances.ts'
import type { Style } from './style.ts'
import { lines } from './summary.ts'

/** `nvidia-smi mig -lgip`: the column of names is two wider since 570. */
export function drawMigProfiles(gpus: readonly SmiMigGpu[], style: Style): string {
  const name = style.release >= 580 ? 18 : 16
  const width = name + 61
  const rule = (mark: string) => mark.repeat(width)
  const blanks = ' '.repeat(name - 16)
  const rows = gpus.flatMap(({ index, profiles }) =>
    profiles.flatMap((profile) => [...rowsOf(index, profile, name).map((text) => `|${text}|`), `+${rule('-')}+`]),
  )
  return lines([
    `+${rule('-')}+`,
    `|${' GPU instance profiles:'.padEnd(width)}|`,
    `| GPU   Name             ${blanks}ID    Instances   Memory     P2P    SM    DEC   ENC  |`,
    `|                      ${blanks}        Free/Total   GiB              CE    JPEG  OFA  |`,
    `|${rule('=')}|`,
    ...rows,
  ])
}

function rowsOf(index: number, profile: GpuInstanceProfileView, name: number): [string, string] {
  const { free, max, memoryMiB, multiprocessors, engines } = profile
  const memory = memoryMiB === null ? 'N/A' : gib(memoryMiB)
  const first = [
    String(index).padStart(4),
    `  ${`MIG ${profile.name}`.padEnd(name)}`,
    String(profile.id).padStart(4),
    `     ${`${free}/${max}`.padEnd(11)}`,
    memory.padEnd(11),
    'No     ',
    String(multiprocessors ?? 'N/A').padEnd(7),
    `${String(engines.decoders).padEnd(6)}${engines.encoders}   `,
  ].join('')
  const second = `${' '.repeat(name + 44)}${String(engines.copy).padStart(2)}     ${String(engines.jpeg).padEnd(6)}${engines.ofa}   `
  return [first, second]
}

/** GiB as C's %.2f prints them: a half goes to the even digit, 23.625 to 23.62. */
function gib(mib: number): string {
  const hundredths = (mib * 100) / 1024
  const below = Math.floor(hundredths)
  const isUp = hundredths - below > 0.5 || (hundredths - below === 0.5 && below % 2 === 1)
  return ((below + (isUp ? 1 : 0)) / 100).toFixed(2)
}

/** `nvidia-smi mig -lgipp`. */
export function drawMigPlaces(gpus: readonly SmiMigGpu[]): string {
  return lines(
    gpus.flatMap(({ index, profiles }) =>
      profiles.map(
        ({ id, starts, size }) =>
          `GPU ${String(index).padStart(2)} Profile ID ${String(id).padStart(2)} ${placements(starts, size)}`,
      ),
    ),
  )
}
