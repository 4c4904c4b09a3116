import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { splitLine } from '../../src/cli/batch/split.ts'
import { shellWords } from '../../src/errors/shell-words.ts'

const words = (line: string) => {
  const split = splitLine(line)
  return 'words' in split ? split.words : split
}

describe('splitting a line of a batch', () => {
  it.each([
    ['vgpu list', ['vgpu', 'list']],
    ['  vgpu\t list  ', ['vgpu', 'list']],
    ['', []],
    ['   # nothing', []],
    ['vgpu list # all', ['vgpu', 'list']],
    ['a#b', ['a#b']],
    ["--name 'desk one'", ['--name', 'desk one']],
    ['--name "desk one"', ['--name', 'desk one']],
    ['--name="a"\'b\'c', ['--name=abc']],
    ['desk\\ one \\#x', ['desk one', '#x']],
    ['"a\\"b\\\\c\\n"', ['a"b\\c\\n']],
    ["'a\\b'", ['a\\b']],
    ["'' x", ['', 'x']],
  ])('%j', (line, expected) => {
    expect(words(line)).toEqual(expected)
  })

  it.each([
    ["vgpu show 'desk", 11, 'is not closed'],
    ['vgpu show "desk', 11, 'is not closed'],
    ['vgpu list | wc', 11, 'quote it'],
    ['vgpu show $X', 11, 'quote it'],
    ['vgpu show "$X"', 12, 'write \\$'],
    ['vgpu list; reboot', 10, 'quote it'],
    ['vgpu list \\', 11, 'one line'],
  ])('%j is refused at column %i', (line, column, problem) => {
    expect(words(line)).toEqual({ column, problem: expect.stringContaining(problem) })
  })

  it('takes back whatever the history prints', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (argv) => {
        const line = shellWords(argv)
        expect(line).not.toMatch(/[\n\r]/)
        expect(words(line)).toEqual(argv)
      }),
    )
  })

  it('spells out what steers a terminal as bash does', () => {
    const argv = ['a\nb', "it's\t\\", '\x1b[31mred', 'plain', '\u0085\u2028 é']
    const line = shellWords(argv)
    expect(line).toBe(String.raw`$'a\x0ab' $'it\'s\x09\\' $'\x1b[31mred' plain $'\xc2\x85\xe2\x80\xa8 é'`)
    const { stdout } = spawnSync('bash', ['-c', `printf '%s\\0' ${line}`], {
      encoding: 'utf8',
      env: { LC_ALL: 'C.UTF-8' },
    })
    expect(stdout.split('\0').slice(0, -1)).toEqual(argv)
    expect(words(String.raw`a$'\n\t\r\x9\u41'b`)).toEqual(['a\n\t\r\tAb'])
    expect(words(String.raw`$'\q'`)).toMatchObject({ column: 3 })
    expect(words("$'open")).toMatchObject({ column: 1 })
  })

  it('gives what a shell gives, whatever is quoted and however', () => {
    const part = fc.oneof(
      fc.stringMatching(/^[a-z0-9#=/,.-]{1,6}$/),
      fc.stringMatching(/^[ -~]{0,6}$/).map((text) => `'${text.replaceAll("'", '')}'`),
      fc
        .stringMatching(/^[ -~]{0,6}$/)
        .map((text) => `"${text.replaceAll(/["\\$`!]/g, '\\$&').replaceAll('\\!', '')}"`),
      fc.stringMatching(/^[ -~]$/).map((character) => `\\${character}`),
    )
    const line = fc.array(
      fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('')),
      { maxLength: 5 },
    )
    const lines = fc.sample(line, 200).map((parts) => parts.join(' '))
    const script = lines.map((text) => `printf '%s\\0' ${text}\nprintf '\\n\\0'`).join('\n')
    const shell = spawnSync('sh', ['-c', script], { encoding: 'utf8' })
    expect(shell.stderr).toBe('')
    const answers = shell.stdout.split('\n\0').slice(0, -1)
    expect(answers.length).toBe(lines.length)
    for (const [index, text] of lines.entries()) {
      const taken = words(text)
      // printf without an argument prints its format once
      const expected = Array.isArray(taken) && taken.length === 0 ? [''] : taken
      expect(answers[index]?.split('\0').slice(0, -1), text).toEqual(expected)
    }
  })
})
