import { describe, expect, it } from 'vitest'
import { heldNameProblem, labelProblem, nameProblem, textProblem } from '../../src/engine/name-rules.ts'
import { escapeControls, oneLine } from '../../src/errors/printable.ts'

const UUID = '11111111-2222-4333-8444-555555555555'
/** Invisible characters by kind. */
const UNSEEN = [
  0xad, 0x34f, 0x61c, 0x115f, 0x1160, 0x17b4, 0x180e, 0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x2060, 0x2064, 0x2800,
  0x3164, 0xa0, 0x2003, 0x3000, 0xfe00, 0xfe0f, 0xfeff, 0xffa0, 0xfff9, 0x1d159, 0xe0001, 0xe0041, 0xe0100, 0xd800,
  0x202a, 0x202e, 0x2066, 0x2069, 0x2028, 0x2029, 0x00, 0x09, 0x0a, 0x1b, 0x7f, 0x85, 0x9b, 0xe000, 0x378,
]

describe('E 2: a name', () => {
  it.each([
    'desk7',
    'a',
    'Büro 3',
    '日本語',
    'x'.repeat(64),
    '😀'.repeat(64),
    'it\'s "one"; $(two)',
    'v1.2',
    'deadbeef',
    'L40-8Q',
    'desk/7',
    '10:30',
    '2026-11-30',
    '3d',
    'f00d',
    'cafe\u0301',
    'a-1',
    '_',
    '7th',
  ])('E 2: %s is one', (name) => expect(nameProblem(name)).toBeNull())

  it.each(UNSEEN)('E 2: has no character of code %i, in front, inside or behind', (code) => {
    const character = String.fromCodePoint(code)
    for (const name of [character, `${character}a`, `a${character}b`, `a${character}`])
      expect(nameProblem(name)).not.toBeNull()
  })

  it.each([
    ['', 'a name has 1 to 64 characters, not 0'],
    ['x'.repeat(65), 'a name has 1 to 64 characters, not 65'],
    ['-a', "'-a' looks like an option, not like a name"],
    ['--', "'--' looks like an option, not like a name"],
    [' a', "' a' begins or ends with a blank"],
    ['a ', "'a ' begins or ends with a blank"],
    ['ㅤ', "'ㅤ' has a character that cannot be seen in a name: U+3164"],
    ['a\ufe0f', "'a\ufe0f' has a character that cannot be seen in a name: U+FE0F"],
    ['\u0301a', "'\u0301a' has a character that cannot be seen in a name: U+0301"],
    ['a\u202eb', "'a\u202eb' has a character that cannot be printed in a name: U+202E"],
    ['0', "'0' reads as an index, not as a name"],
    ['007', "'007' reads as an index, not as a name"],
    ['0/3', "'0/3' reads as a VF, GPU/index, not as a name"],
    ['c1:00.0/3', "'c1:00.0/3' reads as a VF, GPU/index, not as a name"],
    [`GPU-${UUID}/3`, `'GPU-${UUID}/3' reads as a VF, GPU/index, not as a name`],
  ])('E 2: %j is none, and the sentence says why', (name, why) => expect(nameProblem(name)).toBe(why))

  it.each([
    'c1:00.4',
    'C1:00.4',
    '0000:c1:00.4',
    '00000000:C1:00.0',
    '1:0.0',
    '0000_c1_00_4',
    'pci_0000_c1_00_4',
    'pci:0000:c1:00.4',
  ])('E 2: %s reads as an address', (name) => expect(nameProblem(name)).toContain('reads as a PCI address'))

  it.each([
    UUID,
    UUID.toUpperCase(),
    `GPU-${UUID}`,
    `gpu-${UUID}`,
    `{${UUID}}`,
    `urn:uuid:${UUID}`,
    UUID.replaceAll('-', '').replace('1', 'f'),
    '11111111-2222',
    `MIG-GPU-${UUID}`,
  ])('E 2: %s reads as a UUID', (name) => expect(nameProblem(name)).toContain('reads as a UUID'))

  it('E 2: of an older host may be what it was allowed to be then, and a label may be a number', () => {
    for (const name of ['ㅤ', '❤\ufe0f', '42', 'c1:00.4', UUID]) expect(heldNameProblem(name)).toBeNull()
    for (const name of ['', '-a', 'a\u202e', 'a\x1b', ' a']) expect(heldNameProblem(name)).not.toBeNull()
    expect(labelProblem('11')).toBeNull()
    expect(labelProblem('a\u3164')).not.toBeNull()
  })
})

describe('E 2: a text that is kept', () => {
  it('E 2: has no character that steers a terminal, turns the writing or is half of one', () => {
    expect(textProblem('NVRM: ❤\ufe0f 日本語')).toBeNull()
    expect(textProblem('a\x1b[5m')).toBe('has the control character U+001B')
    expect(textProblem('a\nb')).toBe('has the control character U+000A')
    expect(textProblem('a\x9b')).toBe('has the control character U+009B')
    expect(textProblem('a\u202e')).toBe('has the bidirectional or line-ending character U+202E')
    expect(textProblem('a\ud800')).toBe('has the half character U+D800')
  })
})

describe('E 2: a text that is printed', () => {
  it('E 2: keeps line ends and tabs, and shows the rest as JSON would write it', () => {
    expect(escapeControls('a\tb\nc\r\nd')).toBe('a\tb\nc\r\nd')
    const text = String.fromCharCode(...Array.from({ length: 0xa0 }, (_, code) => code), 0x202e, 0x2066, 0x200f, 0x61c)
    const shown = escapeControls(text)
    expect(shown).not.toMatch(/(?![\n\t])[\p{Cc}\p{Bidi_Control}]/u)
    expect(JSON.parse(escapeControls(JSON.stringify(text)))).toBe(text)
    expect(escapeControls(shown)).toBe(shown)
  })

  it('E 2: is one line where one is wanted', () => {
    expect(oneLine('a\nb\r\tc\u{e0041}')).toBe('a\\u000ab\\u000d\\u0009c\\u{e0041}')
    expect(oneLine('日本語')).toBe('日本語')
  })
})
