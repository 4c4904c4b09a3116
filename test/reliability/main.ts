import type { Amount, Part, Result } from './part.ts'
import { PARTS } from './parts.ts'

const HELP = `npm run reliability -- [PART...] [--seed N] [--rounds N] [--minutes N] [--all]

Attacks the state directory: without options so much as CI does. PART is one or more of
${PARTS.map(({ name, unit, rounds }) => `  ${name.padEnd(10)} ${unit} (${rounds})\n`).join('')}
--seed N      begin with this seed, which is printed by every run
--rounds N    so many of what the part counts
--minutes N   share this time among the parts, with no other bound
--all         no bound at all: every system call, a million inputs
`

/** Runs the parts that argv names; answers the exit status. */
export async function main(argv: readonly string[]): Promise<number> {
  const numbers: Record<string, number> = {}
  const names: string[] = []
  const words = [...argv]
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const option = /^--(seed|rounds|minutes)$/.exec(word)?.[1]
    if (option) numbers[option] = Number(words.shift())
    else if (word === '--all') numbers.rounds = Number.POSITIVE_INFINITY
    else names.push(word)
  }
  const unknown = names.find((name) => !PARTS.some((part) => part.name === name))
  if (unknown !== undefined || Object.values(numbers).some(Number.isNaN)) {
    process.stdout.write(HELP)
    return unknown === '--help' ? 0 : 2
  }
  return runParts(
    PARTS.filter(({ name }) => names.length === 0 || names.includes(name)),
    numbers,
  )
}

async function runParts(parts: readonly Part[], numbers: Readonly<Record<string, number>>): Promise<number> {
  const { seed = Date.now() % 1e9, rounds, minutes } = numbers
  const ends = { passed: 0, failed: 0, skipped: 0 }
  for (const part of parts) {
    const most = rounds ?? (minutes === undefined ? part.rounds : Number.POSITIVE_INFINITY)
    const amount: Amount = { seed, rounds: most, ...(minutes === undefined ? {} : share(minutes, parts)) }
    const started = Date.now()
    process.stdout.write(`${part.name}: --seed ${seed}\n`)
    const result = await part.run(amount)
    process.stdout.write(sentence(part, result, Date.now() - started))
    ends[result.skipped ? 'skipped' : result.failures.length > 0 ? 'failed' : 'passed']++
  }
  process.stdout.write(`${ends.passed} parts passed, ${ends.failed} failed, ${ends.skipped} skipped\n`)
  return ends.failed > 0 ? 1 : 0
}

function share(minutes: number, parts: readonly Part[]): { milliseconds: number } {
  return { milliseconds: (minutes * 60_000) / parts.length }
}

function sentence({ name }: Part, { counts, failures, skipped }: Result, milliseconds: number): string {
  if (skipped) return `${name}: skipped: ${skipped}\n`
  const shown = failures.slice(0, 20).map((failure) => `  failed: ${failure}\n`)
  return `${name}: ${counts}; ${failures.length} failures; ${(milliseconds / 1000).toFixed(1)} s\n${shown.join('')}`
}
