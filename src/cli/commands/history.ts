import { openStore } from '../../app/transaction.ts'
import { parseCount } from '../../app/values.ts'
import { NvError } from '../../errors/nv-error.ts'
import { detail, list } from '../../render/answer.ts'
import { CHANGES } from '../../render/change.ts'
import { HISTORY } from '../../render/store.ts'
import { drawTable } from '../../render/table.ts'
import { LISTING, listed } from '../listing.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'

const ALL = { summary: 'also time, logs, counters and raw bytes' } as const

export const history: NounSpec = {
  name: 'history',
  verbs: [
    verb({
      name: 'list',
      summary: 'the changes that are kept, newest last',
      examples: ['history list', 'history list --max 5', 'history list -o json'],
      options: { max: { value: 'N', summary: 'only the newest N', parse: parseCount }, ...LISTING },
      args: {},
      changes: false,
      async run(context, { options }) {
        const entries = (await openStore(context)).history(options.max)
        const lines = entries.map(({ seq, id, time, command, patch }) => ({
          seq,
          id,
          time,
          command,
          changes: patch.length,
        }))
        return listed(
          HISTORY,
          lines,
          options,
          options.max === 0 ? 'no change was asked for' : 'nothing has been changed yet',
        )
      },
    }),
    verb({
      name: 'show',
      summary: 'the effects of one change, place by place',
      examples: ['history show 12', 'history show 12 -o json', 'history show 12 --all'],
      options: { all: ALL },
      args: { seq: { summary: 'number of the change', parse: parseCount } },
      changes: false,
      async run(context, { options, args }) {
        const store = await openStore(context)
        const entries = store.history()
        const entry = entries.find(({ seq }) => seq === args.seq)
        if (!entry) throw unknown(args.seq, entries)
        const { compareStates } = await import('../../app/history/compare.ts')
        const lines = compareStates(store.at(entry.seq - 1), store.at(entry.seq), options.all)
        return detail(CHANGES, lines, (items, page) => {
          const head = `change ${entry.seq}, ${entry.time}: ${entry.command}\n`
          return items.length === 0 ? head : `${head}${drawTable(CHANGES.columns, items, page)}`
        })
      },
    }),
    verb({
      name: 'diff',
      summary: 'differences between the states after two changes; status 6 if there are any',
      examples: ['history diff 12', 'history diff 12 15 -o json', 'history diff 0 --all'],
      options: { all: ALL },
      args: {
        from: { summary: 'number of a change; 0 for the state before the first', parse: parseCount },
        to: { summary: 'number of another change; default: the newest', parse: parseCount, optional: true },
      },
      changes: false,
      async run(context, { options, args }) {
        const store = await openStore(context)
        const newest = store.history(1).at(-1)?.seq ?? 0
        const { compareStates } = await import('../../app/history/compare.ts')
        const lines = compareStates(store.at(args.from), store.at(args.to ?? newest), options.all)
        const answer = list(CHANGES, lines, 'nothing is different')
        return { ...answer, status: lines.length === 0 ? 0 : 6 }
      },
    }),
  ],
}

function unknown(seq: number, entries: readonly { readonly seq: number }[]): NvError {
  const kept =
    entries.length === 0 ? 'nothing has been changed yet' : `${entries[0]?.seq} to ${entries.at(-1)?.seq} are`
  return new NvError({
    errno: 'ENOENT',
    code: 'not-found',
    at: 'history',
    message: `change ${seq} is not kept: ${kept}`,
    hint: 'nvgpu history list',
    object: String(seq),
  })
}
