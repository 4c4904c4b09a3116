import fc from 'fast-check'

/** What is done to the bytes of a file. */
export type Damage =
  | { readonly kind: 'cut'; readonly at: number }
  | { readonly kind: 'flip'; readonly at: number; readonly bit: number }
  | { readonly kind: 'zero'; readonly at: number; readonly length: number }
  | { readonly kind: 'splice'; readonly at: number; readonly length: number; readonly bytes: Uint8Array }
  | { readonly kind: 'replace'; readonly bytes: Uint8Array }
  /** one value in its JSON; a sum in front of it is made to fit */
  | { readonly kind: 'edit'; readonly at: number; readonly key: string | null; readonly value: unknown }

const place = fc.nat(2 ** 20)

/** Names that are data here and something else to JavaScript, and names the state has. */
const keys = fc.constantFrom(
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'length',
  'gpus',
  'vfs',
  'bdf',
  'schema',
  'now',
  'p',
  'b',
  '0',
  '',
)

/** Any JSON, with the values that are most often forgotten in front. */
const anyJson: fc.Arbitrary<unknown> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      null,
      true,
      -1,
      0,
      1,
      1.5,
      2 ** 31,
      2 ** 53,
      1e308,
      '',
      'x',
      '../../x',
      '0000:c1:00.0',
      [],
      {},
      [null],
      [[]],
    ),
  },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(keys, fc.constantFrom(null, 1, 'x', { polluted: true }))
      .map(([key, value]) => ownKey(key, value)),
  },
)

const LONG = 3_000_000

/** Contents that have nothing to do with what a file should hold. */
const contents: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc
    .constantFrom(
      '',
      '\n',
      '{',
      'null',
      '[]',
      '{}',
      '00000000\n{}\n',
      '\ufeff{}',
      '{"schema":99}',
      '{"__proto__":{"polluted":true}}',
    )
    .map(utf8),
  fc.uint8Array({ maxLength: 300 }),
  fc.nat(50_000).map((depth) => utf8('['.repeat(depth))),
  fc.nat(5_000).map((depth) => utf8(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`)),
  fc.constantFrom(' ', 'x', '\n', '[[', '\0').map((letter) => utf8(letter.repeat(LONG / letter.length))),
  anyJson.map((value) => utf8(JSON.stringify(value) ?? 'null')),
  fc
    .constantFrom(
      '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><x>&b;</x>',
      '<vgpuconfig><vgpuType id="1"',
      '<?xml version="1.0"?><vgpuconfig/>',
      `${'<a>'.repeat(3000)}`,
      '<a xmlns:__proto__="x"/>',
      'a: &a [x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c]\n',
      'a: &a [*a]\n',
      '!!js/function "x"',
      '? {a: 1}\n: 2\n',
      '<<: {polluted: true}\n',
      '--- a\n--- b\n',
      `${'- '.repeat(3000)}x`,
      '%YAML 9.9\n---\n',
      '\t- x',
    )
    .map(utf8),
)

export const damages: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({ kind: fc.constant('cut' as const), at: place }),
  fc.record({ kind: fc.constant('flip' as const), at: place, bit: fc.nat(7) }),
  fc.record({ kind: fc.constant('zero' as const), at: place, length: fc.nat(600) }),
  fc.record({
    kind: fc.constant('splice' as const),
    at: place,
    length: fc.nat(40),
    bytes: fc.uint8Array({ maxLength: 40 }),
  }),
  fc.record({ kind: fc.constant('replace' as const), bytes: contents }),
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('edit' as const), at: place, key: fc.option(keys), value: anyJson }),
  },
)

/** The bytes of a file after some damage. `sum` is how a kind of file carries a checksum in front of JSON. */
export function damaged(bytes: Uint8Array, damage: Damage, sum?: (text: string) => string): Uint8Array {
  if (damage.kind === 'replace') return damage.bytes
  if (damage.kind === 'edit') return edited(bytes, damage, sum)
  if (bytes.length === 0) return bytes
  const at = damage.at % bytes.length
  if (damage.kind === 'cut') return bytes.slice(0, at)
  const copy = Uint8Array.from(bytes)
  if (damage.kind === 'flip') copy[at] = (copy[at] ?? 0) ^ (1 << damage.bit)
  if (damage.kind === 'zero') copy.fill(0, at, at + damage.length)
  if (damage.kind === 'splice')
    return Uint8Array.from([...copy.slice(0, at), ...damage.bytes, ...copy.slice(at + damage.length)])
  return copy
}

/** Sets one value of the first JSON in a text that is a file by itself, or a line of one. */
function edited(
  bytes: Uint8Array,
  { at, key, value }: Damage & { kind: 'edit' },
  sum?: (text: string) => string,
): Uint8Array {
  const lines = new TextDecoder().decode(bytes).split('\n')
  const rows = lines.flatMap((line, index) => (line.includes('{') ? [index] : []))
  const row = rows[at % Math.max(rows.length, 1)] ?? 0
  const whole = sum ? (lines[row] ?? '') : lines.join('\n')
  const from = whole.indexOf('{')
  let text: string
  try {
    text = JSON.stringify(setSomewhere(JSON.parse(whole.slice(from)), at, key, value))
  } catch {
    // It is no JSON, or nested too deeply to be written.
    return bytes
  }
  if (!sum) return utf8(text)
  lines[row] = from > 0 ? `${sum(text)} ${text}` : text
  if (from > 0 || lines[0]?.length !== 8) return utf8(lines.join('\n'))
  return utf8(`${sum(lines.slice(1).join('\n'))}\n${lines.slice(1).join('\n')}`)
}

/** The `at`-th place of a tree, as it is walked, gets another value, or a further key. */
function setSomewhere(tree: unknown, at: number, key: string | null, value: unknown): unknown {
  const places: { holder: object; name: string }[] = []
  const walk = (node: unknown, depth: number) => {
    if (typeof node !== 'object' || node === null || depth > 30 || places.length > 5_000) return
    for (const name of Object.keys(node)) {
      places.push({ holder: node, name })
      walk(Reflect.get(node, name), depth + 1)
    }
  }
  walk(tree, 0)
  const found = places[at % Math.max(places.length, 1)]
  if (!found) return value
  // An array takes no further keys.
  const name = key === null || Array.isArray(found.holder) ? found.name : key
  Object.defineProperty(found.holder, name, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  })
  return tree
}

function ownKey(key: string, value: unknown): object {
  return Object.defineProperty({}, key, { value, enumerable: true, configurable: true, writable: true })
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
