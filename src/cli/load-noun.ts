import type { NounSpec } from './spec.ts'

/**
 * The declarations of a noun, undefined where there is none of this name; the empty one is the bare command. They are
 * loaded only when argv names it, for what is not loaded costs nothing; and there is no table, for that would be made
 * for each command. What they are is in `NOUNS`.
 */
export async function loadNoun(name: string): Promise<NounSpec | undefined> {
  switch (name) {
    case 'host':
      return (await import('./commands/host.ts')).host
    case 'gpu':
      return (await import('./commands/gpu.ts')).gpu
    case 'vf':
      return (await import('./commands/vf.ts')).vf
    case 'types':
      return (await import('./commands/types.ts')).types
    case 'vgpu':
      return (await import('./commands/vgpu.ts')).vgpu
  }
  const { loadOtherNoun } = await import('./load-other-noun.ts')
  return loadOtherNoun(name)
}
