import type { Certificate } from '../../src/contract/views/plan.ts'

type Gpu = Certificate['gpus'][number]
/** Whether the certificate proves its bound: the weights refute every cheaper plan, or all ways to go on are refuted. */
export function proves({ kinds, rules, gpus, evicted, unit, leftOut, weights, bound }: Certificate): boolean {
  const at = (gpu: Gpu, kind: number) => rules[gpu.rules]?.kinds[kind] ?? null
  const moves = evicted === 'move' ? 1 : 0
  const most = kinds.map(
    ({ asked }, k) => asked + moves * gpus.flatMap((g) => g.held).filter((h) => h.kind === k && h.movable).length,
  )
  const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0)
  const memo = new Map<string, number>()
  const gain = (gpu: Gpu, set: number): number => {
    const key = `${set}${JSON.stringify(gpu)}`
    const w = (k: number) => weights[set]?.[k] ?? 0
    const keep = (k: number) => unit + moves * w(k)
    const fresh = kinds.flatMap((_, k) => (at(gpu, k)?.startable && w(k) > 0 && most[k] ? [k] : []))
    const [fixed, loose] = [gpu.held.filter((h) => !h.movable), gpu.held.filter((h) => h.movable)]
    const slots = rules[gpu.rules]?.slots ?? null
    const intervals = [
      ...loose.map((h) => ({ k: h.kind, at: h.place, v: keep(h.kind) })),
      ...fresh.flatMap((k) => (at(gpu, k)?.places ?? []).map((p) => ({ k, at: p, v: w(k) }))),
    ]
    const sizeOf = (k: number) => at(gpu, k)?.size ?? 0
    const clear = intervals.filter((i) =>
      fixed.every((f) => (f.place ?? 0) >= (i.at ?? 0) + sizeOf(i.k) || (i.at ?? 0) >= (f.place ?? 0) + sizeOf(f.kind)),
    )
    const table = new Map<number, number>()
    const bySlots = (slot: number, left: number): number => {
      if (slot >= (slots ?? 0) || left === 0) return 0
      const id = slot * 1000 + left
      const known =
        table.get(id) ??
        Math.max(
          bySlots(slot + 1, left),
          ...clear.filter((i) => i.at === slot).map((i) => i.v + bySlots(slot + sizeOf(i.k), left - 1)),
        )
      table.set(id, known)
      return known
    }
    const groups = [...new Set([...gpu.held.map((h) => h.kind), ...fresh].map((k) => at(gpu, k)?.group))]
    const byCount = () =>
      Math.max(
        0,
        ...groups.map((group) => {
          const own = (k: number) => at(gpu, k)?.group === group
          if (fixed.some((h) => !own(h.kind))) return 0
          const values = [
            ...loose.filter((h) => own(h.kind)).map((h) => keep(h.kind)),
            ...fresh.filter(own).flatMap((k) => Array<number>(most[k] ?? 0).fill(w(k))),
          ]
          const room = Math.min(
            gpu.vfs,
            Math.max(
              gpu.held.filter((h) => own(h.kind)).length,
              ...fresh.filter(own).map((k) => at(gpu, k)?.most ?? 0),
            ),
          )
          return sum(values.sort((a, b) => b - a).slice(0, Math.max(0, room - fixed.length)))
        }),
      )
    const found =
      memo.get(key) ??
      (slots === null ? byCount() : bySlots(0, gpu.vfs - fixed.length)) - sum(loose.map((h) => keep(h.kind)))
    memo.set(key, found)
    return found
  }
  /** Seats the vGPU on the GPU in every way; calls back with the GPU after and the evicted kinds. */
  const seat = (gpu: Gpu, kind: number, then: (after: Gpu, out: number[]) => boolean): boolean => {
    const type = at(gpu, kind)
    const equal = rules[gpu.rules]?.slots === null
    if (!type?.startable) return true
    return (equal ? [null] : type.places).every((place) => {
      const hit = (h: Gpu['held'][number]) =>
        equal
          ? at(gpu, h.kind)?.group !== type.group
          : (h.place ?? 0) < (place ?? 0) + type.size && (place ?? 0) < (h.place ?? 0) + (at(gpu, h.kind)?.size ?? 0)
      const under = gpu.held.filter(hit)
      const left = gpu.held.filter((h) => !hit(h))
      if (under.some((h) => !h.movable)) return true
      const after = (held: Gpu['held'], out: number[]) =>
        then({ ...gpu, held: [...held, { kind, place, movable: false }] }, out)
      const full = left.length >= (equal ? Math.min(gpu.vfs, type.most) : gpu.vfs)
      const out = under.map((h) => h.kind)
      return full
        ? left.every(
            (one) =>
              !one.movable ||
              after(
                left.filter((h) => h !== one),
                [...out, one.kind],
              ),
          )
        : after(left, out)
    })
  }
  const seen = new Set<string>()
  /** Whether no plan from here costs less than the bound. */
  const refuted = (now: Gpu[], wanting: number[], optional: number[], cost: number): boolean => {
    const key = JSON.stringify([now.map((g) => JSON.stringify(g)).sort(), wanting, optional, cost])
    if (seen.has(key)) return true
    seen.add(key)
    for (const set of weights.keys()) {
      const price = (k: number, n: number) => {
        const [w, free] = [weights[set]?.[k] ?? 0, Math.min(n, optional[k] ?? 0)]
        return (n - free) * w + free * Math.min(w, leftOut * unit)
      }
      if (
        cost * unit + sum(wanting.map((n, k) => price(k, n))) - sum(now.map((g) => gain(g, set))) >
        (bound - 1) * unit
      )
        return true
    }
    const sizes = kinds.map((_, k) => Math.max(...rules.map((r) => r.kinds[k]?.size ?? 0)))
    const kind = [...kinds.keys()]
      .filter((k) => wanting[k])
      .sort((a, b) => (sizes[b] ?? 0) - (sizes[a] ?? 0) || a - b)[0]
    if (kind === undefined) return cost >= bound
    const minus = (list: number[]) => list.map((n, k) => n - Number(k === kind))
    if (optional[kind] && !refuted(now, minus(wanting), minus(optional), cost + leftOut)) return false
    return now.every((gpu, i) =>
      seat(gpu, kind, (after, out) =>
        refuted(
          now.with(i, after),
          minus(wanting).map((n, k) => n + moves * out.filter((o) => o === k).length),
          optional,
          cost + out.length,
        ),
      ),
    )
  }
  const asked = kinds.map((k) => k.asked)
  return refuted(gpus, asked, asked, 0)
}
