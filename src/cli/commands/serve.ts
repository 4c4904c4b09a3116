import path from 'node:path'
import { readHost } from '../../app/transaction.ts'
import { usageError } from '../../app/usage.ts'
import { parsePath } from '../../app/values.ts'
import type { Address, Served } from '../../live/serve.ts'
import type { Context } from '../context.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'

/** Loopback, and the port next to those of Prometheus's own exporters. */
const DEFAULT: Address = { host: '127.0.0.1', port: 9_835 }
const LARGEST_PORT = 65_535

export const serve: NounSpec = {
  name: 'serve',
  verbs: [
    verb({
      name: '',
      summary:
        'serve DIR/sys, DIR/dev, DIR/bin, DIR/lib and /metrics until a signal; mounting needs root or fusermount3',
      examples: ['serve --dir /run/nvgpu', 'serve --dir ./host --listen 0.0.0.0:9835'],
      options: {
        dir: {
          value: 'DIR',
          summary: 'directory, created if it is missing',
          parse: parsePath,
          required: true,
          complete: 'dir',
        },
        listen: { value: 'ADDR:PORT', summary: 'address of /metrics; default: 127.0.0.1:9835', parse: parseAddress },
      },
      args: {},
      changes: false,
      async run(context, { options }) {
        const [{ serveHost }, { refuseInState }, { refuseServed }] = await Promise.all([
          import('../../live/serve.ts'),
          import('../../app/not-in-state.ts'),
          import('../../nvml/serve-library.ts'),
        ])
        refuseInState(context, options.dir)
        await refuseServed(path.join(options.dir, 'lib'))
        const signalled = new Promise((resolve) => context.io.onInterrupt?.(resolve))
        const served = await serveHost(context, {
          dir: options.dir,
          listen: options.listen ?? DEFAULT,
          program: process.argv[1] ?? '',
          metrics: () => metricsText(context),
        })
        const { stderr } = context.io
        if (served.without !== undefined)
          stderr.write(`nvgpu: warning: ${options.dir}/sys and ${options.dir}/dev are not served: ${served.without}\n`)
        const library = await serveLibrary(context, path.join(options.dir, 'lib'), served)
        stderr.write(`serving ${options.dir} and ${served.url}\n`)
        await signalled
        await library?.close()
        await served.close()
        return { raw: '' }
      },
    }),
  ],
}

/** NVIDIA's library, on a processor that has one. What refuses it ends the service. */
async function serveLibrary(context: Context, dir: string, served: Served) {
  const [{ hasLibrary }, { serveLibrary: serveFrom }] = await Promise.all([
    import('../../nvml/exec.ts'),
    import('../../nvml/serve-library.ts'),
  ])
  if (!hasLibrary()) return undefined
  try {
    return await serveFrom(context, dir, await readHost(context, (state) => state.driverVersion))
  } catch (error) {
    await served.close()
    throw error
  }
}

async function metricsText(context: Context): Promise<string> {
  const [{ hostMetrics }, { drawMetrics }] = await Promise.all([
    import('../host-metrics.ts'),
    import('../../render/metrics.ts'),
  ])
  return [...drawMetrics(await hostMetrics(context))].join('')
}

/** ADDR:PORT, [IPV6]:PORT */
function parseAddress(text: string): Address {
  const [, v6, v4, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:\s]+)):(\d{1,5})$/.exec(text) ?? []
  const host = v6 ?? v4
  if (host === undefined || Number(port) > LARGEST_PORT)
    throw usageError(`--listen takes ADDR:PORT, not '${text}'`, {
      hint: 'nvgpu serve --dir DIR --listen 127.0.0.1:9835',
    })
  return { host, port: Number(port) }
}
