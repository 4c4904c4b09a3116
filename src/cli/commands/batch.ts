import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'

export const batch: NounSpec = {
  name: 'batch',
  verbs: [
    verb({
      name: '',
      summary: 'run the commands of a file, one a line; each is answered when its change is on disk',
      examples: [
        'batch -f commands.txt',
        'batch -f commands.txt --atomic',
        'batch -f commands.txt --keep-going -o jsonl',
        'batch -f - --operation-id night-42',
      ],
      options: {
        file: {
          short: 'f',
          value: 'FILE',
          summary: 'commands without the leading nvgpu, quoted as for a shell; # begins a comment; - is standard input',
          required: true,
          complete: 'file',
        },
        atomic: {
          summary:
            'all or nothing, in one commit with the id of --operation-id; else each commit has the id ID.FIRST-LAST, after its lines',
        },
        keepGoing: { short: 'k', summary: 'go on after a command that fails' },
      },
      args: {},
      changes: true,
      async run(context, { options }, interpreter) {
        const { runBatch } = await import('../batch/run-batch.ts')
        return runBatch(context, options, interpreter)
      },
    }),
  ],
}
