import type { MigProfile } from '../../contract/views/mig.ts'
import type { Style } from './style.ts'
import { lines } from './summary.ts'

/** A GPU that has MIG, and the profiles of its board. */
interface MigGpu {
  readonly index: number
  readonly profiles: readonly MigProfile[]
}

/** `nvidia-smi mig -lgip`: the column of names is two wider since 570. MIG is off, so all instances are free. */
export function drawMigProfiles(gpus: readonly MigGpu[], style: Style): string {
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

function rowsOf(index: number, profile: MigProfile, name: number): [string, string] {
  const { maxInstances: most, memoryMiB, multiprocessors } = profile
  const memory = memoryMiB === null ? 'N/A' : (memoryMiB / 1024).toFixed(2)
  const first = [
    String(index).padStart(4),
    `  ${`MIG ${profile.name}`.padEnd(name)}`,
    String(profile.id).padStart(4),
    `     ${`${most}/${most}`.padEnd(11)}`,
    memory.padEnd(11),
    'No     ',
    String(multiprocessors ?? 'N/A').padEnd(7),
    `${String(profile.decoders).padEnd(6)}${profile.encoders}   `,
  ].join('')
  const second = `${' '.repeat(name + 44)}${String(profile.copyEngines).padStart(2)}     ${String(profile.jpeg).padEnd(6)}${profile.ofa}   `
  return [first, second]
}

/** `nvidia-smi mig -lgipp`. */
export function drawMigPlaces(gpus: readonly MigGpu[]): string {
  return lines(
    gpus.flatMap(({ index, profiles }) =>
      profiles.map(({ id, starts, size }) => {
        const word = starts.length === 1 ? 'Placement ' : 'Placements'
        return `GPU ${String(index).padStart(2)} Profile ID ${String(id).padStart(2)} ${word}: {${starts.join(',')}}:${size}`
      }),
    ),
  )
}
