import type { NounSpec } from '../spec.ts'
import type { Node, Values } from './tree.ts'
import { nodesOf } from './tree.ts'

/**
 * For bash 4 and later, with or without bash-completion. The words up to the cursor are walked once to find the place
 * and the number of arguments before it; addresses hold colons, at which readline breaks words, so what stands
 * before the last colon is cut from the answers.
 */
export function bashScript(nouns: readonly NounSpec[]): string {
  const nodes = nodesOf(nouns)
  return `# bash completion for nvgpu; made by 'nvgpu completion bash'
# shellcheck shell=bash

# The values of a kind as they are now: gpu, vf, type or vgpu.
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

# What the value of an option is: words, or a kind after an @; nothing for a flag.
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

_nvgpu() {
  local cur=\${COMP_WORDS[COMP_CWORD]} line=\${COMP_LINE:0:COMP_POINT}
  local -a words=()
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  cur=\${words[\${#words[@]} - 1]}
  local path='' value='' wants='' count=0 index word next _nvgpu_state_dir=''
  for ((index = 1; index < \${#words[@]} - 1; index++)); do
    word=\${words[index]}
    if [[ -n $value ]]; then
      [[ $value == state-dir ]] && _nvgpu_state_dir=$word
      value=''
      continue
    fi
    if [[ $word == -* ]]; then
      [[ $word == --state-dir=* ]] && _nvgpu_state_dir=\${word#*=}
      [[ $word != *=* && -n $(_nvgpu_value "$path $word") ]] && value=\${word#--}
      continue
    fi
    next=\${path:+$path }$word
    if [[ -n $(_nvgpu_options "$next") ]]; then path=$next; else ((count++)); fi
  done
  if [[ -n $value ]]; then
    wants=$(_nvgpu_value "$path \${words[\${#words[@]} - 2]}")
  elif [[ $cur == --*=* ]]; then
    wants=$(_nvgpu_value "$path \${cur%%=*}")
    cur=\${cur#*=}
  elif [[ $cur == -* ]]; then
    wants=$(_nvgpu_options "$path")
  else
    wants=$(_nvgpu_words "$path")
    [[ -z $wants ]] && wants=$(_nvgpu_argument "$path $count")
  fi
  COMPREPLY=()
  case $wants in
    @file) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    @dir) mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
    @any) ;;
    @*) mapfile -t COMPREPLY < <(compgen -W "$(_nvgpu_live "\${wants#@}")" -- "$cur") ;;
    ?*) mapfile -t COMPREPLY < <(compgen -W "$wants" -- "$cur") ;;
  esac
  if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then
    local head=\${cur%"\${cur##*:}"}
    COMPREPLY=("\${COMPREPLY[@]#"$head"}")
  fi
}

complete -F _nvgpu nvgpu
`
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
