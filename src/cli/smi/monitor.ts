import type { Monitor } from '../../render/smi/monitor.ts'
import { loop } from './loop.ts'
import { parseSmi, type SmiOption } from './options.ts'
import { SMI_STATUS, SmiExit } from './outcome.ts'
import { look, type Screen } from './screens.ts'

export const OPTIONS = {
  id: { names: ['-i', '--id'], value: 'required' },
  count: { names: ['-c', '--count'], value: 'required' },
  delay: { names: ['-d', '--delay'], value: 'required' },
  select: { names: ['-s', '--select'], value: 'required' },
} as const satisfies Record<string, SmiOption>

/** Rounds after which the header is printed again. */
const HEADER_EVERY = 20

/**
 * `nvidia-smi dmon` and `pmon`: a round every second or every -d seconds, -c times or until interrupted.
 * @param kindOf the monitor for the letters of -s; null for unknown ones
 */
export async function monitor(
  screen: Screen,
  kindOf: (select: string | undefined) => Monitor | null,
  words: readonly string[],
): Promise<string> {
  const { given, unknown, lacking } = parseSmi(words, OPTIONS)
  const wrong = unknown ?? lacking
  if (wrong !== null) throw new SmiExit(`Option "${wrong}" is not recognized.\n`, SMI_STATUS.invalidArgument)
  const select = given.get('select')
  const kind = kindOf(select)
  if (kind === null) throw new SmiExit(`Failed to parse -s "${select}".\n`, SMI_STATUS.invalidArgument)
  const count = given.get('count')
  const ms = number(given.get('delay') ?? '1') * 1000
  await rounds(screen, kind, { ids: given.get('id'), ms, ...(count === undefined ? {} : { count: number(count) }) })
  return ''
}

/** Prints rounds of a monitor. */
export async function rounds(
  screen: Screen,
  kind: Monitor,
  { ids, ...interval }: { ids: string | undefined; ms: number; count?: number },
): Promise<void> {
  await loop(screen.context, interval, async (round, after) => {
    const view = await look(screen, ids, after)
    return `${round % HEADER_EVERY === 0 ? kind.header : ''}${kind.rows(view.gpus)}`
  })
}

function number(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new SmiExit(`"${text}" is not a number of seconds or rounds.\n`, SMI_STATUS.invalidArgument)
}
