import { readFileSync, writeFileSync } from 'node:fs'
import { type Mutant, mutantsOf } from './operators.ts'

/** A mutant by what is written in its line, so that it is found again when other lines have changed. */
interface Listed extends Pick<Mutant, 'file' | 'operator' | 'from' | 'to'> {
  readonly line: string
  /** index among the mutants of the file that are alike in all of this */
  readonly nth: number
}

const LIST = 'test/mutants/list.jsonl'

/** The mutants of the list whose lines are still there. */
export function listedMutants(): Mutant[] {
  const list = readFileSync(LIST, 'utf8')
    .split('\n')
    .filter((row) => row !== '')
    .map((row) => JSON.parse(row) as Listed)
  const files = new Map<string, Map<string, Mutant>>()
  return list.flatMap((one) => {
    const known = files.get(one.file) ?? byKey(one.file)
    files.set(one.file, known)
    return known.get(keyOf(one)) ?? []
  })
}

/** Makes mutants the list. */
export function keepList(mutants: readonly Mutant[]): void {
  const chosen = new Set(mutants.map(placeOf))
  const list = [...new Set(mutants.map(({ file }) => file))].flatMap((file) =>
    described(file).flatMap(({ mutant, listed }) => (chosen.has(placeOf(mutant)) ? listed : [])),
  )
  writeFileSync(LIST, list.map((one) => `${JSON.stringify(one)}\n`).join(''))
}

function byKey(file: string): Map<string, Mutant> {
  return new Map(described(file).map(({ mutant, listed }) => [keyOf(listed), mutant]))
}

/** Every mutant of a file with its description; a file that is gone has none. */
function described(file: string): { mutant: Mutant; listed: Listed }[] {
  const source = sourceOf(file)
  const lines = source.split('\n')
  const seen = new Map<string, number>()
  return mutantsOf(file, source).map((mutant) => {
    const { operator, from, to } = mutant
    const alike = { file, operator, from, to, line: (lines[mutant.line - 1] ?? '').trim(), nth: 0 }
    const nth = seen.get(keyOf(alike)) ?? 0
    seen.set(keyOf(alike), nth + 1)
    return { mutant, listed: { ...alike, nth } }
  })
}

function sourceOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

function keyOf({ file, operator, from, to, line, nth }: Listed): string {
  return JSON.stringify([file, operator, from, to, line, nth])
}

function placeOf({ file, start, end, to }: Mutant): string {
  return JSON.stringify([file, start, end, to])
}
