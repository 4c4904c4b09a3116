import { widthOf } from './width.ts'

/** A line, broken between words where it is wider than the page; further lines are indented. A pipe breaks nothing. */
export function fold(line: string, width: number | undefined, indent = '  '): string {
  if (width === undefined || widthOf(line) <= width) return line
  const [first = '', ...words] = line.trimStart().split(' ')
  const lines = [`${/^ */.exec(line)?.[0] ?? ''}${first}`]
  for (const word of words) {
    const longer = `${lines.at(-1)} ${word}`
    if (widthOf(longer) <= width) lines[lines.length - 1] = longer
    else lines.push(`${indent}${word}`)
  }
  return lines.join('\n')
}
