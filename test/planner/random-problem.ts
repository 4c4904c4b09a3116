import type { ProfileName } from '../../src/catalog/profiles.ts'
import { boardRules } from '../../src/planner/board-rules.ts'
import type { GpuRules } from '../../src/planner/gpu-rules.ts'
import { GpuStates } from '../../src/planner/gpu-states.ts'
import type { Held, Kind, Problem } from '../../src/planner/search/problem.ts'

export interface Scene {
  board: string
  profile: ProfileName
  gpus: number
  vfs: number
  /** share of GPUs in mixed-size mode */
  mixed: number
  /** random creations and removals on each GPU */
  churn: number
  asked: number
  sizes: readonly string[]
  evicted: 'move' | 'stop'
}

/** A random number below `n`, from a seeded generator. */
export type Draw = (n: number) => number

export function drawing(seed: number): Draw {
  let now = seed >>> 0
  return (n) => {
    now = (Math.imul(now, 1664525) + 1013904223) >>> 0
    // the low bits of this generator repeat early
    return Math.floor((now / 2 ** 32) * n)
  }
}

/** GPUs after random creations and removals, and random wishes. */
export function randomProblem(scene: Scene, draw: Draw): Problem {
  const { board, profile, evicted } = scene
  const equal = boardRules({ board, profile, mode: 'equal-size', ecc: false })
  const mixed = scene.mixed > 0 ? boardRules({ board, profile, mode: 'mixed-size', ecc: false }) : equal
  const kinds = [...equal.types.values()]
    .filter(({ name }) => scene.sizes.some((size) => name.endsWith(`-${size}`)))
    .map(({ vgpuType }): Kind => ({ vgpuType, ecc: null }))
  const gpus = Array.from({ length: scene.gpus }, () => {
    const rules = draw(1000) < scene.mixed * 1000 ? mixed : equal
    return { rules, vfs: scene.vfs, held: churned(rules, kinds, scene, draw) }
  })
  const asked = kinds.map(() => 0)
  for (let i = 0; i < scene.asked; i += 1) {
    const kind = draw(kinds.length)
    asked[kind] = (asked[kind] ?? 0) + 1
  }
  return { kinds, gpus, asked, evicted }
}

function churned(rules: GpuRules, kinds: readonly Kind[], { vfs, churn }: Scene, draw: Draw): Held[] {
  const states = new GpuStates()
  let state = states.empty(rules, vfs)
  const held: Held[] = []
  for (let i = 0; i < churn; i += 1) {
    const gone = draw(3) === 0 ? held.splice(draw(Math.max(1, held.length)), 1)[0] : undefined
    if (gone) state = states.remove(state, kinds[gone.kind]?.vgpuType ?? 0, gone.place)
    const kind = draw(kinds.length)
    const type = kinds[kind]?.vgpuType ?? 0
    const places = states.places(state, type)
    const place = places[draw(places.length)]
    if (place === undefined) continue
    state = states.add(state, type, place)
    held.push({ kind, place, movable: draw(20) > 0 })
  }
  return held
}
