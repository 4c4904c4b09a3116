import { nodeIo } from './node-io.ts'
import { VERSION } from './version.ts'

const argv = process.argv.slice(2)
if (argv.length === 1 && argv[0] === '--version') nodeIo.stdout.write(`nvgpu ${VERSION}\n`)
else {
  import('./run.ts')
    .then(({ run }) => run(argv, nodeIo))
    .then((status) => {
      process.exitCode = status
    })
}
