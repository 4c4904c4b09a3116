import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'

export const sriovManage: NounSpec = {
  name: 'sriov-manage',
  verbs: [
    verb({
      name: '',
      summary: "NVIDIA's script that enables and disables all VFs of a GPU; a link named sriov-manage is the same",
      examples: ['sriov-manage -e ALL', 'sriov-manage -e 0000:c1:00.0', 'sriov-manage -d 0000:c1:00.0'],
      options: {},
      args: { words: { summary: '-e or -d, and an address or ALL', optional: true, repeat: true } },
      changes: true,
      raw: true,
      async run(context, { args }) {
        return (await import('../sriov-manage/run.ts')).sriovManage(context, args.words)
      },
    }),
  ],
}
