/** The words of a line, or its problem with the column, from 1. */
export type Split = { readonly words: string[] } | { readonly column: number; readonly problem: string }

/** A line without these characters is split at its spaces. */
const MEANS_SOMETHING = /["'\\#|&;<>()$`\t]/
/**
 * Characters that a shell would expand or act on. They are refused unquoted, since a literal reading would differ from
 * the shell's.
 */
const ACTIVE = /[|&;<>()$`]/
/** Characters that a backslash escapes inside double quotes. */
const ESCAPED_IN_QUOTES = /["\\$`]/

/**
 * Splits one line into words like a shell: spaces separate them; '…' keeps all, "…" all but \" \\ \$ \`, a backslash
 * the next character, $'…' has escapes for invisible characters; a word that begins with # is a comment to the end of
 * the line. Nothing is expanded: special characters of a shell have to be quoted.
 */
export function splitLine(line: string): Split {
  if (!MEANS_SOMETHING.test(line)) return { words: wordsOf(line) }
  const words: string[] = []
  let word: string | undefined
  let at = 0
  while (at < line.length) {
    const character = line[at] as string
    if (character === ' ' || character === '\t') {
      if (word !== undefined) words.push(word)
      word = undefined
      at += 1
    } else if (character === '#' && word === undefined) {
      break
    } else if (character === "'" || character === '"' || (character === '$' && line[at + 1] === "'")) {
      const quoted = character === "'" ? literal(line, at) : character === '"' ? escaped(line, at) : spelt(line, at)
      if ('problem' in quoted) return quoted
      word = (word ?? '') + quoted.text
      at = quoted.next
    } else if (character === '\\') {
      if (at + 1 === line.length) return { column: at + 1, problem: 'a backslash at the end: a command is one line' }
      word = (word ?? '') + line[at + 1]
      at += 2
    } else if (ACTIVE.test(character)) {
      return { column: at + 1, problem: `${character} is a shell's, and there is none here: quote it` }
    } else {
      word = (word ?? '') + character
      at += 1
    }
  }
  if (word !== undefined) words.push(word)
  return { words }
}

function wordsOf(line: string): string[] {
  const words = line.split(' ')
  return words.includes('') ? words.filter((word) => word !== '') : words
}

type Quoted = { readonly text: string; readonly next: number } | { readonly column: number; readonly problem: string }

/** Escapes inside $'…': \xHH, \uHHHH or an escaped character. These are the history's, and some of a shell's. */
const SPELT = /^\\(?:x((?:[0-9a-fA-F]{1,2})(?:\\x[0-9a-fA-F]{1,2})*)|u([0-9a-fA-F]{1,4})|([nrt])|([\\'"]))/
const CONTROLS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }

function spelt(line: string, open: number): Quoted {
  let text = ''
  for (let at = open + 2; at < line.length; ) {
    const character = line[at] as string
    if (character === "'") return { text, next: at + 1 }
    if (character !== '\\') {
      text += character
      at += 1
      continue
    }
    const [whole, bytes, unit, control, plain] = SPELT.exec(line.slice(at)) ?? []
    if (whole === undefined) return { column: at + 1, problem: "a backslash in front of what has no meaning in $'...'" }
    if (bytes !== undefined) text += utf8Of(bytes)
    else if (unit !== undefined) text += String.fromCharCode(Number.parseInt(unit, 16))
    else text += CONTROLS[control ?? ''] ?? plain ?? ''
    at += whole.length
  }
  return { column: open + 1, problem: "the $' is not closed" }
}

/** The text of the bytes in HH\\xHH… form. */
function utf8Of(bytes: string): string {
  return new TextDecoder().decode(Uint8Array.from(bytes.split('\\x'), (digits) => Number.parseInt(digits, 16)))
}

function literal(line: string, open: number): Quoted {
  const end = line.indexOf("'", open + 1)
  if (end < 0) return { column: open + 1, problem: "the ' is not closed" }
  return { text: line.slice(open + 1, end), next: end + 1 }
}

function escaped(line: string, open: number): Quoted {
  let text = ''
  for (let at = open + 1; at < line.length; at += 1) {
    const character = line[at] as string
    if (character === '"') return { text, next: at + 1 }
    if (character === '$' || character === '`') {
      return { column: at + 1, problem: `${character} is a shell's, and there is none here: write \\${character}` }
    }
    if (character === '\\' && ESCAPED_IN_QUOTES.test(line[at + 1] ?? '')) at += 1
    text += line[at]
  }
  return { column: open + 1, problem: 'the " is not closed' }
}
