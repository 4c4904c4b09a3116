/**
 * A terminal control of our own. All other text for people is escaped; a string never becomes a control, so text of the
 * state cannot control the terminal.
 */
export class Control {
  readonly #sequence: string

  constructor(sequence: string) {
    this.#sequence = sequence
  }

  toString(): string {
    return this.#sequence
  }
}

/** Text for people: strings, whose controls are escaped, and controls between them. */
export type Text = string | Iterable<string | Control>

/** The pieces of a text. */
export function piecesOf(text: Text): Iterable<string | Control> {
  return typeof text === 'string' ? [text] : text
}
