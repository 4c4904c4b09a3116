import { type Place, slotsOf } from '../../src/planner/gpu-states.ts'
import { leavingOut, type Problem, typeOn } from '../../src/planner/search/problem.ts'

interface Item {
  kind: number
  gpu: number
  place: Place
  movable: boolean
}

/** Whether these vGPUs can all be on their GPUs. */
function holds({ kinds, gpus }: Problem, items: readonly Item[]): boolean {
  return gpus.every(({ rules, vfs }, gpu) => {
    const own = items.filter((item) => item.gpu === gpu)
    const types = own.map(({ kind }) => rules.types.get(kinds[kind]?.vgpuType ?? 0))
    if (own.length > vfs) return false
    if (rules.mode === 'equal-size')
      return types.every((type) => type && type.group === types[0]?.group && own.length <= type.most)
    let taken = 0n
    return own.every(({ place }, i) => {
      const slots = slotsOf(types[i] ?? { width: 0, sets: null }, place)
      const apart = (taken & slots) === 0n
      taken |= slots
      return apart
    })
  })
}

function keyOf(items: readonly Item[]): string {
  return items
    .map(({ kind, gpu, place, movable }) => `${kind},${gpu},${place},${movable}`)
    .sort()
    .join(';')
}

function start({ gpus }: Problem): Item[] {
  return gpus.flatMap(({ held }, gpu) => held.map((one) => ({ ...one, gpu })))
}

function* placesOf(problem: Problem, kind: number): Generator<{ gpu: number; place: Place }> {
  for (const [gpu, { rules }] of problem.gpus.entries()) {
    const wanted = problem.kinds[kind]
    const type = wanted && typeOn(wanted, rules)
    for (const place of rules.mode === 'equal-size' ? [-1] : (type?.ids ?? [])) if (type) yield { gpu, place }
  }
}

function askedOf({ asked }: Problem): number[] {
  return asked.flatMap((number, kind) => Array<number>(number).fill(kind))
}

/** The least cost of a placement, by trying all of them. */
export function cheapest(problem: Problem): number {
  const out = leavingOut(problem)
  let best = Number.POSITIVE_INFINITY
  const tried = new Map<string, number>()
  const place = (items: Item[], left: readonly { kind: number; asked: boolean }[], cost: number): void => {
    const key = `${left.length};${keyOf(items)}`
    if (cost >= best || (tried.get(key) ?? Number.POSITIVE_INFINITY) <= cost) return
    tried.set(key, cost)
    const [next, ...rest] = left
    if (!next) {
      best = cost
      return
    }
    for (const at of placesOf(problem, next.kind)) {
      const more = [...items, { ...at, kind: next.kind, movable: false }]
      if (holds(problem, more)) place(more, rest, cost)
    }
    if (next.asked) place(items, rest, cost + out)
  }
  const all = start(problem)
  const sets = Array.from({ length: 2 ** all.length }, (_, set) => all.filter((_one, i) => set & (1 << i)))
  // the fewest evictions first: most of the rest then costs too much to be tried
  for (const gone of sets.sort((a, b) => a.length - b.length)) {
    if (gone.some(({ movable }) => !movable)) continue
    const again = problem.evicted === 'move' ? gone.map(({ kind }) => ({ kind, asked: false })) : []
    const wanting = [...again, ...askedOf(problem).map((kind) => ({ kind, asked: true }))]
    place(
      all.filter((item) => !gone.includes(item)),
      wanting,
      gone.length,
    )
  }
  return best
}

/** The fewest migrations after which all asked vGPUs fit, breadth first; null when more than `most` are needed. */
export function fewestSteps(problem: Problem, most: number): number | null {
  let now = [start(problem)]
  const seen = new Set<string>()
  for (let steps = 0; steps <= most; steps += 1) {
    if (now.some((items) => fitAll(problem, items, askedOf(problem)))) return steps
    const next: Item[][] = []
    for (const items of now) {
      for (const [i, mover] of items.entries()) {
        if (!mover.movable) continue
        for (const at of placesOf(problem, mover.kind)) {
          if (!holds(problem, [...items, { ...mover, ...at }])) continue
          const after = items.with(i, { ...mover, ...at })
          const key = after
            .map(({ kind, gpu, place, movable }) => `${kind},${gpu},${place},${movable}`)
            .sort()
            .join(';')
          if (seen.has(key)) continue
          seen.add(key)
          next.push(after)
        }
      }
    }
    now = next
  }
  return null
}

function fitAll(problem: Problem, items: readonly Item[], asked: readonly number[]): boolean {
  const [kind, ...rest] = asked
  if (kind === undefined) return true
  for (const at of placesOf(problem, kind)) {
    const more = [...items, { ...at, kind, movable: false }]
    if (holds(problem, more) && fitAll(problem, more, rest)) return true
  }
  return false
}
