import { writeOutput } from '../../app/files.ts'
import { given } from '../../app/given.ts'
import { readHost } from '../../app/transaction.ts'
import { parseCount } from '../../app/values.ts'
import type { EventView } from '../../contract/views/gsp.ts'
import { eventViews } from '../../engine/views/events.ts'
import { oneLine } from '../../errors/printable.ts'
import { detail } from '../../render/answer.ts'
import { drawDumps, EVENTS } from '../../render/event.ts'
import { formatSeconds } from '../../render/size.ts'
import type { Context } from '../context.ts'
import { LISTING, listed, selected } from '../listing.ts'
import { GPU_OPTION } from '../selectors.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'

const KINDS = ['log', 'rpc', 'bar', 'gsp', 'pf'] as const
const KIND_OPTION = {
  value: 'KIND',
  summary: 'only this kind',
  choices: KINDS,
  repeat: true,
} as const
const BYTES_OPTION = { summary: 'payloads too: a dump for people, hexadecimal for programs' } as const
/** Interval at which `follow` reads the record, milliseconds. */
const POLL_MS = 200

export const events: NounSpec = {
  name: 'events',
  verbs: [
    verb({
      name: 'list',
      summary: 'kernel log, firmware messages, register writes and events in one order',
      examples: ['events list', 'events list --kind rpc --bytes', 'events list --kind log --kind gsp -o jsonl'],
      options: { gpu: GPU_OPTION, kind: KIND_OPTION, bytes: BYTES_OPTION, ...LISTING },
      args: {},
      changes: false,
      async run(context, { options }) {
        const found = await readHost(context, (state) => eventViews(state, filter(options)))
        return options.bytes
          ? detail(EVENTS, await selected(EVENTS, found, options), drawDumps)
          : listed(EVENTS, found, options, 'nothing yet; messages are recorded after: nvgpu gsp trace on')
      },
    }),
    verb({
      name: 'follow',
      summary: 'print entries as they come, until interrupted or for --count entries',
      examples: ['events follow', 'events follow --kind gsp -o jsonl', 'events follow --count 5'],
      options: {
        gpu: GPU_OPTION,
        kind: KIND_OPTION,
        bytes: BYTES_OPTION,
        count: { value: 'N', summary: 'stop after this many', parse: parseCount },
      },
      args: {},
      changes: false,
      async run(context, { options }) {
        await follow(context, options)
        return { raw: '' }
      },
    }),
    verb({
      name: 'export',
      summary: 'the record as a trace for Perfetto, or as a Mermaid sequence diagram',
      examples: [
        'events export --format perfetto trace.json',
        'events export --format mermaid --kind rpc',
        'events export --format perfetto --gpu 0 --bytes -',
      ],
      options: {
        format: {
          value: 'FORMAT',
          summary: 'perfetto (trace event JSON, a track an actor) or mermaid (a sequence diagram)',
          choices: ['perfetto', 'mermaid'],
          required: true,
        },
        gpu: GPU_OPTION,
        kind: KIND_OPTION,
        bytes: { summary: 'payloads too, in a trace' },
      },
      args: { file: { summary: 'the file; default: standard output', optional: true, complete: 'file' } },
      changes: false,
      async run(context, { options, args }) {
        const found = await readHost(context, (state) => eventViews(state, filter(options)))
        const text =
          options.format === 'perfetto'
            ? (await import('../../render/export/perfetto.ts')).perfettoTrace(found)
            : (await import('../../render/export/mermaid.ts')).mermaidDiagram(found)
        if (args.file === undefined || args.file === '-') return { raw: text }
        await writeOutput(context, args.file, new TextEncoder().encode(text))
        return { raw: '' }
      },
    }),
  ],
}

interface Filter {
  gpu?: string | undefined
  kind: readonly EventView['kind'][]
  bytes: boolean
}

function filter({ gpu, kind, bytes }: Filter) {
  return { kinds: kind, bytes, ...given({ gpu }) }
}

/** Follows the record by polling, since readers neither write nor wait. */
async function follow(context: Context, options: Filter & { count?: number | undefined }): Promise<void> {
  const seen = new Map<number, number>()
  const lines = context.settings.format === 'json' || context.settings.format === 'jsonl'
  let left = options.count ?? Number.POSITIVE_INFINITY
  let first = true
  while (left > 0 && context.io.stdout.closed !== true) {
    const found = await readHost(context, (state) => eventViews(state, filter(options)))
    for (const event of found) {
      if (event.seq <= (seen.get(event.gpu) ?? -1)) continue
      seen.set(event.gpu, event.seq)
      if (first || left <= 0) continue
      left -= 1
      if (lines) context.io.stdout.data(`${JSON.stringify(event)}\n`)
      else context.io.stdout.write(sentence(event))
    }
    first = false
    if (left > 0) await context.io.sleep(POLL_MS)
  }
}

function sentence(event: EventView): string {
  if (event.bytes !== '') return drawDumps([event])
  const status = event.status ? ` ${event.status.name}` : ''
  return `${formatSeconds(event.at)} ${event.gpu} ${event.kind} ${event.direction ?? event.level ?? ''} ${oneLine(event.text)}${status}\n`
}
