import { GLOBALS, optionsOf } from '../globals.ts'
import { NOUNS, summaryOf } from '../nouns.ts'
import type { ArgumentSpec, Complete, NounSpec, Options } from '../spec.ts'
import { kebab } from '../spec.ts'

/** A place on the command line with completions: the root, a noun, or a verb. */
export interface Node {
  /** `vgpu create`; empty for the root. */
  readonly path: string
  readonly summary: string
  /** Nouns of the root, verbs of a noun. */
  readonly words: readonly { readonly word: string; readonly summary: string }[]
  readonly options: readonly Flag[]
  readonly args: readonly Values[]
}

export interface Flag {
  /** `--type`, `-t` */
  readonly spellings: readonly string[]
  readonly summary: string
  /** Placeholder of the value; undefined for a flag. */
  readonly value: string | undefined
  readonly values: Values
  readonly repeat: boolean
}

/** Completions of a value: known words, or a kind that is queried on demand. */
export interface Values {
  readonly choices: readonly string[]
  readonly kind: Complete | undefined
  readonly repeat: boolean
  readonly summary: string
}

const HELP: Flag = {
  spellings: ['-h', '--help'],
  summary: 'print help',
  value: undefined,
  values: { choices: [], kind: undefined, repeat: false, summary: '' },
  repeat: false,
}

/** Every place, the root first. Hidden commands have none. */
export function nodesOf(nouns: readonly NounSpec[]): Node[] {
  const shown = nouns.filter((noun) => noun.name !== '' && NOUNS[noun.name]?.hidden !== true)
  const version: Flag = { ...HELP, spellings: ['--version'], summary: 'print the version' }
  const root: Node = {
    path: '',
    summary: 'nvgpu',
    words: shown.map((noun) => ({ word: noun.name, summary: summaryOf(noun) })),
    options: [...flagsOf(GLOBALS), version, HELP],
    args: [],
  }
  return [root, ...shown.flatMap(nounNodes)]
}

function nounNodes(noun: NounSpec): Node[] {
  const verbs = noun.verbs.filter((verb) => verb.hidden !== true)
  const nodes = verbs.map((verb) => ({
    path: verb.name === '' ? noun.name : `${noun.name} ${verb.name}`,
    summary: verb.summary,
    words: [],
    options: [...flagsOf(optionsOf(verb)), HELP],
    args: Object.values(verb.args).map(valuesOf),
  }))
  if (verbs.some((verb) => verb.name === '')) return nodes
  const words = verbs.map((verb) => ({ word: verb.name, summary: verb.summary }))
  return [
    { path: noun.name, summary: summaryOf(noun), words, options: [...flagsOf(GLOBALS), HELP], args: [] },
    ...nodes,
  ]
}

function flagsOf(table: Options): Flag[] {
  return Object.entries(table).map(([key, spec]) => ({
    spellings: [...(spec.short === undefined ? [] : [`-${spec.short}`]), `--${kebab(key)}`],
    summary: spec.summary,
    value: spec.value,
    values: valuesOf(spec),
    repeat: spec.repeat === true,
  }))
}

function valuesOf(spec: Pick<ArgumentSpec, 'choices' | 'complete' | 'repeat' | 'summary'>): Values {
  return {
    choices: spec.choices ?? [],
    kind: spec.complete,
    repeat: spec.repeat === true,
    summary: spec.summary,
  }
}
