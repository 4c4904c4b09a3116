import { shellQuote } from './shell-quote.ts'

/** The words as a shell would take them back, for the history. */
export function shellWords(argv: readonly string[]): string {
  return argv.map(shellQuote).join(' ')
}
