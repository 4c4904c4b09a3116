import type { NounSpec } from '../spec.ts'
import type { Flag, Node, Values } from './tree.ts'
import { nodesOf } from './tree.ts'

/** For zsh 5: one function for each place, with an `_arguments` call. */
export function zshScript(nouns: readonly NounSpec[]): string {
  const nodes = nodesOf(nouns)
  return `#compdef nvgpu
# zsh completion for nvgpu; made by 'nvgpu completion zsh'

# The current values of a kind: gpu, vf, type, vgpu or board.
_nvgpu_live() {
  local -a dir found
  local -i at=\${_nvgpu_line[(I)--state-dir]}
  if (( at )); then
    dir=(--state-dir "\${(Q)_nvgpu_line[at + 1]}")
  elif (( at = \${_nvgpu_line[(I)--state-dir=*]} )); then
    dir=("\${(Q)_nvgpu_line[at]}")
  fi
  # without _call_program, which evaluates its arguments
  found=(\${(f)"$(nvgpu $dir __complete $1 2>/dev/null)"})
  compadd -a found
}

${nodes.map(nodeFunction).join('\n')}
if [ "$funcstack[1]" = _nvgpu ]; then
  _nvgpu "$@"
else
  compdef _nvgpu nvgpu
fi
`
}

function nodeFunction(node: Node): string {
  const lines = node.options.flatMap((flag) => flagSpecs(flag).map((spec) => `    ${quote(spec)}`))
  if (node.words.length === 0) {
    const args = node.args.map((values, index) => quote(argumentSpec(values, index)))
    return `${functionName(node.path)}() {
  _arguments -s -S \\
${[...lines, ...args.map((spec) => `    ${spec}`)].join(' \\\n')}
}
`
  }
  const described = node.words.map(({ word, summary }) => `    ${quote(`${word}:${summary}`)}`)
  const cases = node.words.map(({ word }) => `        ${word}) ${functionName(`${node.path} ${word}`.trim())} ;;`)
  return `${functionName(node.path)}() {
  local context state state_descr line
  typeset -A opt_args
  local -a words_here
${node.path === '' ? '  # the places below see only their own words\n  local -a _nvgpu_line=($words)\n' : ''}  words_here=(
${described.join('\n')}
  )
  _arguments -C -s -S -A '-*' \\
${lines.join(' \\\n')} \\
    ${quote('1: :->word')} \\
    ${quote('*:: :->rest')}
  case $state in
    word) _describe -t commands ${quote(node.path === '' ? 'command' : 'verb')} words_here ;;
    rest)
      case $line[1] in
${cases.join('\n')}
      esac
      ;;
  esac
}
`
}

function functionName(path: string): string {
  return `_nvgpu${path === '' ? '' : `_${path.replaceAll(/[ -]/g, '_')}`}`
}

/** One spec for each spelling, which excludes the others: `(-t --type)--type=[summary]:TYPE:action`. */
function flagSpecs(flag: Flag): string[] {
  const others = flag.repeat ? '*' : `(${flag.spellings.join(' ')})`
  const summary = flag.summary.replaceAll(/[[\]]/g, '\\$&')
  const value = flag.value === undefined ? '' : `:${flag.value}:${action(flag.values)}`
  return flag.spellings.map((spelling) => {
    const joined = flag.value === undefined ? '' : spelling.startsWith('--') ? '=' : '+'
    return `${others}${spelling}${joined}[${escapeColons(summary)}]${value}`
  })
}

function argumentSpec(values: Values, index: number): string {
  return `${values.repeat ? '*' : index + 1}:${escapeColons(values.summary)}:${action(values)}`
}

function action(values: Values): string {
  if (values.choices.length > 0) return `(${values.choices.join(' ')})`
  if (values.kind === undefined) return ''
  if (values.kind === 'file') return '_files'
  if (values.kind === 'dir') return '_directories'
  return `{_nvgpu_live ${values.kind}}`
}

function escapeColons(text: string): string {
  return text.replaceAll(':', '\\:')
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
