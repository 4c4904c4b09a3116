import { diskRound, newTally } from './disk-round.ts'

/** Runs rounds of the simulated disk in a process of its own: `FIRST-SEED ROUNDS MILLISECONDS`. Prints one JSON object. */
const [first = 0, rounds = 0, milliseconds = Number.POSITIVE_INFINITY] = process.argv.slice(2).map(Number)
const tally = newTally()
const started = Date.now()
let done = 0
let failure: { seed: number; message: string } | undefined
while (done < rounds && !failure && (done % 64 !== 0 || Date.now() - started < milliseconds)) {
  const seed = (first + done) >>> 0
  try {
    diskRound(seed, tally)
  } catch (error) {
    failure = { seed, message: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
  done++
}
process.stdout.write(`${JSON.stringify({ rounds: done, ...tally, failure })}\n`)
