import { isMainThread } from 'node:worker_threads'
import { readHost } from '../../app/transaction.ts'
import type { Context } from '../context.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'

export const runServer: NounSpec = {
  name: 'run-server',
  verbs: [
    verb({
      name: '',
      summary: 'serve the kernel’s files in a namespace of its own',
      examples: ['run-server'],
      options: { uevents: { summary: 'tell this network namespace of devices that come and go' } },
      args: {},
      changes: false,
      hidden: true,
      async run(context, { options }) {
        if (isMainThread) {
          const { runServer: serve } = await import('../../live/run-server.ts')
          await serve(context, process.argv[1] ?? '', {
            uevents: options.uevents,
            startLibrary: () => startLibrary(context),
          })
        } else (await import('../../live/request-thread.ts')).answerRequests()
        return { raw: '' }
      },
    }),
  ],
}

/** NVIDIA's library with a server for the programs of this run. */
async function startLibrary(context: Context) {
  const { hasLibrary, libraryForCommand } = await import('../../nvml/exec.ts')
  if (!hasLibrary()) return undefined
  const release = await readHost(context, (state) => state.driverVersion)
  return libraryForCommand(context, release, { readOnly: false, still: false })
}
