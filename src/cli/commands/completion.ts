import { completionScript, SHELLS } from '../completions.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'

export const completion: NounSpec = {
  name: 'completion',
  verbs: [
    verb({
      name: '',
      summary: 'print the completion script for a shell',
      examples: [
        'completion bash > /etc/bash_completion.d/nvgpu',
        'completion zsh > _nvgpu',
        'completion fish | source',
      ],
      options: {},
      args: { shell: { summary: 'the shell', choices: SHELLS } },
      changes: false,
      async run(_context, { args }, { loadNouns }) {
        return { raw: completionScript(args.shell, await loadNouns()) }
      },
    }),
  ],
}
