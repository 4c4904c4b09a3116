import { bashScript } from './completions/bash.ts'
import { fishScript } from './completions/fish.ts'
import { zshScript } from './completions/zsh.ts'
import type { NounSpec } from './spec.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const

/** The completion script of a shell, a pure function of the command tree. */
export function completionScript(shell: (typeof SHELLS)[number], nouns: readonly NounSpec[]): string {
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](nouns)
}
