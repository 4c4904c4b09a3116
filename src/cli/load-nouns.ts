import { NOUNS } from './nouns.ts'
import type { NounSpec } from './spec.ts'

/** The whole command tree, for what describes it: completions, man page, tests. */
export async function loadNouns(): Promise<NounSpec[]> {
  return Promise.all(Object.values(NOUNS).map((entry) => entry.load()))
}
