import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { chosenSeed, seeded } from '../reliability/random.ts'
import { chosen, drawnMutants } from './actors.ts'
import { equivalence } from './equivalents.ts'
import { keepList, listedMutants } from './list.ts'
import type { Mutant } from './operators.ts'
import { type Outcome, Workshop } from './trial.ts'

/** Per cent of the mutants that are not equivalent: of the whole list, and of a sample of 20 of them. */
const LEAST_SCORE = { whole: 95, sample: 90 } as const
/** Mutants of a whole run: with fewer left the list is drawn anew. */
const LEAST_MUTANTS = 150
/** One for each core of the machine that the tests are made for. */
const WORKSHOPS = 2

/**
 * `npm run mutate -- [--engine] [--sample N] [--list] [--file TEXT]... [--from N] [--quick] [--draw]`: puts one fault at a time into the five
 * actors of the engine and lets the engine's tests find it. Prints every mutant, the equivalent ones with their reason, and
 * the score. `--file` takes the mutants of a file or `file:line`; `--from` continues the list at its N-th mutant;
 * `--quick` leaves the long tests out; `--draw` first draws a new list into list.jsonl.
 * @returns 0 when the score is reached, else 1
 */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      engine: { type: 'boolean' },
      list: { type: 'boolean' },
      sample: { type: 'string' },
      file: { type: 'string', multiple: true, default: [''] },
      from: { type: 'string', default: '1' },
      quick: { type: 'boolean', default: false },
      draw: { type: 'boolean', default: false },
    },
  })
  const seed = chosenSeed()
  if (values.draw) keepList(drawnMutants(seed))
  const listed = listedMutants()
  if (listed.length < LEAST_MUTANTS)
    console.log(`only ${listed.length} mutants of the list have their lines: use --draw`)
  const all = listed
    .filter(({ file, line }) => values.file.some((text) => `${file}:${line}`.includes(text)))
    .slice(Number(values.from) - 1)
  const mutants = values.sample === undefined ? all : chosen(all, Number(values.sample), seeded(seed).below)
  console.log(`${mutants.length} of ${all.length} mutants${values.sample === undefined ? '' : `, NVGPU_SEED=${seed}`}`)
  if (values.list) {
    for (const mutant of mutants) console.log(shown(mutant))
    return 0
  }
  const outcomes = await tried(mutants, values.quick)
  return report(mutants, outcomes, LEAST_SCORE[values.sample === undefined ? 'whole' : 'sample'])
}

async function tried(mutants: readonly Mutant[], quick: boolean): Promise<Map<Mutant, Outcome>> {
  const outcomes = new Map<Mutant, Outcome>()
  const waiting = mutants.filter((mutant) => equivalence(mutant, lineOf(mutant)) === null)
  const work = async (name: string) => {
    const shop = new Workshop(name)
    try {
      for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) {
        const outcome = await shop.try(mutant, quick)
        outcomes.set(mutant, outcome)
        console.log(`${outcome.padEnd(8)}  ${shown(mutant)}`)
      }
    } finally {
      shop.remove()
    }
  }
  await Promise.all([checked(quick), ...Array.from({ length: WORKSHOPS }, (_, index) => work(String(index)))])
  return outcomes
}

/** The tests without a mutant, beside the others. @throws Error when they fail */
async function checked(quick: boolean): Promise<void> {
  const shop = new Workshop('clean')
  try {
    await shop.check(quick)
  } finally {
    shop.remove()
  }
}

function report(mutants: readonly Mutant[], outcomes: ReadonlyMap<Mutant, Outcome>, least: number): number {
  const equivalent = mutants.filter((mutant) => !outcomes.has(mutant))
  const survivors = mutants.filter((mutant) => outcomes.get(mutant) === 'survived')
  for (const mutant of equivalent) console.log(`equivalent  ${shown(mutant)}: ${equivalence(mutant, lineOf(mutant))}`)
  for (const mutant of survivors) console.log(`survivor  ${shown(mutant)}`)
  const noticed = outcomes.size - survivors.length
  const score = outcomes.size === 0 ? 100 : (noticed / outcomes.size) * 100
  console.log(
    `${noticed} of ${outcomes.size} mutants noticed, ${equivalent.length} equivalent: score ${score.toFixed(1)} %, at least ${least} % wanted`,
  )
  return score >= least ? 0 : 1
}

function shown(mutant: Mutant): string {
  const short = (text: string) => JSON.stringify(text.replace(/\s+/g, ' ').slice(0, 60))
  return `${mutant.file}:${mutant.line} ${mutant.operator} ${short(mutant.from)} -> ${short(mutant.to)}  | ${lineOf(mutant).trim().slice(0, 100)}`
}

function lineOf({ file, line }: Mutant): string {
  return readFileSync(file, 'utf8').split('\n')[line - 1] ?? ''
}
