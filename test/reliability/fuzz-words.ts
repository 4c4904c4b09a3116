import fc from 'fast-check'
import { optionsOf } from '../../src/cli/globals.ts'
import type { ArgumentSpec, NounSpec, OptionSpec, VerbSpec } from '../../src/cli/spec.ts'
import { kebab } from '../../src/cli/spec.ts'
import { fieldLists, smiLines } from './fuzz-smi.ts'

/** Names under which a case has files to read; anything else does not exist. */
export const INPUTS = ['in.json', 'in.bin', 'in.xml', 'in.yaml', 'in.vgpu', 'in.txt'] as const

/** Words that mean something on one of the hosts, whatever they are given to. */
const MEANINGFUL = [
  '0',
  '1',
  '2',
  '3',
  '4',
  '16',
  '32',
  '33',
  '512',
  '874',
  'nvidia-874',
  'L40-4Q',
  'l40-1b',
  'NVIDIA L40-48Q',
  'L4-2Q',
  '0000:c1:00.0',
  'c1:00.4',
  '0000:c1:00.5',
  '00000000:C1:00.0',
  '0/1',
  '1/3',
  'desk7',
  'desk8',
  'web',
  '11111111-2222-4333-8444-555555555555',
  '1111',
  '66666666-7777-4888-8999-aaaaaaaaaaaa',
  'on',
  'off',
  'all',
  '-',
  '5s',
  '250ms',
  '1h30m',
  '0x10',
  '0100',
  'deadbeef',
  'GSP_VF_INFO',
  'ops.allocFbmem',
  'rpc.2',
  'ENOSPC',
  'NV_ERR_TIMEOUT',
  'config',
  'bar0',
  'sriov_numvfs',
  'c1:00.0/sriov_numvfs',
  'c1:00.4/nvidia/current_vgpu_type',
  '570.158.01',
  '10Gbit/s',
  'vgpus',
  'gpus',
  'state=running',
  'name',
  'uuid',
  'json',
  'there',
  ...INPUTS,
]

/** Words that nobody means: limits, escapes, climbing paths, names of prototypes, what looks like something else. */
const ODD = [
  '',
  ' ',
  '.',
  '..',
  '--',
  '-x',
  '-1',
  '-0',
  '1e9',
  '1e400',
  'NaN',
  'Infinity',
  '9007199254740991',
  '9007199254740993',
  '18446744073709551616',
  '0x',
  '0xffffffffffffffffff',
  '00',
  '+1',
  '1.5',
  '١',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '../x',
  '../../../x',
  'a/../../b',
  './/x',
  'x/',
  '\0',
  'a\0b',
  '\n',
  '\r\n',
  '\t',
  '\u001b[31m',
  '\u001b]0;t\u0007',
  '\u202e',
  '\u200b',
  '\u2028',
  '\ufeff',
  '\ud800',
  '\udfff',
  'é',
  'e\u0301',
  '💥',
  '$(id)',
  '`id`',
  ';id',
  '|id',
  '%s%n',
  "'",
  '"',
  '\\',
  '{}',
  '[]',
  'null',
  'true',
  '*',
  '?',
  '~',
  '=',
  'a=b',
  '--gpu=1',
  '@',
  '#',
  'x'.repeat(300),
]

/** A word of any kind, mostly one with a meaning. */
const anyWord: fc.Arbitrary<string> = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...MEANINGFUL) },
  { weight: 4, arbitrary: fc.constantFrom(...ODD) },
  { weight: 1, arbitrary: fc.nat().map(String) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 70 }) },
)

/** State directories of a case: its own, others, and what is none. They stay below the case's folder. */
const directories = fc.constantFrom(
  'state',
  'there',
  'there/deeper',
  'file',
  'link',
  'open',
  'a/../state',
  './state/',
  '',
)

function valuesOf(key: string, spec: ArgumentSpec & { readonly value?: string }): fc.Arbitrary<string> {
  if (spec.value === 'FIELDS') return fieldLists
  if (key === 'stateDir' || key === 'to' || key === 'dir') return directories
  if (spec.choices === undefined) return anyWord
  return fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...spec.choices) }, { weight: 1, arbitrary: anyWord })
}

