import { readHost } from '../../app/transaction.ts'
import { profileOf } from '../../catalog/profiles.ts'
import type { Answer } from '../../render/answer.ts'
import type { Context } from '../context.ts'
import { commandHelp, MDEVCTL_VERSION, mainHelp } from './help.ts'
import { COMMANDS, type Given, readOptions } from './options.ts'
import { MdevctlExit } from './outcome.ts'

type Run = (context: Context, given: Given) => Promise<string>

const RUNS: Readonly<Record<string, () => Promise<Run>>> = {
  define: async () => (await import('./define.ts')).define,
  list: async () => {
    const { listDevices } = await import('./listing.ts')
    return (context, given) => readHost(context, (state) => listDevices(state, given))
  },
  modify: async () => (await import('./define.ts')).modify,
  start: async () => (await import('./start.ts')).start,
  stop: async () => (await import('./start.ts')).stop,
  types: async () => {
    const { listTypes } = await import('./listing.ts')
    return (context, given) => readHost(context, (state) => listTypes(state, given))
  },
  undefine: async () => (await import('./define.ts')).undefine,
}

/** Runs a command line of mdevctl. Errors go to standard error with mdevctl's status: 1, or 2 for the command line. */
export async function mdevctl(context: Context, words: readonly string[]): Promise<Answer> {
  try {
    return { raw: await answer(context, words) }
  } catch (error) {
    if (!(error instanceof MdevctlExit)) throw error
    context.io.stderr.write(error.message)
    if (error.status === 1) await remark(context)
    return { raw: '', status: error.status }
  }
}

async function answer(context: Context, [name, ...words]: readonly string[]): Promise<string> {
  if (name === undefined) throw new MdevctlExit(mainHelp(), 2)
  if (name === '-V' || name === '--version') return `mdevctl ${MDEVCTL_VERSION}\n`
  if (name === '-h' || name === '--help') return mainHelp()
  if (name === 'help') return words[0] === undefined ? mainHelp() : commandHelp(words[0])
  const load = Object.hasOwn(COMMANDS, name) ? RUNS[name] : undefined
  if (load === undefined) throw unexpected(name)
  if (words.includes('--help') || words.includes('-h')) return commandHelp(name)
  if (words.includes('--version') || words.includes('-V')) return `mdevctl-${name} ${MDEVCTL_VERSION}\n`
  const given = new Map(readOptions(name, words))
  const uuid = given.get('uuid')
  if (uuid !== undefined) given.set('uuid', canonical(uuid))
  return (await load())(context, given)
}

/** A UUID in lower case with dashes, from either form that the uuid crate takes. @throws MdevctlExit */
function canonical(text: string): string {
  const digits = text
    .toLowerCase()
    .replace(/^urn:uuid:/, '')
    .replaceAll('-', '')
  if (/^[0-9a-f]{32}$/.test(digits)) return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  throw new MdevctlExit(
    `error: Invalid value ${JSON.stringify(text)} for '--uuid <UUID>': it is no UUID\n\nFor more information try --help\n`,
    2,
  )
}

function unexpected(word: string): MdevctlExit {
  const what = `Found argument '${word}' which wasn't expected, or isn't valid in this context`
  return new MdevctlExit(`error: ${what}\n\nUSAGE:\n    mdevctl <SUBCOMMAND>\n\nFor more information try --help\n`, 2)
}

/** A host without mediated devices refuses every start: a second line says which host has them. */
async function remark(context: Context): Promise<void> {
  const { mdev, face } = await readHost(context, (state) => profileOf(state))
  if (!mdev)
    context.io.stderr.write(`hint: this host has the ${face} face: nvgpu host init --profile vgpu17 --face mdev\n`)
}
