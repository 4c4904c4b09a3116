import { nodeIo } from './node-io.ts'
import { VERSION } from './version.ts'

const argv = process.argv.slice(2)
// A link of that name to the program is nvidia-smi.
if (process.argv[1]?.endsWith('/nvidia-smi') === true) argv.unshift('smi')
if (argv.length === 1 && argv[0] === '--version' && isWritten(`nvgpu ${VERSION}\n`)) process.exit()
else {
  // Everything is written by now, and ending at once spares a millisecond of taking V8 apart.
  import('./run.ts').then(({ run }) => run(argv, nodeIo)).then((status) => process.exit(status))
}

/** False where it cannot be: to say why takes more than this file. */
function isWritten(text: string): boolean {
  try {
    nodeIo.stdout.write(text)
    return true
  } catch {
    return false
  }
}
