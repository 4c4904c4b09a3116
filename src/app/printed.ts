import { escapeControls } from '../errors/printable.ts'
import type { Text } from '../errors/text.ts'

/**
 * The one function that everything for people goes through on its way out, and everything at all that goes to a terminal.
 * It stands in the writer, for what is drawn passes many hands and what is written only this one.
 */
export function printed(text: Text): string {
  if (typeof text === 'string') return escapeControls(text)
  return Array.from(text, (piece) => (typeof piece === 'string' ? escapeControls(piece) : String(piece))).join('')
}

/** Data as a terminal shows it: there it is read by people, whoever it was meant for. */
export function shown(data: string | Uint8Array): string {
  return printed(typeof data === 'string' ? data : new TextDecoder().decode(data))
}
