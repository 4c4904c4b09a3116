import { loadNoun } from './load-noun.ts'
import { NOUNS } from './nouns.ts'
import type { NounSpec } from './spec.ts'

/** The whole command tree, for completions, man page and tests. */
export async function loadNouns(): Promise<NounSpec[]> {
  const loaded = await Promise.all(Object.keys(NOUNS).map(loadNoun))
  return loaded.flatMap((noun) => noun ?? [])
}
