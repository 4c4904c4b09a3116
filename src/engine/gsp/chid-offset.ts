import type { PluginState } from '../state.ts'

/** Text of each channel offset with its runs of engine types. The driver gives all existing engines one offset. */
export function presentEngines(chidOffset: readonly number[]): string {
  const runs = new Map<number, string>()
  for (let first = 0; first < chidOffset.length; first += 1) {
    const offset = chidOffset[first] as number
    if (offset === 0) continue
    let last = first
    while (chidOffset[last + 1] === offset) last += 1
    const before = runs.get(offset)
    runs.set(offset, `${before === undefined ? '' : `${before},`}${first}${last === first ? '' : `-${last}`}`)
    first = last
  }
  return [...runs].map(([offset, engines]) => `${offset}:${engines}`).join(' ')
}

/** The first channel of a task's block. The text of a block at 0 is empty: 0 also stands for an absent engine. */
export function firstChannel({ chidOffset }: Pick<PluginState, 'chidOffset'>): number {
  return typeof chidOffset === 'string'
    ? Number.parseInt(chidOffset, 10) || 0
    : Math.max(0, ...Object.values(chidOffset))
}
