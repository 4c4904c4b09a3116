import { nodeIo } from '../app/node-io.ts'
import { VERSION } from './version.ts'

const argv = process.argv.slice(2)
// A link of that name to the program is nvidia-smi.
if (process.argv[1]?.endsWith('/nvidia-smi') === true) argv.unshift('smi')
// The version is here already. Where it cannot be written, the program says why.
if (argv.length === 1 && argv[0] === '--version' && isWritten(`nvgpu ${VERSION}\n`)) process.exit()
// Everything is written when `run` has ended, so nothing is waited for.
import('./run.ts').then(({ run }) => run(argv, nodeIo)).then((status) => process.exit(status))

function isWritten(text: string): boolean {
  try {
    nodeIo.stdout.write(text)
    return true
  } catch {
    return false
  }
}
