import type { GpuStates, Place } from './gpu-states.ts'

/** GPUs of one part of a fleet that follow one another: `from` to `from + count - 1`, counted through its hosts. */
export interface GpuRun {
  readonly part: number
  readonly from: number
  readonly count: number
}

/** GPUs that got the same vGPUs. */
export interface Filled extends GpuRun {
  readonly vgpuType: number
  /** Places of the vGPUs on each of the GPUs. */
  readonly places: readonly Place[]
}

/** The GPUs of a fleet by their state. GPUs in one state are one entry, however many there are. */
export class GpuPool {
  readonly #states: GpuStates
  readonly #runs = new Map<number, GpuRun[]>()

  constructor(states: GpuStates) {
    this.#states = states
  }

  add(state: number, run: GpuRun): void {
    if (run.count <= 0) return
    const runs = this.#runs.get(state) ?? []
    const last = runs.at(-1)
    if (last !== undefined && last.part === run.part && last.from + last.count === run.from)
      runs[runs.length - 1] = { ...last, count: last.count + run.count }
    else runs.push(run)
    this.#runs.set(state, runs)
  }

  /** Every state with its GPUs, in the order in which the states came. */
  *classes(): Generator<{ readonly state: number; readonly runs: readonly GpuRun[]; readonly gpus: number }> {
    for (const [state, runs] of this.#runs) yield { state, runs, gpus: runs.reduce((sum, { count }) => sum + count, 0) }
  }

  /** How many vGPUs of a type fit on all GPUs, if nothing else comes. */
  room(vgpuType: number): number {
    let room = 0
    for (const { state, gpus } of this.classes()) room += gpus * this.#states.room(state, vgpuType)
    return room
  }

  /**
   * Places vGPUs of one type: it fills one GPU before the next, those with the least room for the type first, and among equal
   * ones in the order of the fleet. Takes time by the states and not by the GPUs.
   * @returns the GPUs with their new vGPUs, and the number of vGPUs that fit nowhere
   */
  place(vgpuType: number, count: number): { filled: Filled[]; left: number } {
    const filled: Filled[] = []
    let left = count
    while (left > 0) {
      const tightest = this.#tightest(vgpuType)
      if (tightest === null) break
      const { state, room } = tightest
      const gpus = Math.max(1, Math.floor(left / room))
      const each = Math.min(left, room)
      const { places, after } = this.#fill(state, vgpuType, each)
      for (const run of this.#take(state, gpus)) {
        filled.push({ ...run, vgpuType, places })
        left -= run.count * each
        this.add(after, run)
      }
    }
    return { filled, left }
  }

  #tightest(vgpuType: number): { state: number; room: number } | null {
    let best: { state: number; room: number; first: GpuRun } | null = null
    for (const [state, runs] of this.#runs) {
      const room = this.#states.room(state, vgpuType)
      const [first] = runs
      if (room === 0 || first === undefined) continue
      if (best === null || room < best.room || (room === best.room && isBefore(first, best.first)))
        best = { state, room, first }
    }
    return best
  }

  /** One GPU with `each` more vGPUs, each on the first place that is free. */
  #fill(state: number, vgpuType: number, each: number): { places: Place[]; after: number } {
    const places: Place[] = []
    let after = state
    while (places.length < each) {
      const [place] = this.#states.places(after, vgpuType)
      if (place === undefined) break
      places.push(place)
      after = this.#states.add(after, vgpuType, place)
    }
    return { places, after }
  }

  /** Takes up to so many GPUs out of a state, from its front. */
  #take(state: number, gpus: number): GpuRun[] {
    const runs = this.#runs.get(state) ?? []
    const taken: GpuRun[] = []
    let at = 0
    for (let left = gpus; left > 0 && at < runs.length; ) {
      const run = runs[at]
      if (run === undefined) break
      const count = Math.min(left, run.count)
      taken.push({ ...run, count })
      left -= count
      if (count < run.count) runs[at] = { ...run, from: run.from + count, count: run.count - count }
      else at += 1
    }
    if (at === runs.length) this.#runs.delete(state)
    else this.#runs.set(state, runs.slice(at))
    return taken
  }
}

function isBefore(a: GpuRun, b: GpuRun): boolean {
  return a.part < b.part || (a.part === b.part && a.from < b.from)
}
