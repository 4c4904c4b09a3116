import { fuzz } from './fuzz.ts'

/** Bad input in a process of its own, whose memory is bounded: `SEED INPUTS MILLISECONDS HOW`. Prints one JSON object. */
const [seed = 0, inputs = 0, milliseconds = Number.POSITIVE_INFINITY] = process.argv.slice(2).map(Number)
const how = process.argv[5] === 'processes' ? 'processes' : 'in-process'
void fuzz({ seed, inputs, milliseconds, how }).then((report) => process.stdout.write(`${JSON.stringify(report)}\n`))
