import { isMainThread } from 'node:worker_threads'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'

export const runServer: NounSpec = {
  name: 'run-server',
  verbs: [
    verb({
      name: '',
      summary: 'serve the kernel’s files in a namespace of its own',
      examples: ['run-server'],
      options: {},
      args: {},
      changes: false,
      hidden: true,
      async run(context) {
        if (isMainThread) await (await import('../../live/run-server.ts')).runServer(context, process.argv[1] ?? '')
        else (await import('../../live/request-thread.ts')).answerRequests()
        return { raw: '' }
      },
    }),
  ],
}
