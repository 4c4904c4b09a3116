import type { Certificate } from '../../src/contract/views/plan.ts'

/** Whether the weights prove the bound: at these prices all GPUs together gain too little for a cheaper plan. */
export function proves({ kinds, rules, gpus, evicted, unit, leftOut, bound }: Certificate): boolean {
  const again = evicted === 'move' ? 1 : 0
  const keeping = (kind: number) => unit + again * (kinds[kind]?.weight ?? 0)
  const loose = gpus.flatMap(({ held }) => held.filter(({ movable }) => movable))
  let left = sum(loose.map(({ kind }) => keeping(kind)))
  for (const { asked, weight } of kinds) left += asked * Math.min(weight, leftOut * unit)
  for (const gpu of gpus) {
    const stay = gpu.held.filter(({ movable }) => !movable)
    const gains = (rules[gpu.rules]?.layouts ?? []).map(({ slots, kinds: types }) => {
      if (stay.some(({ kind }) => !types[kind])) return 0
      const items = kinds.flatMap(({ asked, weight }, kind) => {
        const { places = [], size = 0 } = types[kind] ?? {}
        const copies = asked + again * loose.filter((one) => one.kind === kind).length
        const own = types[kind] ? gpu.held.filter((one) => one.kind === kind && one.movable) : []
        return [
          ...(places ?? Array<null>(copies).fill(null)).map((from) => ({ from, size, value: weight })),
          ...own.map(({ place }) => ({ from: place, size, value: keeping(kind) })),
        ]
      })
      const clear = items.filter(({ from, size }) =>
        stay.every(
          ({ kind, place }) =>
            from === null || place === null || from + size <= place || from >= place + (types[kind]?.size ?? 0),
        ),
      )
      return most(clear, slots, Math.min(gpu.vfs, slots) - stay.length)
    })
    left -= Math.max(...gains)
  }
  return left > (bound - 1) * unit
}

/** The greatest value of so many items at most: in slots that do not overlap, or anywhere. */
function most(items: { from: number | null; size: number; value: number }[], slots: number, number: number): number {
  if (items.every(({ from }) => from === null))
    return sum(
      items
        .map(({ value }) => value)
        .sort((a, b) => b - a)
        .slice(0, Math.max(0, number)),
    )
  let best = Array<number>(slots + 1).fill(0)
  for (let more = number; more > 0; more -= 1) {
    const next = Array<number>(slots + 1).fill(0)
    for (let slot = slots - 1; slot >= 0; slot -= 1) {
      const here = items.filter(({ from }) => from === slot)
      const values = here.map(({ size, value }) => value + (best[slot + size] ?? 0))
      next[slot] = Math.max(next[slot + 1] ?? 0, ...values)
    }
    best = next
  }
  return best[0] ?? 0
}

function sum(numbers: number[]): number {
  return numbers.reduce((a, b) => a + b, 0)
}
