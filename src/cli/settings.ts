import type { RequestSettings } from '../app/context.ts'
import { usageError } from '../app/usage.ts'
import { FORMATS, GLOBALS, optionsOf } from './globals.ts'
import { type CommandLine, type ExtraFormat, kebab, type OptionSpec } from './spec.ts'

export type Format = (typeof FORMATS)[number] | ExtraFormat
type Env = Readonly<Record<string, string | undefined>>

/** Remark of a changing command under --dry-run, on standard error. */
export const DRY_RUN = 'dry run: nothing was changed\n'

/** Resolved common options: a flag overrides its environment variable, which overrides the default. */
export interface Settings extends RequestSettings {
  readonly format: Format
  /** Whether the format is explicit; otherwise a changing verb prints a sentence instead of a table. */
  readonly formatGiven: boolean
  readonly header: boolean
  readonly units: boolean
  readonly noColor: boolean
}

/**
 * Fills in missing options from the environment, then defaults. Returns the verb's own options from the environment as
 * words of a command line, since they are part of the request. Throws NvError `syntax` that names an invalid variable.
 */
export function completeOptions(line: CommandLine, env: Env): string[] {
  const table = optionsOf(line.verb)
  const words: string[] = []
  for (const key in table) {
    const spec = table[key]
    if (spec === undefined || line.options[key] !== undefined) continue
    const text = spec.env === undefined ? undefined : env[spec.env]
    if (text !== undefined && text !== '') {
      const value = fromEnvironment(spec, text)
      line.options[key] = value
      if (value !== false && line.verb.options[key] === spec)
        words.push(`--${kebab(key)}${spec.value === undefined ? '' : `=${text}`}`)
    } else if (spec.value === undefined) line.options[key] = false
    else if (spec.repeat === true) line.options[key] = []
  }
  return words
}

function fromEnvironment(spec: OptionSpec, text: string): unknown {
  if (spec.value === undefined) return !['0', 'false', 'no', 'off'].includes(text.toLowerCase())
  if (spec.choices !== undefined && !spec.choices.includes(text)) {
    throw usageError(`${spec.env} takes ${spec.choices.join(', ')}, not '${text}'`, { hint: `unset ${spec.env}` })
  }
  const value = spec.parse === undefined ? text : spec.parse(text)
  return spec.repeat === true ? [value] : value
}

/** The settings of a completed command line. `given` are the options on the command line. */
export function settle(line: CommandLine, given: Readonly<Record<string, unknown>>, env: Env): Settings {
  if (given.quiet === true && given.output !== undefined && given.output !== 'name') {
    throw usageError(`--quiet means -o name and cannot go with -o ${String(given.output)}`)
  }
  const output = [...FORMATS, ...(line.verb.formats ?? [])].find((format) => format === line.options.output)
  const quiet = given.quiet === true || (line.options.quiet === true && given.output === undefined)
  return {
    stateDir: stateDirectory(line.options.stateDir, env),
    format: quiet ? 'name' : (output ?? 'table'),
    formatGiven: quiet || output !== undefined,
    header: line.options.noHeader !== true,
    units: line.options.noUnits !== true,
    noColor: line.options.noColor === true,
    dryRun: line.options.dryRun === true,
    operationId: typeof line.options.operationId === 'string' ? line.options.operationId : undefined,
  }
}

/** --state-dir, else NVGPU_STATE_DIR, else the XDG state directory; a relative XDG_STATE_HOME counts as none. */
function stateDirectory(given: unknown, env: Env): string {
  if (typeof given === 'string') {
    if (given === '') throw usageError('--state-dir takes a directory, not an empty text')
    if (given.includes('\0')) throw usageError('--state-dir takes a path, and a path has no NUL in it')
    return given
  }
  if (env.XDG_STATE_HOME?.startsWith('/') === true) return `${env.XDG_STATE_HOME}/nvgpu`
  if (env.HOME?.startsWith('/') === true) return `${env.HOME}/.local/state/nvgpu`
  throw usageError('HOME is not set, so there is no place for the state', { hint: 'nvgpu --state-dir DIR' })
}

/** Whether errors are JSON, decided before argv is parsed: by its last -o, else by the environment. */
export function wantsJson(argv: readonly string[], env: Env): boolean {
  let format = env[GLOBALS.output.env]
  for (const [index, word] of argv.entries()) {
    if (word === '--') break
    if (word === '-o' || word === '--output') format = argv[index + 1]
    else if (word.startsWith('--output=')) format = word.slice('--output='.length)
    else if (word.startsWith('-o')) format = word.slice(2)
  }
  return format === 'json'
}
