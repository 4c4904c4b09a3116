import fc from 'fast-check'
import { boardNames } from '../../src/catalog/boards.ts'

/** A piece of YAML that is written as it stands. */
class Raw {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

const A = '11111111-2222-4333-8444-555555555555'
const TYPES = ['L40-4Q', 'L40-8Q', 'l40-1b', 'nvidia-874', 'L40-48Q', 'L4-2Q', 'L40-5Q', '']

/** What YAML has for other purposes: anchors, aliases, tags, merges, and scalars that are not what they look like. */
const TRICKS = [
  '&a [x]',
  '*a',
  '*missing',
  '!!str 4',
  '!!int "4"',
  '!!binary aGk=',
  '!!js/function "x"',
  '!!set {a, b}',
  '!x {a: 1}',
  '&b {<<: *b}',
  '<<',
  '0x10',
  '0o17',
  '1_000',
  '.inf',
  '-.nan',
  'yes',
  '~',
  '2026-11-22',
  '"\\u0000"',
  '"\\ud800"',
  '__proto__',
  '[[[[[[[[1]]]]]]]]',
  '1e999',
  '99999999999999999999',
  '|x',
].map((text) => new Raw(text))

const some = (...values: readonly unknown[]): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 24, arbitrary: fc.constantFrom(...values) },
    { weight: 1, arbitrary: fc.constantFrom<unknown>(...TRICKS, null, true, -1, 1.5, '', [], {}) },
  )
const record = (members: Record<string, fc.Arbitrary<unknown>>, required: readonly string[] = []) =>
  fc
    .tuple(
      fc.record(members, { requiredKeys: [...required] }),
      fc.option(fc.constantFrom('__proto__', 'constructor', 'extra', '<<'), { freq: 24 }),
    )
    .map(([entries, foreign]) =>
      foreign === null ? Object.entries(entries) : [...Object.entries(entries), [foreign, 1]],
    )
    .map((entries) => new Map<string, unknown>(entries.map(([key, value]) => [String(key), value])))
const list = (item: fc.Arbitrary<unknown>, maxLength = 3) =>
  fc.oneof({ weight: 19, arbitrary: fc.array(item, { maxLength }) }, { weight: 1, arbitrary: some({}) })

const identity = {
  uuid: some(A, A, 'GPU-x', '1111'),
  name: some('desk7', 'desk8', 'x'.repeat(300)),
  type: some(...TYPES, TYPES),
  gpu: some(0, 1, 'all', '0000:c1:00.0', 9),
  vf: some('0/1', 'c1:00.4', '0000:c1:00.5', 3),
  placement: some(0, 12, 24, 47),
  attrs: list(some({ 'nvidia/vgpu_params': 'disable_vnc=1' }, { x: 'y' }, { a: '1', b: '2' })),
}
const guest = {
  vm: some('web'),
  guestOs: some('linux', 'windows', 'esx'),
  policy: some('closes', 'ignores', 'x'),
  tcc: some(true, false),
}
const vgpu = record(
  { ...identity, ...guest, state: some('running', 'configured', 'paused', 'gone'), count: some(1, 2, 40, 0) },
  ['type'],
)
const gpu = record(
  {
    gpu: identity.gpu,
    vfs: some(0, 2, 4, 32, 33),
    autoprobe: some(true, false),
    ecc: some(true, false),
    eccAfterReset: some(true, false),
    mode: some('homogeneous', 'heterogeneous'),
    scheduler: record({
      policy: some('best-effort', 'equal-share', 'fixed-share'),
      arr: some(true, false),
      frequency: some(60, 480, 0, 1e6),
      averaging: some(1, 33),
      timeSlice: some(2, 10, 0),
    }),
    persist: some(true, false),
    vgpus: list(vgpu),
  },
  ['gpu'],
)
const host = record({
  schema: some(1, 1, 2),
  kind: some('declaration'),
  host: record({
    profile: some('v2', 'rfc-v1', 'vgpu17', 'v9'),
    boards: list(record({ board: some(...boardNames(), 'L41'), count: some(1, 2, 0, 2000) })),
    vgpuSupport: some(true, false),
    registryDwords: some('A=1', 7),
  }),
  types: list(
    some(new Map([['file', 'in.bin']]), new Map([['file', '../x']]), new Map([['record', '0:01']]), { id: 1 }),
  ),
  gpus: list(gpu),
  vgpus: list(vgpu),
  definitions: list(record({ ...identity, start: some('auto', 'manual') }, ['type'])),
})
const configs = record({
  version: some('v1'),
  'vgpu-configs': record({
    nvgpu: list(
      record({
        devices: some('all', [0], [0, 1], [9]),
        'device-filter': some('0x26B510DE', ['0x26B510DE'], 'x'),
        'vgpu-devices': some(new Map([['L40-4Q', 2]]), new Map([['L40-8Q', 0]]), new Map([['x', 'y']]), null),
      }),
    ),
  }),
})

/** Documents for apply, diff and assert: mostly well-formed, in flow or block style, sometimes several in one. */
export const documents: fc.Arbitrary<string> = fc
  .tuple(fc.oneof({ weight: 5, arbitrary: host }, { weight: 1, arbitrary: configs }), fc.nat(9), fc.nat(9))
  .map(([document, style, more]) => {
    const text = style < 5 ? flow(document) : block(document, '')
    return more === 0 ? `${text}\n---\n${text}\n` : more === 1 ? `%YAML 1.1\n---\n${text}` : `${text}\n`
  })

function flow(value: unknown): string {
  if (value instanceof Raw) return value.text
  if (value instanceof Map) return `{${[...value].map(([key, item]) => `${key}: ${flow(item)}`).join(', ')}}`
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`
  return JSON.stringify(value) ?? 'null'
}

function block(value: unknown, indent: string): string {
  if (value instanceof Map && value.size)
    return [...value].map(([key, item]) => `\n${indent}${key}: ${block(item, `${indent}  `)}`).join('')
  if (Array.isArray(value) && value.length)
    return value.map((item) => `\n${indent}- ${block(item, `${indent}  `)}`).join('')
  return flow(value)
}
