import { NvError } from '../errors/nv-error.ts'
import { shellWords } from '../errors/shell-words.ts'
import { forHost } from './hint.ts'
import { NOUNS } from './nouns.ts'
import type { Interpreter, Understood } from './spec.ts'

type Read = Interpreter['read']

/** Verbs of ls, kubectl, mdevctl and others, for a noun; `get` of one object shows it. */
const VERBS: Readonly<Record<string, string>> = {
  ls: 'list',
  get: 'list',
  describe: 'show',
  info: 'show',
  inspect: 'show',
  status: 'show',
  rm: 'destroy',
  delete: 'destroy',
  remove: 'destroy',
  add: 'create',
  new: 'create',
}

/** Nouns of verbs that stand without one; every other verb is one of vGPUs. */
const HOMES: Readonly<Record<string, string>> = {
  enable: 'vf',
  disable: 'vf',
  reset: 'gpu',
  drain: 'gpu',
  init: 'host',
  reboot: 'host',
  boards: 'host',
  upload: 'types',
}

const PLURALS: Readonly<Record<string, string>> = {
  gpus: 'gpu',
  vfs: 'vf',
  vgpus: 'vgpu',
  type: 'types',
  hosts: 'host',
}

/** Output options of gh, kubectl and others. */
const FORMATS: Readonly<Record<string, string>> = { '--json': 'json', '--yaml': 'yaml', '--csv': 'csv' }

/** The refusal of a command line, with the command that its words mean by the habits of other programs as the hint. */
export async function withHabit(error: unknown, argv: readonly string[], read: Read): Promise<unknown> {
  if (!(error instanceof NvError) || error.code !== 'syntax') return error
  const hint = await habit(argv, read)
  if (hint === null) return error
  const { errno, code, at, message } = error
  return new NvError({ errno, code, at, message, hint, cause: error })
}

/** The help of a noun, with the command that a noun without a verb means. */
export async function helpWithHabit<T extends { readonly text: string }>(
  help: T,
  argv: readonly string[],
  read: Read,
): Promise<T> {
  const hint = await habit(argv, read)
  return hint === null ? help : { ...help, text: `${help.text}\nhint: ${forHost(argv, hint)}\n` }
}

/** The first candidate that is understood. */
async function habit(argv: readonly string[], read: Read): Promise<string | null> {
  const words = withoutStateDir(argv)
  for (const candidate of candidates(words)) {
    if (candidate.every((word, at) => word === argv[at]) && candidate.length === argv.length) continue
    if (await isUnderstood(candidate, read)) return ['nvgpu', shellWords(candidate)].join(' ').trimEnd()
  }
  return null
}

/** Command lines that the words may mean, the likeliest first. */
function* candidates(argv: readonly string[]): Generator<string[]> {
  const words = argv.flatMap((word) => {
    const format = of(FORMATS, word.split('=', 1)[0])
    return format === undefined ? [word] : ['-o', format]
  })
  yield words
  const [first = '', ...rest] = words
  if (first === 'run') yield ofRun(argv)
  if (first.startsWith('-') || rest[0]?.startsWith('-') === true) yield ['smi', ...words]
  const known = of(PLURALS, first) ?? first
  if (first !== '' && Object.hasOwn(NOUNS, known)) yield* ofNoun(known, rest)
  else if (first !== '' && !first.startsWith('-')) yield* ofVerb(first, rest)
}

/** A command to run stands behind --, after the options of ours. */
function ofRun(argv: readonly string[]): string[] {
  const at = argv.findIndex((word, index) => index > 0 && !word.startsWith('-') && argv[index - 1] !== '--net')
  return at < 0 ? [...argv] : argv.toSpliced(at, 0, '--')
}

function* ofNoun(noun: string, words: readonly string[]): Generator<string[]> {
  const [verb = 'list', ...rest] = words
  if (noun === 'vgpu' && hasOptionOfMdevctl(verb, rest)) {
    yield ['mdevctl', verb === 'create' ? 'start' : verb, ...rest]
  }
  yield* spelled(noun, verb, rest)
  if (noun === 'types') yield ['mdevctl', noun, ...words]
  if (verb.startsWith('-')) yield [noun, 'list', ...words]
}

function* ofVerb(verb: string, rest: readonly string[]): Generator<string[]> {
  const [object = '', ...more] = rest
  const noun = of(PLURALS, object) ?? object
  if (object !== '' && Object.hasOwn(NOUNS, noun)) yield* spelled(noun, verb, more)
  if (rest.some((word) => word.startsWith('-'))) yield ['mdevctl', verb, ...rest]
  if (verb === 'status' && rest.length === 0) yield []
  yield* spelled(of(HOMES, verb) ?? 'vgpu', verb, rest)
}

/** A verb in our spelling; without its arguments, its help. */
function* spelled(noun: string, verb: string, rest: readonly string[]): Generator<string[]> {
  const one = rest[0] !== undefined && !rest[0].startsWith('-')
  const known = verb === 'get' && one ? 'show' : (of(VERBS, verb) ?? verb)
  yield [noun, known, ...rest]
  if (rest.length > 0) return
  if (VERBED.has(known)) yield [noun, known, '--help']
  if (known === 'show' && known !== verb) yield [noun, 'list']
}

/** Whether a verb of ours has an option that only mdevctl's verb takes. */
function hasOptionOfMdevctl(verb: string, words: readonly string[]): boolean {
  const own = verb === 'create' || verb === 'define'
  return words.some((word) => word === '-p' || word === '--parent' || (!own && (word === '-u' || word === '--uuid')))
}

/** Verbs whose line needs more than the verb. */
const VERBED = new Set(['create', 'destroy', 'start', 'stop', 'define', 'undefine', 'modify', 'enable', 'drain'])

async function isUnderstood(candidate: readonly string[], read: Read): Promise<boolean> {
  const [noun, ...words] = candidate
  try {
    if (noun === 'mdevctl') return await isMdevctl(words)
    if (noun === 'smi') return await isSmi(words)
    return isCommand(await read(candidate), words)
  } catch {
    return false
  }
}

function isCommand(line: Understood, words: readonly string[]): boolean {
  return 'text' in line ? line.status === 0 : words.length > 1 || !VERBED.has(words[0] ?? '')
}

async function isMdevctl([verb = '', ...words]: readonly string[]): Promise<boolean> {
  const { COMMANDS, readOptions } = await import('./mdevctl/options.ts')
  if (!Object.hasOwn(COMMANDS, verb)) return false
  readOptions(verb, words)
  return true
}

async function isSmi(words: readonly string[]): Promise<boolean> {
  const [{ parseSmi }, { OPTIONS }, vgpu] = await Promise.all([
    import('./smi/options.ts'),
    import('./smi/top-options.ts'),
    import('./smi/vgpu-options.ts'),
  ])
  const isVgpu = words[0] === 'vgpu'
  const { unknown, lacking } = isVgpu ? parseSmi(words.slice(1), vgpu.VGPU_OPTIONS) : parseSmi(words, OPTIONS)
  return unknown === null && lacking === null
}

function of(table: Readonly<Record<string, string>>, word = ''): string | undefined {
  return Object.hasOwn(table, word) ? table[word] : undefined
}

/** The words without --state-dir, which the printed hint adds. */
function withoutStateDir(argv: readonly string[]): string[] {
  return argv.filter(
    (word, at) => word !== '--state-dir' && argv[at - 1] !== '--state-dir' && !word.startsWith('--state-dir='),
  )
}
