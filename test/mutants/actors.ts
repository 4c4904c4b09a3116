import { readdirSync, readFileSync } from 'node:fs'
import { seeded } from '../reliability/random.ts'
import { type Mutant, mutantsOf } from './operators.ts'

/** The five actors of the engine, folders below src/engine. */
const ACTORS = ['hw', 'gsp', 'nvkm', 'vgpu-mgr', 'vfio'] as const
/** Mutants of each actor in a whole list. */
const PER_ACTOR = 32

/** A new list: an equal share of each actor's mutants. */
export function drawnMutants(seed: number): Mutant[] {
  const random = seeded(seed)
  return ACTORS.flatMap((actor) => {
    const all = sourcesOf(actor).flatMap((file) => mutantsOf(file, readFileSync(file, 'utf8')))
    return chosen(all, PER_ACTOR, random.below)
  })
}

/** `count` items in their order, chosen by `below`. */
export function chosen<T>(items: readonly T[], count: number, below: (end: number) => number): T[] {
  const left = items.map((_, index) => index)
  const taken = new Set<number>()
  while (taken.size < Math.min(count, items.length)) taken.add(left.splice(below(left.length), 1)[0] ?? 0)
  return items.filter((_, index) => taken.has(index))
}

function sourcesOf(actor: string): string[] {
  const folder = `src/engine/${actor}`
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .map((name) => `${folder}/${name}`)
}
