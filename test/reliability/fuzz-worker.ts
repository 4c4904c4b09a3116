import { fuzz } from './fuzz.ts'

/** Bad input in a process of its own, whose memory is bounded: `SEED INPUTS MILLISECONDS`. Prints one JSON object. */
const [seed = 0, inputs = 0, milliseconds = Number.POSITIVE_INFINITY] = process.argv.slice(2).map(Number)
process.stdout.write(`${JSON.stringify(await fuzz(seed, inputs, milliseconds))}\n`)
