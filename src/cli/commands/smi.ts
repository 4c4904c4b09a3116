import { STYLES } from '../../render/smi/style.ts'
import { SmiExit } from '../smi/outcome.ts'
import { styleOf } from '../smi/screens.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'

export const smi: NounSpec = {
  name: 'smi',
  verbs: [
    verb({
      name: '',
      summary: "nvidia-smi's screens, options and exit statuses; a link named nvidia-smi to nvgpu is the same",
      examples: [
        'smi',
        'smi -q -d MEMORY,UTILIZATION',
        'smi --query-gpu=index,name,memory.used --format=csv,noheader',
        'smi vgpu -q',
        'smi vgpu -s -v',
        'smi --style 580 -q -x',
        'smi vgpu -shm 1',
      ],
      options: {
        style: {
          value: 'RELEASE',
          summary: 'the release to imitate; default 550',
          choices: Object.keys(STYLES),
          env: 'NVGPU_SMI_STYLE',
        },
      },
      args: { words: { summary: 'words of nvidia-smi, as in its manual', optional: true, repeat: true } },
      changes: true,
      raw: true,
      ownHelp: true,
      async run(context, { options, args }) {
        const own = takeOwn(args.words)
        const settings = own.dryRun ? { ...context.settings, dryRun: true } : context.settings
        const screen = { context: { ...context, settings }, style: styleOf(own.style ?? options.style) }
        const [first, ...rest] = own.words
        try {
          if (first === 'vgpu') return { text: await (await import('../smi/vgpu.ts')).vgpu(screen, rest) }
          const { isForPrograms, top } = await import('../smi/top.ts')
          const drawn = await top(screen, own.words)
          return isForPrograms(own.words) ? { raw: drawn } : { text: drawn }
        } catch (error) {
          if (error instanceof SmiExit) return { text: error.text, status: error.status }
          throw error
        }
      },
    }),
  ],
}

/** nvgpu's own options among nvidia-smi's words. */
function takeOwn(all: readonly string[]): { words: string[]; style: string | undefined; dryRun: boolean } {
  const words: string[] = []
  let style: string | undefined
  let dryRun = false
  for (let at = 0; at < all.length; at += 1) {
    const word = all[at] ?? ''
    if (word === '--style') {
      at += 1
      style = all[at] ?? ''
    } else if (word.startsWith('--style=')) style = word.slice('--style='.length)
    else if (word === '--dry-run') dryRun = true
    else words.push(word)
  }
  return { words, style, dryRun }
}
