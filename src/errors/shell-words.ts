import { shellQuote } from './shell-quote.ts'

/** Quotes words for a shell, for the history. */
export function shellWords(argv: readonly string[]): string {
  return argv.map(shellQuote).join(' ')
}
