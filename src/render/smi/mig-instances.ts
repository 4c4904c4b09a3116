import type { SmiMigGpu, SmiMigInstance } from '../../engine/smi/view.ts'
import type { Style } from './style.ts'
import { lines } from './summary.ts'

/** `nvidia-smi mig -lgi`: the column of names is two wider since 570. */
export function drawGpuInstances(gpus: readonly SmiMigGpu[], style: Style): string {
  const name = style.release >= 580 ? 18 : 16
  const blanks = ' '.repeat(name - 16)
  const rows = eachInstance(gpus, (gpu, { profile, id, placement }) => [
    `${number(gpu, 4)}  ${mig(profile.name, name)}${number(profile.id, 6)}${number(id, 9)}${place(placement)}`,
  ])
  const headings = [
    ' GPU instances:',
    ` GPU   Name             ${blanks}Profile  Instance   Placement`,
    `                        ${blanks}  ID       ID       Start:Size`,
  ]
  return table(name + 39, headings, rows)
}

/** `nvidia-smi mig -lci`. */
export function drawComputeInstances(gpus: readonly SmiMigGpu[]): string {
  const rows = eachInstance(gpus, (gpu, { id: gi, computeInstances }) =>
    computeInstances.map(
      ({ profile, id, placement }) =>
        `${number(gpu, 4)}${number(gi, 7)}       ${mig(profile.name, 16)}${number(profile.id, 6)}${number(id, 10)}${place(placement)}`,
    ),
  )
  const headings = [
    ' Compute instances:',
    ' GPU     GPU       Name             Profile   Instance   Placement',
    '       Instance                       ID        ID       Start:Size',
    '         ID',
  ]
  return table(68, headings, rows)
}

/** `nvidia-smi mig -lcip`: a star marks the profile that takes all of its GPU instance. */
export function drawComputeProfiles(gpus: readonly SmiMigGpu[]): string {
  const rows = eachInstance(gpus, (gpu, { id: gi, computeProfiles, engines }) =>
    computeProfiles.map(({ id, name, free, total, isDefault, multiprocessors }) =>
      [
        `${number(gpu, 4)}${number(gi, 7)}       ${mig(name, 16)}${number(id, 6)}${isDefault ? '*' : ' '}     ${`${free}/${total}`.padEnd(14)}`,
        `${String(multiprocessors).padEnd(10)}${engines.decoders}     ${engines.encoders}     ${engines.ofa}   |\n`,
        `|${' '.repeat(70)}${String(engines.copy).padEnd(6)}${String(engines.jpeg).padEnd(10)}`,
      ].join(''),
    ),
  )
  const headings = [
    ' Compute instance profiles:',
    ' GPU     GPU       Name             Profile  Instances   Exclusive       Shared',
    '       Instance                       ID     Free/Total     SM       DEC   ENC   OFA',
    '         ID                                                          CE    JPEG',
  ]
  return table(86, headings, rows)
}

/** `nvidia-smi mig -lcipp`. No such output was captured: its form is that of -lgipp. */
export function drawComputePlaces(gpus: readonly SmiMigGpu[]): string {
  return lines(
    eachInstance(gpus, (gpu, { id: gi, computeProfiles }) =>
      computeProfiles.map(
        ({ id, starts, size }) =>
          `GPU ${number(gpu, 2)} GPU instance ID ${number(gi, 2)} Profile ID ${number(id, 2)} ${placements(starts, size)}`,
      ),
    ),
  )
}

/** The word for one start differs, and a blank stands in front of its colon. */
export function placements(starts: readonly number[], size: number): string {
  return `${starts.length === 1 ? 'Placement ' : 'Placements'}: {${starts.join(',')}}:${size}`
}

function eachInstance(gpus: readonly SmiMigGpu[], rows: (gpu: number, instance: SmiMigInstance) => string[]): string[] {
  return gpus.flatMap(({ index, instances }) => instances.flatMap((instance) => rows(index, instance)))
}

/** Headings, then rows with a rule behind each. */
function table(width: number, headings: readonly string[], rows: readonly string[]): string {
  const rule = (mark: string) => mark.repeat(width)
  return lines([
    `+${rule('-')}+`,
    ...headings.map((text) => `|${text.padEnd(width)}|`),
    `|${rule('=')}|`,
    ...rows.flatMap((text) => [`|${text}|`, `+${rule('-')}+`]),
  ])
}

function number(value: number, width: number): string {
  return String(value).padStart(width)
}

function mig(name: string, width: number): string {
  return `MIG ${name}`.padEnd(width)
}

function place({ start, size }: { readonly start: number; readonly size: number }): string {
  return `${number(start, 11)}:${String(size).padEnd(6)}`
}
