/** The parts of the name of a group: `rack7-{001}` is before `rack7-`, first 1, width 3. */
export interface NamePattern {
  readonly before: string
  readonly after: string
  /** null for one host with just that name. */
  readonly first: number | null
  /** Digits of the number; zeros fill it up. */
  readonly width: number
}

const LONGEST = 63
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/

/** Reads the name of a group; null if it has braces without a number in them, or digits beside them. */
export function patternOf(name: string): NamePattern | null {
  const found = /^([^{}]*)\{(\d{1,9})\}([^{}]*)$/.exec(name)
  if (found === null) return /[{}]/.test(name) ? null : { before: name, after: '', first: null, width: 0 }
  const [, before = '', digits = '', after = ''] = found
  if (/\d$/.test(before) || /^\d/.test(after)) return null
  const padded = digits.length > 1 && digits.startsWith('0')
  return { before, after, first: Number(digits), width: padded ? digits.length : 1 }
}

/** The name of the host with this index in its group. */
export function hostName({ before, after, first, width }: NamePattern, index: number): string {
  return first === null ? before : `${before}${String(first + index).padStart(width, '0')}${after}`
}

/** Why a text is no name of a host, which Kubernetes, libvirt and DNS take; null if it is one. */
export function hostNameProblem(name: string): string | null {
  const parts = name.split('.')
  if (name.length <= LONGEST && parts.every((part) => LABEL.test(part))) return null
  return `"${name.slice(0, 80)}" is no name of a host: it has lower-case letters, digits and dashes, at most ${LONGEST}; write "${asHostName(name)}"`
}

/** A text as the name of a host. */
export function asHostName(text: string): string {
  const plain = text
    .toLowerCase()
    .replace(/[^a-z0-9.-]+/g, '-')
    .replace(/\.+/g, '.')
  const labels = plain.split('.').map((part) => part.replace(/^-+|-+$/g, ''))
  const name = labels.filter((part) => part !== '').join('.')
  return name.slice(0, LONGEST).replace(/[-.]+$/, '') || 'host'
}

interface Named {
  readonly pattern: NamePattern
  readonly hosts: number
}

/**
 * A name that two hosts have; null if all differ. Takes time by the entries, not by the hosts. Two runs of numbers between the
 * same texts must not meet, however they are padded.
 */
export function sameName(entries: readonly Named[]): string | null {
  const runs = new Map<string, Run[]>()
  const single = new Set<string>()
  const shapes = new Map<string, string>()
  for (const { pattern, hosts } of entries) {
    const name = hostName(pattern, 0)
    const { before, after, first } = pattern
    if (first === null) {
      if (single.has(name)) return name
      single.add(name)
      continue
    }
    // a{1}-1 and a1-{1} have a host in common, and differ in the place of the number
    const shape = `${before}#${after}`.replace(/\d+/g, '#')
    const place = shapes.get(shape) ?? before.replace(/\d+/g, '#')
    if (place !== before.replace(/\d+/g, '#')) return name
    shapes.set(shape, place)
    const key = `${before}\n${after}`
    const own = runs.get(key) ?? []
    own.push({ pattern, from: first, to: first + hosts - 1 })
    runs.set(key, own)
  }
  for (const own of runs.values()) {
    own.sort((a, b) => a.from - b.from)
    const met = own.find(({ from }, index) => from <= (own[index - 1]?.to ?? -1))
    if (met !== undefined) return hostName(met.pattern, 0)
  }
  return [...single].find((name) => numbersIn(name).some((found) => isAmong(runs, name, found))) ?? null
}

interface Run {
  readonly pattern: NamePattern
  readonly from: number
  readonly to: number
}

/** Each number in a name, with the texts around it. */
function numbersIn(name: string) {
  return [...name.matchAll(/\d+/g)].map(({ 0: digits, index }) => ({
    key: `${name.slice(0, index)}\n${name.slice(index + digits.length)}`,
    number: Number(digits),
  }))
}

function isAmong(runs: ReadonlyMap<string, Run[]>, name: string, { key, number }: { key: string; number: number }) {
  const run = runs.get(key)?.find(({ from, to }) => from <= number && number <= to)
  return run !== undefined && hostName(run.pattern, number - run.from) === name
}
