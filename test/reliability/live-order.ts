import { disorder, type Seen } from './linear.ts'

/** What a process did to a VF, as it saw it. */
export interface LiveEvent {
  readonly process: string
  /** `holder` lists the vGPU of a VF, `show` reads its driver_override */
  readonly kind: 'override' | 'create' | 'remove' | 'show' | 'holder'
  readonly vf: string
  /** the text or UUID that is written; `-` for a read */
  readonly value: string
  readonly began: bigint
  /** undefined if it was killed before it had an answer, or its server was */
  readonly ended: bigint | undefined
  /** what was read, the name of the error, or `-` */
  readonly answer: string
}

/** A change of the history. */
export interface Change {
  readonly seq: number
  readonly command: string
}

/** A VF as the events see it. */
export interface VfFacts {
  readonly override: string
  /** the UUID of its vGPU, or `-` */
  readonly holder: string
}

/** The state of a VF from a place in the order on. */
interface Phase extends VfFacts {
  readonly from: number
}

const FOREVER = 2n ** 62n
const COMMAND = /^sysfs write \S*(?:\/(driver_override|create) (\S+)|\/([0-9a-f-]{36})\/(remove) 1)$/

/**
 * Compares what the processes saw with the history, which is the order of all changes: each acknowledged change is in it
 * once, no refused one is, and every answer follows from the state at a place between its beginning and its end.
 * @param facts the VFs before the first change of `changes`; they are brought up to date
 */
export function unexplained(
  events: readonly LiveEvent[],
  changes: readonly Change[],
  facts: Map<string, VfFacts>,
): string[] {
  const problems: string[] = []
  const places = placesOf(changes, problems)
  const seen: Seen[] = []
  const made = new Map<number, LiveEvent>()
  const others: LiveEvent[] = []
  const open: LiveEvent[] = []
  for (const event of events) {
    const { kind, ended, answer } = event
    const isChange = kind === 'override' || kind === 'create' || kind === 'remove'
    if (ended === undefined) open.push(event)
    else if (!isChange || answer !== '-') others.push(event)
    else {
      const place = places.get(keyOf(event))
      if (place === undefined) problems.push(`lost: ${told(event)}`)
      else if (made.has(place)) problems.push(`acknowledged twice: ${told(event)}`)
      else made.set(place, event)
    }
  }
  claim(open, places, made)
  for (const [key, place] of places) if (!made.has(place)) problems.push(`nobody was told of ${key}`)
  for (const [order, { process, began, ended = FOREVER }] of made)
    seen.push({ kind: 'change', process, began, ended, order })
  const phases = phasesOf(made, facts)
  seen.push(...placed(others, seen, phases, problems))
  return [...problems, ...disorder(seen, changes.length)]
}

/** The places of the changes, from 1 on. */
function placesOf(changes: readonly Change[], problems: string[]): Map<string, number> {
  const places = new Map<string, number>()
  for (const [index, { command }] of changes.entries()) {
    const [, file, text, uuid, remove] = COMMAND.exec(command) ?? []
    const kind = file === 'driver_override' ? 'override' : (file ?? remove)
    const key = `${kind} ${text ?? uuid}`
    if (kind === undefined) problems.push(`a strange change: ${command}`)
    else if (places.has(key)) problems.push(`twice in the history: ${key}`)
    places.set(key, index + 1)
  }
  return places
}

/** A change without an answer may have been made: by the one of its kind that began first. */
function claim(open: readonly LiveEvent[], places: ReadonlyMap<string, number>, made: Map<number, LiveEvent>): void {
  for (const event of [...open].sort(byBeginning)) {
    const place = places.get(keyOf(event))
    if (place !== undefined && !made.has(place)) made.set(place, event)
  }
}

/** The states of each VF, in their order. */
function phasesOf(made: ReadonlyMap<number, LiveEvent>, facts: Map<string, VfFacts>): Map<string, Phase[]> {
  const phases = new Map([...facts].map(([vf, now]) => [vf, [{ ...now, from: 0 }]]))
  for (const [from, { kind, vf, value }] of [...made].sort(([a], [b]) => a - b)) {
    const { override, holder } = facts.get(vf) ?? { override: '', holder: '' }
    const next = {
      override: kind === 'override' ? value : override,
      holder: kind === 'create' ? value : kind === 'remove' ? '-' : holder,
    }
    facts.set(vf, next)
    phases.get(vf)?.push({ ...next, from })
  }
  return phases
}

/** Gives each read and each refusal the first place at which it is right, after all that had ended before it began. */
function placed(
  others: readonly LiveEvent[],
  changes: readonly Seen[],
  phases: ReadonlyMap<string, readonly Phase[]>,
  problems: string[],
): Seen[] {
  const ends = [...changes]
  const found: Seen[] = []
  for (const event of [...others].sort(byBeginning)) {
    const { process, began, ended = FOREVER } = event
    const earliest = ends.reduce((highest, end) => (end.ended < began ? Math.max(highest, end.order) : highest), 0)
    const all = phases.get(event.vf) ?? []
    const phase = all.find((one, index) => (all[index + 1]?.from ?? Infinity) > earliest && isRight(event, one))
    if (phase === undefined) {
      problems.push(`no state from change ${earliest} on explains ${told(event)}; ${whenRight(event, all)}`)
      continue
    }
    const one: Seen = { kind: 'read', process, began, ended, order: Math.max(phase.from, earliest) }
    found.push(one)
    ends.push(one)
  }
  return found
}

function whenRight(event: LiveEvent, phases: readonly Phase[]): string {
  const times = phases.flatMap((one, index) =>
    isRight(event, one) ? [`${one.from} to ${phases[index + 1]?.from}`] : [],
  )
  return times.length === 0 ? 'it never was right' : `it was right from ${times.join(', ')}`
}

/** Whether an answer follows from a state. */
function isRight({ kind, value, answer }: LiveEvent, { override, holder }: VfFacts): boolean {
  switch (kind) {
    case 'show':
      return answer === override
    case 'holder':
      return answer === holder
    case 'create':
      return answer === 'EIO' && holder !== '-'
    case 'remove':
      return (answer === 'ENOENT' || answer === 'ENODEV') && holder !== value
    default:
      return false
  }
}

function keyOf({ kind, value }: LiveEvent): string {
  return `${kind} ${value}`
}

function told({ process, kind, vf, value, answer }: LiveEvent): string {
  return `${process}: ${kind} ${value} of ${vf}: ${answer}`
}

function byBeginning(a: LiveEvent, b: LiveEvent): number {
  return a.began < b.began ? -1 : a.began > b.began ? 1 : 0
}
