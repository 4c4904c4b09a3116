import { spawnSync } from 'node:child_process'
import { bundle } from './bundle.js'

/**
 * npm run bench -- --fleet [--trace DIR]: scheduling policies against the published figures, on the traces in DIR, and the speed of a
 * simulation against a scan of all GPUs.
 */
export async function fleet(dir, trace, smoke) {
  const program = await bundle('fleet-runs.js', dir)
  const words = [...(trace === undefined ? [] : ['--trace', trace]), ...(smoke ? ['--smoke'] : [])]
  const env = { ...process.env }
  delete env.NODE_EXTRA_CA_CERTS
  const { status } = spawnSync(process.execPath, [program, ...words], { stdio: 'inherit', env })
  if (status !== 0) throw new Error(`the runs ended with status ${status}`)
}
