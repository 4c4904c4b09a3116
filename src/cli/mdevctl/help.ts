import { COMMANDS } from './options.ts'

/** The release whose options, output and statuses these are. */
export const MDEVCTL_VERSION = '1.2.0'
const ABOUT = 'A mediated device management utility for Linux'

/** The help of mdevctl itself. */
export function mainHelp(): string {
  const commands = { ...COMMANDS, help: { about: 'Print this message or the help of the given subcommand(s)' } }
  const lines = Object.entries(commands)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { about }]) => `    ${name.padEnd(12)}${about}\n`)
  return `mdevctl ${MDEVCTL_VERSION}\n${ABOUT}\n
USAGE:
    mdevctl <SUBCOMMAND>

OPTIONS:
    -h, --help       Print help information
    -V, --version    Print version information

SUBCOMMANDS:
${lines.join('')}`
}

/** The help of one command. */
export function commandHelp(name: string): string {
  const command = COMMANDS[name]
  if (command === undefined) return mainHelp()
  const options = [...command.options, { short: 'h', long: 'help', value: undefined }].map(({ short, long, value }) => {
    const letter = short === undefined ? '    ' : `-${short}, `
    return `    ${letter}--${long}${value === undefined ? '' : ` <${value}>`}\n`
  })
  const required = command.options
    .filter(({ long }) => command.required.includes(long))
    .map(({ long, value }) => ` --${long} <${value}>`)
  return `mdevctl-${name} ${MDEVCTL_VERSION}\n${command.about}\n
USAGE:
    mdevctl ${name} [OPTIONS]${required.join('')}

OPTIONS:
${options.join('')}`
}
