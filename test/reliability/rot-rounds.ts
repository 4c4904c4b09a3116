import { rotRound } from './rot-round.ts'

/** Runs rounds with a turned bit in a process of its own: `FIRST-SEED ROUNDS`. Prints one JSON object. */
const [first = 0, rounds = 0] = process.argv.slice(2).map(Number)
let done = 0
let failure: { seed: number; message: string } | undefined
while (done < rounds && !failure) {
  const seed = (first + done) >>> 0
  try {
    rotRound(seed)
  } catch (error) {
    failure = { seed, message: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
  done++
}
process.stdout.write(`${JSON.stringify({ rounds: done, cuts: 0, kills: 0, interleaved: 0, failure })}\n`)
