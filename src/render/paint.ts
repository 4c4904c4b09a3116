import { Chalk } from 'chalk'
import type { Paint } from './table.ts'

/** Colours for moods. Only loaded when the output is to be coloured; the words carry the meaning without it. */
export function painter(): Paint {
  const chalk = new Chalk({ level: 1 })
  const colours = { good: chalk.green, warn: chalk.yellow, bad: chalk.red, dim: chalk.dim }
  return (mood, text) => colours[mood](text)
}
