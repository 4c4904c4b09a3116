import type { NounSpec } from '../spec.ts'
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

# The current values of a kind: gpu, vf, type or vgpu.
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

# Sets words to the unquoted words of a line, and quote to the quote that is left open. Nothing is expanded.
_nvgpu_split() {
  local line=$1 word='' inside='' character index
  words=() quote=''
  for ((index = 0; index < \${#line}; index++)); do
    character=\${line:index:1}
    case $quote$character in
      [[:space:]])
        [[ -n $inside ]] && words+=("$word")
        word='' inside=''
        continue
        ;;
      "''" | '""') quote='' ;;
      "'" | '"') quote=$character ;;
      \\\\)
        ((index++))
        word+=\${line:index:1}
        ;;
      \\"\\\\)
        [[ \${line:index+1:1} == [\\\\\\"\\$\\\`] ]] && ((index++))
        word+=\${line:index:1}
        ;;
      *) word+=$character ;;
    esac
    inside=yes
  done
  words+=("$word")
}

# Sets quoted to a text in the form for an open quote, or for none.
_nvgpu_quote() {
  local text=$1 open=$2 character index
  quoted=''
  for ((index = 0; index < \${#text}; index++)); do
    character=\${text:index:1}
    case $open$character in
      "''") quoted+="'\\\\''" ;;
      '"!') quoted+='"\\!"' ;;
      \\"[\\\\\\"\\$\\\`] | [\\ \\|\\&\\;\\<\\>\\(\\)\\$\\\`\\\\\\"\\'*?\\[\\]{}#~^\\!]) quoted+="\\\\$character" ;;
      *) quoted+=$character ;;
    esac
  done
  # readline takes a quote at the end for the closing one, and adds none.
  [[ -n $open && $quoted == *"$open" ]] && quoted+=$open
}

_nvgpu() {
  local IFS=$' \\t\\n' line=\${COMP_LINE:0:COMP_POINT} kept open quote quoted
  local -a words found=()
  # readline keeps the text before the part that it replaces, which is the second argument.
  _nvgpu_split "\${line%"$2"}"
  kept=\${words[\${#words[@]} - 1]} open=$quote
  _nvgpu_split "$line"
  local cur=\${words[\${#words[@]} - 1]} option='' path='' value='' wants='' count=0 index word next _nvgpu_state_dir=''
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
    option=\${cur%%=*}=
    wants=$(_nvgpu_value "$path \${option%=}")
  elif [[ $cur == -* ]]; then
    wants=$(_nvgpu_options "$path")
  else
    wants=$(_nvgpu_words "$path")
    [[ -z $wants ]] && wants=$(_nvgpu_argument "$path $count")
  fi
  case $wants in
    @file) compopt -o default 2>/dev/null ;;
    @dir) compopt -o dirnames 2>/dev/null ;;
    @any) ;;
    @*) mapfile -t found < <(_nvgpu_live "\${wants#@}") ;;
    *) read -ra found <<<"$wants" ;;
  esac
  COMPREPLY=()
  for word in "\${found[@]}"; do
    word=$option$word
    [[ $word == "$cur"* ]] || continue
    _nvgpu_quote "\${word#"$kept"}" "$open"
    COMPREPLY+=("$quoted")
  done
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
