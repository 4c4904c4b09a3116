import { parseSmi, type SmiOption } from './options.ts'
import { SMI_STATUS, SmiExit } from './outcome.ts'

/** The options of a subcommand. @throws SmiExit 2 for an unknown one, as nvidia-smi's second parser says it */
export function parsed<K extends string>(
  words: readonly string[],
  table: Readonly<Record<K, SmiOption>>,
): ReadonlyMap<K, string> {
  const { given, unknown, lacking } = parseSmi(words, table)
  const wrong = unknown ?? lacking
  if (wrong !== null) throw new SmiExit(`Option "${wrong}" is not recognized.\n`, SMI_STATUS.invalidArgument)
  return given
}
