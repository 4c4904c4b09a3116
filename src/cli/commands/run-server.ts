import { isMainThread } from 'node:worker_threads'
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
          const { startThread } = await import('../../live/start-thread.ts')
          const thread = startThread(process.argv[1] ?? '')
          const { runServer: serve } = await import('../../live/run-server.ts')
          await serve(context, thread, { uevents: options.uevents, startLibrary: () => startLibrary(context) })
        } else await (await import('../../live/request-thread.ts')).answerRequests()
        return { raw: '' }
      },
    }),
  ],
}

/** NVIDIA's library with a server for the programs of this run. */
async function startLibrary(context: Context) {
  const { hasLibrary, libraryForCommand } = await import('../../nvml/exec.ts')
  if (!hasLibrary()) return undefined
  const { readHost } = await import('../../app/transaction.ts')
  const release = await readHost(context, (state) => state.driverVersion)
  return libraryForCommand(context, release, { readOnly: false, still: false })
}
