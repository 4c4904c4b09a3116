import type { NounSpec } from '../spec.ts'
import type { Flag, Node, Values } from './tree.ts'
import { nodesOf } from './tree.ts'

/** For fish 3. Each line is for one place, which `__nvgpu_at` recognises by the words other than options. */
export function fishScript(nouns: readonly NounSpec[]): string {
  const nodes = nodesOf(nouns)
  const root = nodes[0]
  const taking = (root?.options ?? []).filter((flag) => flag.value !== undefined).flatMap((flag) => flag.spellings)
  return `# fish completion for nvgpu; made by 'nvgpu completion fish'

# The words before the cursor that are neither options nor values of options.
function __nvgpu_words
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
        else if contains -- $word ${taking.join(' ')}
            set skip 1
        else if not string match -q -- '-*' $word
            echo $word
        end
    end
end

# Whether the command line is at this place.
function __nvgpu_at
    set -l words (__nvgpu_words)
    set -l count (count $argv)
    test $count -eq 0; and begin
        test (count $words) -eq 0
        return
    end
    test (count $words) -ge $count; and test "$words[1..$count]" = "$argv"
end

# Whether it is at a noun without a verb.
function __nvgpu_wants_verb
    test "$(__nvgpu_words)" = "$argv"
end

# The current values of a kind: gpu, vf, type, vgpu or board.
function __nvgpu_live
    set -l dir
    set -l words (commandline -opc)
    if set -l at (contains -i -- --state-dir $words)
        set dir --state-dir $words[(math $at + 1)]
    else if set -l joined (string match -- '--state-dir=*' $words)
        set dir $joined[-1]
    end
    nvgpu $dir __complete $argv[1] 2>/dev/null
end

complete -c nvgpu -f
${nodes.flatMap(nodeLines).join('\n')}
`
}

function nodeLines(node: Node): string[] {
  const at = `__nvgpu_at${node.path === '' ? '' : ` ${node.path}`}`
  const wantsVerb = node.path === '' ? at : `__nvgpu_wants_verb ${node.path}`
  return [
    ...node.words.map(({ word, summary }) => `complete -c nvgpu -n '${wantsVerb}' -a ${word} -d ${quote(summary)}`),
    ...node.options.map((flag) => `complete -c nvgpu -n '${at}' ${flagWords(flag)}`),
    ...node.args.map((values) => `complete -c nvgpu -n '${at}' ${valueWords(values)}`.trimEnd()),
  ]
}

function flagWords(flag: Flag): string {
  const names = flag.spellings.map((spelling) =>
    spelling.startsWith('--') ? `-l ${spelling.slice(2)}` : `-s ${spelling.slice(1)}`,
  )
  // -x excludes files, which -r alone does not.
  const value = flag.value === undefined ? [] : [flag.values.kind === 'file' ? '-r' : '-x', valueWords(flag.values)]
  return [...names, ...value, `-d ${quote(flag.summary)}`].filter((word) => word !== '').join(' ')
}

function valueWords(values: Values): string {
  if (values.choices.length > 0) return `-a '${values.choices.join(' ')}'`
  if (values.kind === undefined) return ''
  if (values.kind === 'file') return '-F'
  if (values.kind === 'dir') return "-a '(__fish_complete_directories)'"
  return `-a '(__nvgpu_live ${values.kind})'`
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
