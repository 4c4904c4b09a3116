import { Chalk } from 'chalk'
import { Control } from '../errors/text.ts'
import type { Mood, Paint } from './table.ts'

/** Colours for moods, loaded only for coloured output; the words carry the meaning without them. */
export function painter(): Paint {
  const chalk = new Chalk({ level: 1 })
  const { cyan, magenta, yellow, green, blue, red, dim } = chalk
  const moods = { cyan, magenta, yellow, green, blue, red, good: green, warn: yellow, bad: red, dim }
  const known: Partial<Record<Mood, ReturnType<Paint>>> = {}
  return (mood) => (known[mood] ??= around(moods[mood]))
}

/** The controls before and behind a text of a style. */
function around(style: (text: string) => string): ReturnType<Paint> {
  const [before = '', behind = ''] = style('|').split('|')
  return [new Control(before), new Control(behind)]
}
