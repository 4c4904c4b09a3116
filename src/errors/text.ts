/**
 * A control sequence of our own. What is printed for people is escaped but for these, and no string ever becomes one:
 * a text of the state has no way to a terminal's controls.
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

/** What is printed for people: strings, in which nothing steers a terminal once they are printed, and controls between. */
export type Text = string | Iterable<string | Control>

/** The pieces of a text. */
export function piecesOf(text: Text): Iterable<string | Control> {
  return typeof text === 'string' ? [text] : text
}
