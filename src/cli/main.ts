import { nodeIo } from '../app/node-io.ts'
import { VERSION } from './version.ts'

const argv = process.argv.slice(2)
// The program acts as nvidia-smi if it is called by that name.
if (process.argv[1]?.endsWith('/nvidia-smi') === true) argv.unshift('smi')
// The version is built in. If it cannot be written, the program reports the error.
if (argv.length === 1 && argv[0] === '--version' && isWritten(`nvgpu ${VERSION}\n`)) process.exit()
// All output is written when `run` has ended.
import('./run.ts').then(({ run }) => run(argv, nodeIo)).then((status) => process.exit(status))

function isWritten(text: string): boolean {
  try {
    nodeIo.stdout.write(text)
    return true
  } catch {
    return false
  }
}
