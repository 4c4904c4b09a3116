import type { EventView } from '../../contract/views/gsp.ts'

/** An entry of the trace event format; times in microseconds. */
type TraceEvent = Readonly<Record<string, unknown>>

/** Time between two entries of one virtual moment, microseconds: it keeps their order. */
const STEP = 0.002
/** Track of the kernel log. */
const KERNEL = 'kernel log'

/**
 * Entries of the event record in the trace event format that Perfetto and chrome://tracing open: a process for each GPU, a
 * track for each actor. A message is a slice on both tracks with a flow arrow between them, a log line an instant.
 */
export function perfettoTrace(events: readonly EventView[]): string {
  const tracks = new Map<string, number>()
  const named: TraceEvent[] = []
  const trackOf = (gpu: number, actor: string): { pid: number; tid: number } => {
    const key = `${gpu}/${actor}`
    const known = tracks.get(key)
    if (known !== undefined) return { pid: gpu, tid: known }
    const tid = tracks.size + 1
    tracks.set(key, tid)
    if (!named.some(({ name, pid }) => name === 'process_name' && pid === gpu))
      named.push({ name: 'process_name', ph: 'M', pid: gpu, args: { name: `GPU ${gpu}` } })
    named.push({ name: 'thread_name', ph: 'M', pid: gpu, tid, args: { name: actor } })
    return { pid: gpu, tid }
  }
  const entries = inOrder(events).flatMap(({ event, ts }, id) => entriesOf(event, ts, id, trackOf))
  const lines = [...named, ...entries].map((entry) => JSON.stringify(entry))
  return `{"displayTimeUnit":"ns","traceEvents":[\n${lines.join(',\n')}\n]}\n`
}

function entriesOf(
  event: EventView,
  ts: number,
  id: number,
  trackOf: (gpu: number, actor: string) => { pid: number; tid: number },
): TraceEvent[] {
  const common = { name: event.text, cat: event.kind }
  const [from, to] = event.direction?.split('>') ?? []
  if (from === undefined || to === undefined)
    return [{ ...common, ph: 'i', s: 't', ts, ...trackOf(event.gpu, KERNEL), args: { level: event.level } }]
  const { client, object, size, status, bytes } = event
  const args = { client, object, size, status: status?.name ?? null, ...(bytes === '' ? {} : { bytes }) }
  const [sender, receiver] = [trackOf(event.gpu, from), trackOf(event.gpu, to)]
  const [sent, received, dur] = [ts, round(ts + STEP / 2), STEP / 2]
  return [
    { ...common, ph: 'X', ts: sent, dur, ...sender, args },
    { ...common, ph: 's', id, ts: sent, ...sender },
    { ...common, ph: 'X', ts: received, dur, ...receiver, args },
    { ...common, ph: 'f', bp: 'e', id, ts: received, ...receiver },
  ]
}

function inOrder(events: readonly EventView[]): { event: EventView; ts: number }[] {
  let ts = 0
  return events.map((event, index) => {
    ts = index > 0 && event.at <= ts ? round(ts + STEP) : event.at
    return { event, ts }
  })
}

/** To nanoseconds. */
function round(us: number): number {
  return Math.round(us * 1000) / 1000
}