function optionWords(key: string, spec: OptionSpec): fc.Arbitrary<string[]> {
  const names = [`--${kebab(key)}`, ...(spec.short === undefined ? [] : [`-${spec.short}`])]
  return fc.tuple(fc.constantFrom(...names), valuesOf(key, spec), fc.boolean()).map(([name, value, joined]) => {
    if (spec.value === undefined) return [name]
    return joined && name.startsWith('--') ? [`${name}=${value}`] : [name, value]
  })
}

function argumentWords(key: string, spec: ArgumentSpec): fc.Arbitrary<string[]> {
  const one = valuesOf(key, spec).map((word) => [word])
  if (spec.repeat === true) return fc.array(valuesOf(key, spec), { minLength: spec.optional ? 0 : 1, maxLength: 3 })
  return spec.optional === true ? fc.oneof(fc.constant<string[]>([]), one) : one
}

/** Command lines of one verb: what it needs, and any of what it takes. */
function verbWords(noun: NounSpec, verb: VerbSpec): fc.Arbitrary<string[]> {
  const table = Object.entries(optionsOf(verb))
  const needed = table.filter(([, spec]) => spec.required === true).map(([key, spec]) => optionWords(key, spec))
  const any = table.map(([key, spec]) => optionWords(key, spec))
  const args = Object.entries(verb.args).map(([key, spec]) => argumentWords(key, spec))
  return fc
    .tuple(fc.tuple(...args), fc.tuple(...needed), fc.array(fc.oneof(...any), { maxLength: 4 }), fc.boolean())
    .map(([words, must, may, optionsFirst]) => {
      const options = [...must, ...may].flat()
      const names = [noun.name, verb.name].filter((name) => name !== '')
      return optionsFirst ? [...names, ...options, ...words.flat()] : [...names, ...words.flat(), ...options]
    })
}

/** Command lines of the whole tree, one in eight with words lost, doubled or put in. */
export function commandLines(nouns: readonly NounSpec[]): fc.Arbitrary<string[]> {
  const verbs = nouns.flatMap((noun) => noun.verbs.map((verb) => verbWords(noun, verb)))
  const named = fc.oneof(...verbs)
  const whole = fc.oneof(
    { weight: 20, arbitrary: named },
    { weight: 2, arbitrary: smiLines(anyWord) },
    { weight: 1, arbitrary: watched(named) },
  )
  const fault = fc.tuple(fc.nat(8), fc.constantFrom('lose', 'double', 'insert'), anyWord)
  const faulty = fc.tuple(whole, fc.array(fault, { minLength: 1, maxLength: 3 })).map(([line, faults]) => {
    const words = [...line]
    for (const [at, kind, word] of faults) {
      if (kind === 'lose') words.splice(at, 1)
      else words.splice(at, 0, kind === 'double' ? (words[at] ?? word) : word)
    }
    return words
  })
  return fc.oneof({ weight: 7, arbitrary: whole }, { weight: 1, arbitrary: faulty })
}

/** A command line again and again. */
function watched(line: fc.Arbitrary<string[]>): fc.Arbitrary<string[]> {
  const how = fc.constantFrom([], ['-n', '0.1'], ['--count', '2'], ['-n', '0'], ['--count=x'])
  return fc.tuple(how, line).map(([options, words]) => ['watch', ...options, ...words])
}

/** What a batch reads: command lines, quoted as for a shell more or less, with comments and what is none of these. */
export function batchFiles(nouns: readonly NounSpec[]): fc.Arbitrary<string> {
  const quoted = fc
    .tuple(commandLines(nouns), fc.constantFrom("'", '"', ''))
    .map(([words, quote]) => words.map((word) => (/^[\w.:/=-]+$/.test(word) ? word : quote + word + quote)).join(' '))
  const odd = fc.constantFrom(
    '',
    '# comment',
    "'",
    '"\\',
    '\\',
    'batch -f in.txt',
    'vgpu list | wc',
    '\0',
    '$(id)',
    ' ',
  )
  const usual = fc.constantFrom(
    'vf enable 4',
    'vgpu create -t L40-4Q',
    'vgpu destroy --all',
    'vgpu list -q',
    'host advance 1s',
  )
  return fc.array(fc.oneof(quoted, usual, odd), { maxLength: 12 }).map((lines) => lines.join('\n'))
}
