import path from 'node:path'

/** Programs that a link of that name to nvgpu is, and the words that stand for them. */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  'nvidia-smi': ['smi'],
  mdevctl: ['mdevctl'],
  lsmdev: ['mdevctl', 'list'],
  'sriov-manage': ['sriov-manage'],
}

/** The command line of nvgpu for a call as `program` with `words`. The programs print their own help. */
export function calledAs(program: string | undefined, words: readonly string[]): string[] {
  const name = path.basename(program ?? '')
  const [noun, ...first] = (Object.hasOwn(PROGRAMS, name) ? PROGRAMS[name] : undefined) ?? []
  if (noun === undefined) return [...words]
  const asksHelp = noun !== 'smi' && first.length === 0 && (words[0] === '-h' || words[0] === '--help')
  return [noun, ...first, ...(asksHelp ? ['help', ...words.slice(1)] : words)]
}
