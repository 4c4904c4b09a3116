import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'

export const mdevctl: NounSpec = {
  name: 'mdevctl',
  verbs: [
    verb({
      name: '',
      summary:
        "mdevctl's commands and statuses on a host with the mdev face; a link named mdevctl or lsmdev is the same",
      examples: [
        'mdevctl types',
        'mdevctl start -p 0000:c1:00.4 -t nvidia-874',
        'mdevctl define -u UUID -p 0000:c1:00.4 -t nvidia-874 --auto',
        'mdevctl list --dumpjson',
      ],
      options: {},
      args: { words: { summary: 'words of mdevctl, as in its manual', optional: true, repeat: true } },
      changes: true,
      raw: true,
      async run(context, { args }) {
        return (await import('../mdevctl/run.ts')).mdevctl(context, args.words)
      },
    }),
  ],
}
