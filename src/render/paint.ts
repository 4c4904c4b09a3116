import { Chalk } from 'chalk'
import { Control } from '../errors/text.ts'
import type { Mood, Paint } from './table.ts'

/** Colours for moods. Only loaded when the output is to be coloured; the words carry the meaning without it. */
export function painter(): Paint {
  const chalk = new Chalk({ level: 1 })
  const moods = { good: chalk.green, warn: chalk.yellow, bad: chalk.red, dim: chalk.dim }
  const known: Partial<Record<Mood, ReturnType<Paint>>> = {}
  return (mood) => (known[mood] ??= around(moods[mood]))
}

/** What a style puts before a text and behind it. */
function around(style: (text: string) => string): ReturnType<Paint> {
  const [before = '', behind = ''] = style('|').split('|')
  return [new Control(before), new Control(behind)]
}
