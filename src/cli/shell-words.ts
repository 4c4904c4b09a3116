/** The words as a shell would take them back, for the history. */
export function shellWords(argv: readonly string[]): string {
  return argv.map((word) => (/^[\w.,:/=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ')
}
