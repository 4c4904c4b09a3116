import type { NounSpec } from '../spec.ts'
import { BASH_FUNCTIONS } from './bash-functions.ts'
import type { Node, Values } from './tree.ts'
import { nodesOf } from './tree.ts'

/**
 * For bash 4 and later, with or without bash-completion. The words up to the cursor are unquoted and walked once to
 * find the place and the number of arguments before it. Nothing is expanded: names are compared as text and quoted for
 * their place. Readline keeps the text before an opened quote or a word-breaking character (the colons of an address),
 * so this is cut from the answers.
 */
export function bashScript(nouns: readonly NounSpec[]): string {
  const nodes = nodesOf(nouns)
  return `# bash completion for nvgpu; made by 'nvgpu completion bash'
# shellcheck shell=bash

# The current values of a kind: gpu, vf, type, vgpu or board.
_nvgpu_live() {
  local -a dir=()
  [[ -n $_nvgpu_state_dir ]] && dir=(--state-dir "$_nvgpu_state_dir")
  nvgpu "\${dir[@]}" __complete "$1" 2>/dev/null
}

# Verbs and nouns that may follow a place.
_nvgpu_words() {
  case $1 in
${nodes
  .filter((node) => node.words.length > 0)
  .map((node) => `    '${node.path}') echo '${node.words.map(({ word }) => word).join(' ')}' ;;`)
  .join('\n')}
  esac
}

# Options of a place.
_nvgpu_options() {
  case $1 in
${nodes.map((node) => `    '${node.path}') echo '${node.options.flatMap((flag) => flag.spellings).join(' ')}' ;;`).join('\n')}
  esac
}

# Values of an option: words, or a kind after an @; empty for a flag.
_nvgpu_value() {
  case $1 in
${nodes.flatMap(valueCases).join('\n')}
  esac
}

# The same for the N-th argument of a place.
_nvgpu_argument() {
  case $1 in
${nodes.flatMap(argumentCases).join('\n')}
  esac
}

${BASH_FUNCTIONS}`
}

function valueCases(node: Node): string[] {
  return node.options
    .filter((flag) => flag.value !== undefined)
    .map((flag) => {
      const patterns = flag.spellings.map((spelling) => `'${node.path} ${spelling}'`).join(' | ')
      return `    ${patterns}) echo '${wanted(flag.values)}' ;;`
    })
}

function argumentCases(node: Node): string[] {
  return node.args.map((values, index) => {
    const pattern = values.repeat ? `'${node.path} '*` : `'${node.path} ${index}'`
    return `    ${pattern}) echo '${wanted(values)}' ;;`
  })
}

function wanted(values: Values): string {
  if (values.choices.length > 0) return values.choices.join(' ')
  return values.kind === undefined ? '@any' : `@${values.kind}`
}
