import { readHost } from '../../app/transaction.ts'
import type { HostState } from '../../engine/state.ts'
import { gpuViews } from '../../engine/views/gpu.ts'
import { listVgpus } from '../../engine/views/listed-vgpu.ts'
import { vfViews } from '../../engine/views/vf.ts'
import { shortTypeName } from '../../errors/type-name.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'

const WORDS = {
  gpu: async () => (state: HostState) => gpuViews(state).map((gpu) => gpu.bdf),
  vf: async () => (state: HostState) => vfViews(state).map((vf) => vf.bdf),
  type: async () => {
    const { typeViews } = await import('../../engine/views/type.ts')
    return (state: HostState) => typeViews(state, {}).map((type) => shortTypeName(type.name))
  },
  board: async () => {
    const { boardViews } = await import('../../engine/boards/boards.ts')
    return () => boardViews().map(({ name }) => name)
  },
  'host-board': async () => {
    const { boardNames } = await import('../../catalog/boards.ts')
    return () => [...boardNames()]
  },
  vgpu: async () => (state: HostState) =>
    listVgpus(state, { active: true, defined: true }).flatMap((vgpu) =>
      vgpu.name === null ? [vgpu.uuid] : [vgpu.uuid, vgpu.name],
    ),
}

export const complete: NounSpec = {
  name: '__complete',
  verbs: [
    verb({
      name: '',
      summary: 'print the values of a kind, one a line',
      examples: ['__complete vgpu'],
      options: {},
      args: { kind: { summary: 'the kind', choices: ['gpu', 'vf', 'type', 'vgpu', 'board', 'host-board'] } },
      changes: false,
      hidden: true,
      async run(context, { args }) {
        const words = await readHost(context, await WORDS[args.kind]())
        return {
          raw: words
            .filter(canBeTyped)
            .map((word) => `${word}\n`)
            .join(''),
        }
      },
    }),
  ],
}

/** Whether a word fits on a line and is not an option; names of older releases may be neither. */
function canBeTyped(word: string): boolean {
  return /^[^-\p{C}\p{Zl}\p{Zp}][^\p{C}\p{Zl}\p{Zp}]*$/u.test(word)
}
