import type { SmiOption } from './options.ts'
import { SUBCOMMANDS } from './subcommand-table.ts'
import { OPTIONS, SECTIONS, type TopKey } from './top-options.ts'

/** The column in which the meaning of an option begins. */
const COLUMN = 32
const BELOW = ' '.repeat(COLUMN)

export function asksHelp(words: readonly string[]): boolean {
  return words.includes('-h') || words.includes('--help')
}

/** `nvidia-smi -h`: NVIDIA's options and sections, our sentences. */
export function drawHelp(driverVersion: string): string {
  const sections = SECTIONS.flatMap(([title, keys]) => [
    ...(title === '' ? [] : [`  ${title}:\n\n`]),
    ...(title === 'SUMMARY OPTIONS'
      ? [entry('<no arguments>', '', 'A summary of the GPUs and of their processes.')]
      : []),
    ...keys.map((key) => (isKey(key) ? optionEntry(OPTIONS[key]) : `    ${key}\n\n`)),
    '\n',
  ])
  const commands = SUBCOMMANDS.map(
    ({ name, title, summary }) =>
      ` ${title}:\n${entry(name, '', summary)}${BELOW}"nvidia-smi ${name} -h" for more information.\n\n`,
  )
  return [
    `NVIDIA System Management Interface -- v${driverVersion}\n\n`,
    'This program shows and manages the GPUs of a simulated vGPU host. The options are\n',
    "those of NVIDIA's program; an option for a thing that the host lacks answers as it\n",
    'does on such a host.\n\n',
    'nvidia-smi [OPTION1 [ARG1]] [OPTION2 [ARG2]] ...\n\n',
    ...sections,
    ...commands,
    '  OPTIONS OF THIS PROGRAM:\n\n',
    entry('--style=', '', 'Print as this release does: 550 or 580.'),
    entry('--dry-run', '', 'Change nothing.'),
    '\n',
  ].join('')
}

/** The help of a subcommand: `[-i | --id]: ...`. */
export function drawSubcommandHelp(
  {
    name,
    title,
    summary,
    note,
  }: { readonly name: string; readonly title: string; readonly summary: string; readonly note?: string },
  options: Readonly<Record<string, SmiOption>>,
): string {
  const lines = Object.values(options).map(({ names, help }) => {
    const [first = '', second] = names
    const spelled = second === undefined ? (first.startsWith('--') ? `N/A | ${first}` : first) : `${first} | ${second}`
    return `    [${spelled}]: ${help.replaceAll('\n', '\n\t\t\t\t')}\n`
  })
  return [
    `\n    ${name} -- ${title}.\n\n`,
    `    Usage: nvidia-smi ${name} [OPTION1 [ARG1]] [OPTION2 [ARG2]] ...\n\n`,
    `    ${summary}\n\n`,
    ...lines,
    ...(note === undefined ? [] : [`\n    ${note.replaceAll('\n', '\n    ')}\n`]),
    '\n',
  ].join('')
}

function optionEntry({ names, value, help }: SmiOption): string {
  const short = names.find((name) => !name.startsWith('--'))
  const long = names.find((name) => name.startsWith('--'))
  const equals = value === 'required' || value === 'optional' ? '=' : ''
  return entry(
    short === undefined ? '      ' : `${short}${short.length > 4 ? ' ' : ','}`.padEnd(6),
    `${long ?? ''}${long === undefined ? '' : equals}`,
    help,
  )
}

/** Names, then the meaning in its column, below the names where they are too long. */
function entry(short: string, long: string, help: string): string {
  const head = `    ${short}${long}`
  const lead = head.length < COLUMN ? head.padEnd(COLUMN) : `${head}\n${BELOW}`
  return `${lead}${help.replaceAll('\n', `\n${BELOW}`)}\n`
}

function isKey(key: string): key is TopKey {
  return Object.hasOwn(OPTIONS, key)
}
