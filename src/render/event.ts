import type { BootStepView, EventView } from '../contract/views/gsp.ts'
import type { View } from './answer.ts'
import { hexdump } from './hexdump.ts'
import { formatSeconds } from './size.ts'

/** Entries of the event record, in order. */
export const EVENTS: View<EventView> = {
  kind: 'events',
  name: (event) => `${event.gpu}/${event.seq}`,
  sentence: (event) => `${formatSeconds(event.at)} ${event.kind} ${event.text}`,
  columns: [
    { head: 'TIME', text: (event) => formatSeconds(event.at), right: true },
    { head: 'GPU', text: (event) => String(event.gpu), right: true },
    { head: 'SEQ', text: (event) => String(event.seq), right: true, wide: true },
    { head: 'KIND', text: (event) => event.kind },
    { head: 'WHO', text: (event) => event.direction ?? event.level ?? '', mood: (event) => mood(event) },
    { head: 'WHAT', text: (event) => event.text, shrink: 0 },
    { head: 'CLIENT', text: (event) => event.client ?? '-' },
    { head: 'OBJECT', text: (event) => event.object ?? '-', wide: true },
    { head: 'BYTES', text: (event) => (event.kind === 'log' ? '-' : String(event.size)), right: true },
    {
      head: 'STATUS',
      text: (event) => event.status?.name ?? '-',
      mood: (event) => (event.status && event.status.value !== 0 ? 'bad' : undefined),
    },
  ],
  fields: [
    'gpu',
    'seq',
    ['at', 'us'],
    'kind',
    'level',
    'direction',
    'text',
    'client',
    'object',
    ['size', 'B'],
    'status.value',
    'status.name',
    'bytes',
  ],
}

/** Each entry on a line with its payload dumped below. */
export function drawDumps(events: readonly EventView[]): string {
  return events
    .map((event) => {
      const status = event.status ? ` ${event.status.name}` : ''
      const head = `${formatSeconds(event.at)} ${event.direction ?? event.level ?? event.kind} ${event.text} ${event.size} bytes${status}\n`
      return event.bytes === '' ? head : head + hexdump(event.bytes)
    })
    .join('')
}

/** Steps of a GSP boot. */
export const BOOT_STEPS: View<BootStepView> = {
  kind: 'bootSteps',
  name: (step) => `${step.gpu}/${step.step}`,
  columns: [
    { head: 'GPU', text: (step) => String(step.gpu), right: true },
    { head: 'TIME', text: (step) => formatSeconds(step.at), right: true },
    { head: 'STEP', text: (step) => step.step },
    { head: 'RESULT', text: (step) => step.errno ?? 'ok', mood: (step) => (step.errno === null ? 'good' : 'bad') },
    { head: 'NOTE', text: (step) => step.note, shrink: 0 },
  ],
  fields: ['gpu', 'step', ['at', 'us'], 'note', 'errno'],
}

function mood(event: EventView): 'bad' | 'warn' | undefined {
  return event.level === 'err' ? 'bad' : event.level === 'warn' ? 'warn' : undefined
}
