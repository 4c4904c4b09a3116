import type { Io } from '../app/io.ts'
import type { Answer } from '../render/answer.ts'
import type { Context } from './context.ts'

/** Kinds of values that completion can list; the shell itself lists `file` and `dir`. */
export type Complete = 'gpu' | 'vf' | 'type' | 'vgpu' | 'board' | 'host-board' | 'file' | 'dir'

/** An option. Its key in the table is camelCase; the long spelling is that in kebab-case. */
export interface OptionSpec {
  readonly summary: string
  readonly short?: string
  /** Placeholder of the value; an option without one is a flag. */
  readonly value?: string
  readonly choices?: readonly string[]
  /** Text to value; throws a NvError with code `syntax` or `invalid-argument`. */
  readonly parse?: (text: string) => unknown
  /** Environment variable that replaces a missing option. */
  readonly env?: string
  readonly repeat?: true
  readonly required?: true
  readonly complete?: Complete
}

/** A positional argument; arguments are taken in the order of their table. */
export interface ArgumentSpec {
  readonly summary: string
  readonly optional?: true
  /** Takes all remaining words; only the last argument may. */
  readonly repeat?: true
  readonly choices?: readonly string[]
  readonly parse?: (text: string) => unknown
  readonly complete?: Complete
}

export type Options = Readonly<Record<string, OptionSpec>>
export type Arguments = Readonly<Record<string, ArgumentSpec>>

type Value<S> = S extends { parse: (text: string) => infer T }
  ? T
  : S extends { choices: readonly (infer C)[] }
    ? C
    : string
type OptionValue<S> = S extends { value: string }
  ? S extends { repeat: true }
    ? Value<S>[]
    : S extends { required: true }
      ? Value<S>
      : Value<S> | undefined
  : boolean
type ArgumentValue<S> = S extends { repeat: true }
  ? Value<S>[]
  : S extends { optional: true }
    ? Value<S> | undefined
    : Value<S>

/** Input of `run`: a value for every option and argument of the declaration. */
export interface Input<O, A> {
  readonly options: { readonly [K in keyof O]: OptionValue<O[K]> }
  readonly args: { readonly [K in keyof A]: ArgumentValue<A[K]> }
}

export type ExtraFormat = 'html'

interface Declaration<O, A> {
  /** Empty where the noun is the whole command, as in `nvgpu explain CODE`. */
  readonly name: string
  readonly summary: string
  /** Example command lines without the leading `nvgpu`, the most common first. */
  readonly examples: readonly string[]
  readonly options: O
  readonly args: A
  /** Formats of -o beyond the common ones; its answer is then the text itself. */
  readonly formats?: readonly ExtraFormat[]
  /** Whether it writes state; such a verb also takes --dry-run. */
  readonly changes: boolean
  /** The verb itself resumes after a kill, so it takes no --operation-id. */
  readonly resumes?: true
  /** Left out of help, completions and man page. */
  readonly hidden?: true
  /**
   * Parses the words after its noun itself, options included: it has one argument with all words, and no options. Only
   * for a noun that is the whole command.
   */
  readonly raw?: true
  /** -h is one of its own words; `nvgpu help NOUN` explains the noun. */
  readonly ownHelp?: true
  run(context: Context, input: Input<O, A>, interpreter: Interpreter): Promise<Answer>
}

/** A declared verb without the compile-time types of its values. */
export interface VerbSpec extends Omit<Declaration<Options, Arguments>, 'run'> {
  run(
    context: Context,
    input: { readonly options: Readonly<Record<string, unknown>>; readonly args: Readonly<Record<string, unknown>> },
    interpreter: Interpreter,
  ): Promise<Answer>
}

/** A parsed command line: the verb, and a raw value for each given option and argument. */
export interface CommandLine {
  readonly noun: string
  readonly verb: VerbSpec
  readonly options: Record<string, unknown>
  readonly args: Record<string, unknown>
}

/** Result of a parser: a command to run, or a text to print with its exit status. */
export type Understood = CommandLine | { readonly text: string; readonly status: 0 | 2 }

/** The program as an argument, for verbs whose input is command lines. */
export interface Interpreter {
  /** Parses a command line. Throws NvError with code `syntax`, or an error of an option's own parser. */
  read(argv: readonly string[]): Promise<Understood>
  /** Runs a command line and returns its exit status; it never throws. */
  run(argv: readonly string[], io: Io): Promise<number>
  /** Loads the declarations of a noun; undefined for an unknown name. */
  loadNoun(name: string): Promise<NounSpec | undefined>
  /** Loads the whole command tree. */
  loadNouns(): Promise<NounSpec[]>
}

export interface NounSpec {
  readonly name: string
  readonly verbs: readonly VerbSpec[]
  /** Declares one verb without the others, if the noun supports that. */
  find?(verb: string): VerbSpec | undefined
}

/** A noun of many verbs, each declared on demand, since a command runs only one. The keys are their names. */
export function nounOf(name: string, verbs: Readonly<Record<string, () => VerbSpec>>): NounSpec {
  const declared = new Map<string, VerbSpec | undefined>()
  const find = (key: string): VerbSpec | undefined => {
    if (!declared.has(key)) declared.set(key, Object.hasOwn(verbs, key) ? verbs[key]?.() : undefined)
    return declared.get(key)
  }
  return {
    name,
    find,
    get verbs() {
      return Object.keys(verbs).flatMap((key) => find(key) ?? [])
    },
  }
}

/** The verb of a noun with this name. */
export function verbOf(noun: NounSpec, name: string): VerbSpec | undefined {
  return noun.find === undefined ? noun.verbs.find((verb) => verb.name === name) : noun.find(name)
}

/** Declares a verb; the types of its values follow from the declaration. */
export function verb<const O extends Options, const A extends Arguments>(declaration: Declaration<O, A>): VerbSpec {
  // `run` is a method, so a narrower input is accepted; both parsers fill in exactly what O and A declare.
  return declaration as VerbSpec
}

/** `ifExists` to `if-exists`. */
export function kebab(key: string): string {
  const known = spellings.get(key) ?? spelled(key)
  spellings.set(key, known)
  return known
}

function spelled(key: string): string {
  let text = ''
  for (const letter of key) text += letter >= 'A' && letter <= 'Z' ? `-${letter.toLowerCase()}` : letter
  return text
}

const spellings = new Map<string, string>()
