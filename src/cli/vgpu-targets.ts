import { given } from '../app/given.ts'
import { usageError } from '../app/usage.ts'
import type { Targets } from '../engine/verbs/vgpus.ts'
import { VGPU_ARGUMENT } from './selectors.ts'

export const TARGETS = { ...VGPU_ARGUMENT, optional: true, repeat: true } as const
export const ALL = { summary: 'all of them, or with --gpu all on that GPU' } as const

/** Selected vGPUs. An empty selection is refused: a forgotten argument must not mean everything. */
export function targets(
  verbName: string,
  selectors: readonly string[],
  options: { readonly all: boolean; readonly gpu: string | undefined },
): Targets {
  if (selectors.length > 0 && (options.all || options.gpu !== undefined)) {
    throw usageError('name vGPUs, or give --all or --gpu, not both')
  }
  if (selectors.length === 0 && !options.all && options.gpu === undefined) {
    throw usageError(`${verbName} needs a vGPU, --all or --gpu`, { hint: 'nvgpu vgpu list' })
  }
  return { selectors, all: selectors.length === 0, ...given({ gpu: options.gpu }) }
}
