import { deviceMonitor } from '../../render/smi/device-monitor.ts'
import { type Monitor, PROCESSES } from '../../render/smi/monitor.ts'
import { dated } from '../../render/smi/stamps.ts'
import { loop } from './loop.ts'
import { SMI_STATUS, SmiExit } from './outcome.ts'
import { look, type Screen } from './screens.ts'
import type { MONITOR } from './subcommand-table.ts'

/** Rounds after which the header is printed again. */
const HEADER_EVERY = 20

/** `nvidia-smi dmon` and `pmon`: a round every second or every -d seconds, -c times or until interrupted. */
export async function monitorCommand(
  screen: Screen,
  name: 'dmon' | 'pmon',
  given: ReadonlyMap<keyof typeof MONITOR, string>,
): Promise<string> {
  const select = given.get('select')
  const kind = name === 'dmon' ? deviceMonitor(select ?? 'puc') : /^[um]+$/.test(select ?? 'u') ? PROCESSES : null
  if (kind === null) throw new SmiExit(`Failed to parse -s "${select}".\n`, SMI_STATUS.invalidArgument)
  const stamps = given.get('options') ?? ''
  if (!/^(D?T?|TD)$/.test(stamps)) throw new SmiExit(`Failed to parse -o "${stamps}".\n`, SMI_STATUS.invalidArgument)
  const count = given.get('count')
  const ms = number(given.get('delay') ?? '1') * 1000
  const interval = { ids: given.get('id'), ms, ...(count === undefined ? {} : { count: number(count) }) }
  const stamped = stamps === '' ? kind : dated(kind, stamps, () => screen.context.io.now())
  await rounds(screen, stamped, interval, given.get('file'))
  return ''
}

/** Prints rounds of a monitor. */
export async function rounds(
  screen: Screen,
  kind: Monitor,
  { ids, ...interval }: { ids: string | undefined; ms: number; count?: number },
  file?: string,
): Promise<void> {
  const draw = async (round: number, after: number) => {
    const view = await look(screen, ids, after)
    return `${round % HEADER_EVERY === 0 ? kind.header : ''}${kind.rows(view.gpus)}`
  }
  await loop(screen.context, interval, draw, { file })
}

function number(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new SmiExit(`"${text}" is not a number of seconds or rounds.\n`, SMI_STATUS.invalidArgument)
}
