import type { EventView } from '../../contract/views/gsp.ts'

const KERNEL = 'kernel'

/**
 * Entries of the event record as a Mermaid sequence diagram: a participant for each actor, an arrow for each message, a
 * dashed one for an answer, and a note for each log line.
 */
export function mermaidDiagram(events: readonly EventView[]): string {
  const several = new Set(events.map(({ gpu }) => gpu)).size > 1
  const ids = new Map<string, string>()
  const idOf = (gpu: number, actor: string): string => {
    const name = several ? `GPU ${gpu} ${actor}` : actor
    const id = ids.get(name) ?? `P${ids.size + 1}`
    ids.set(name, id)
    return id
  }
  const lines = events.map((event) => lineOf(event, (actor) => idOf(event.gpu, actor)))
  const participants = [...ids].map(([name, id]) => `  participant ${id} as ${escaped(name)}`)
  return `${['sequenceDiagram', ...participants, ...lines.map((line) => `  ${line}`)].join('\n')}\n`
}

function lineOf(event: EventView, idOf: (actor: string) => string): string {
  const [from, to] = event.direction?.split('>') ?? []
  if (from === undefined || to === undefined) return `Note over ${idOf(KERNEL)}: ${escaped(event.text)}`
  const arrow = event.status === null ? '->>' : '-->>'
  const result = event.status === null ? `${event.size} bytes` : event.status.name
  return `${idOf(from)}${arrow}${idOf(to)}: ${escaped(`${event.text}, ${result}`)}`
}

/** Mermaid reads `#` as the start of an entity, `;` as the end of a line, `wrap:` and `%%{` as settings. */
function escaped(text: string): string {
  return text.replace(/[#;:%<>"\p{Cc}]/gu, (sign) => `#${sign.codePointAt(0)};`)
}
