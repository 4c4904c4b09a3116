import { given } from '../../app/given.ts'
import { usageError } from '../../app/usage.ts'
import { parseCount, parseDuration } from '../../app/values.ts'
import { usualDevices } from '../../render/smi/device-monitor.ts'
import type { Monitor } from '../../render/smi/monitor.ts'
import { PROCESSES } from '../../render/smi/monitor.ts'
import { summaryOf } from '../nouns.ts'
import { GPU_OPTION } from '../selectors.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'

/** `nvgpu dmon`: utilisation of GPUs, line by line. */
export const dmon = monitorNoun('dmon', usualDevices())

/** `nvgpu pmon`: utilisation of the VMs, which are the processes of a vGPU host. */
export const pmon = monitorNoun('pmon', PROCESSES)

const SECOND = 1_000_000

function monitorNoun(name: string, kind: Monitor): NounSpec {
  return {
    name,
    verbs: [
      verb({
        name: '',
        summary: `${summaryOf({ name })}, as nvidia-smi ${name} prints it`,
        examples: [name, `${name} -c 5`, `${name} --gpu 0 -d 500ms`],
        options: {
          gpu: GPU_OPTION,
          count: {
            short: 'c',
            value: 'N',
            summary: 'number of rounds; default: run until interrupted',
            parse: parseCount,
          },
          delay: {
            short: 'd',
            value: 'DURATION',
            summary: 'time between two rounds; default 1s',
            parse: parseDuration,
          },
        },
        args: {},
        changes: false,
        async run(context, { options }) {
          const { format } = context.settings
          if (format !== 'table' && format !== 'wide') {
            throw usageError(`${name} prints lines that never end, and not as ${format}`, {
              hint: `nvgpu vgpu dmon -c 1 -o ${format}`,
            })
          }
          const [{ rounds }, { styleOf }, { SmiExit }] = await Promise.all([
            import('../smi/monitor.ts'),
            import('../smi/screens.ts'),
            import('../smi/outcome.ts'),
          ])
          const ms = (options.delay ?? SECOND) / 1000
          const count = given({ count: options.count })
          try {
            await rounds({ context, style: styleOf(undefined) }, kind, { ids: options.gpu, ms, ...count })
          } catch (error) {
            if (error instanceof SmiExit) return { text: error.text, status: error.status }
            throw error
          }
          return { raw: '' }
        },
      }),
    ],
  }
}
