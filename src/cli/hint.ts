import { shellWords } from '../errors/shell-words.ts'

/**
 * A command of nvgpu inside a sentence, unless it asks for help or names a directory already. Quoted text, and text
 * behind a #, is a name: a word of quoted parts, as shellQuote writes it, is skipped.
 */
const COMMAND = /(?<=\s)(?:'[^']*'|\\'|\$'(?:\\.|[^\\'])*')+|#.*$|(?<=^|[\s:(])nvgpu (?=[a-z])(?![a-z -]*--help)/gm

/** The same for a verb of fleets that names no fleet file. */
const FLEET_VERB =
  /(?<=\s)(?:'[^']*'|\\'|\$'(?:\\.|[^\\'])*')+|#.*$|(?<=^|[\s:(])nvgpu fleet [a-z]+(?!.* --(?:fleet|help))/gm

/**
 * A text for the user of `argv`, with its commands made complete: if --state-dir named the host, or --fleet the fleet
 * file, they name it too, since they would mean another one without it. Settings from the environment apply to them anyway.
 */
export function forHost(argv: readonly string[], text: string): string {
  const file = optionValue('--fleet', argv)
  const dir = optionValue('--state-dir', argv)
  let complete = text
  if (file !== undefined)
    complete = complete.replace(FLEET_VERB, (found) =>
      isCommand(found) ? `${found} --fleet ${shellWords([file])}` : found,
    )
  if (dir !== undefined)
    complete = complete.replace(COMMAND, (found) =>
      isCommand(found) ? `nvgpu --state-dir ${shellWords([dir])} ` : found,
    )
  return complete
}

function isCommand(found: string): boolean {
  return found.startsWith('nvgpu ')
}

/** The last value of an option among words that may not be a valid command line. */
function optionValue(option: string, argv: readonly string[]): string | undefined {
  let value: string | undefined
  for (const [index, word] of argv.entries()) {
    if (word === '--') break
    if (word === option) value = argv[index + 1]
    else if (word.startsWith(`${option}=`)) value = word.slice(option.length + 1)
  }
  return value === '' ? undefined : value
}
