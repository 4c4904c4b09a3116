import fs from 'node:fs'
import { expect } from 'vitest'

/**
 * A block of real output with its values taken out: `~` stands for any one character, `<>` for any text up to the end of its
 * part of the line. Everything else, blanks included, is held to the character.
 */
export function golden(name: string): string {
  return fs.readFileSync(`test/golden/smi/${name}`, 'utf8')
}

export function expectShape(text: string, shape: string): void {
  const [lines, wanted] = [text.split('\n'), shape.split('\n')]
  for (const [row, line] of wanted.entries())
    expect(lines[row] ?? '(nothing)', `line ${row + 1}`).toMatch(pattern(line))
  expect(lines.slice(wanted.length)).toEqual([])
}

/** The lines of a block in their order, others between them allowed. */
export function expectInOrder(text: string, shape: string): void {
  const lines = text.split('\n')
  let at = 0
  for (const line of shape.split('\n').filter((each) => each !== '' && each.trim() !== '...')) {
    const found = lines.findIndex((candidate, row) => row >= at && pattern(line).test(candidate))
    expect(found, `"${line}" behind line ${at}`).toBeGreaterThanOrEqual(0)
    at = found + 1
  }
}

function pattern(line: string): RegExp {
  const escaped = line.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
  return new RegExp(`^${escaped.replaceAll('<>', '.+').replaceAll('~', '.')}$`)
}
