import { writeSync } from 'node:fs'
import { calledAs } from './called-as.ts'
import { VERSION } from './version.ts'

const argv = calledAs(process.argv[1], process.argv.slice(2))
// The version is built in. If it cannot be written, the program reports the error.
if (argv.length === 1 && argv[0] === '--version' && isWritten(`nvgpu ${VERSION}\n`)) process.exit()
// All output is written when `run` has ended.
Promise.all([import('./run.ts'), import('../app/node-io.ts')])
  .then(([{ run }, { nodeIo }]) => run(argv, nodeIo))
  .then((status) => process.exit(status))

function isWritten(text: string): boolean {
  try {
    return writeSync(1, text) === text.length
  } catch {
    return false
  }
}
