import { usageError } from '../../app/usage.ts'
import { list } from '../../render/answer.ts'
import { RUN_CHECKS } from '../../render/run.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'

export const run: NounSpec = {
  name: 'run',
  verbs: [
    verb({
      name: '',
      summary: 'run any program, unmodified: the kernel’s files and NVIDIA’s library are those of the simulated host',
      examples: [
        'run -- lspci -nnk',
        "run -- sh -c 'echo 4 > /sys/bus/pci/devices/0000:c1:00.0/sriov_numvfs'",
        'run --root -- ./provision.sh',
        'run --check',
      ],
      options: {
        check: { summary: 'list what this machine allows, and how to allow the rest; runs nothing' },
        root: { summary: 'the command has uid 0; default: the uid of the caller' },
        net: {
          value: 'WHERE',
          choices: ['shared', 'private'],
          summary: 'network: that of the machine (default), or an empty one of its own',
        },
      },
      args: { words: { summary: 'the command and its arguments, behind --', optional: true, repeat: true } },
      changes: false,
      async run(context, { options, args }) {
        if (options.check) {
          const { checkMachine } = await import('../../live/check.ts')
          const { checks, status } = checkMachine()
          return { ...list(RUN_CHECKS, checks), status }
        }
        if (args.words.length === 0) throw usageError('there is no command behind --', { hint: 'nvgpu run -- lspci' })
        const { runOnHost } = await import('../../live/run.ts')
        const status = await runOnHost(context, args.words, {
          root: options.root,
          privateNet: options.net === 'private',
          program: process.argv[1] ?? '',
        })
        return { raw: '', status }
      },
    }),
  ],
}
