import { escapeControls } from '../errors/printable.ts'
import type { Text } from '../errors/text.ts'

/**
 * Escapes everything that is printed for people or on a terminal. The writer calls it, since all output passes there.
 */
export function printed(text: Text): string {
  if (typeof text === 'string') return escapeControls(text)
  return Array.from(text, (piece) => (typeof piece === 'string' ? escapeControls(piece) : String(piece))).join('')
}

/** Data as a terminal shows it: people read it there. */
export function shown(data: string | Uint8Array): string {
  return printed(typeof data === 'string' ? data : new TextDecoder().decode(data))
}
