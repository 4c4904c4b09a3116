import { given } from '../../app/given.ts'
import { tryHost } from '../../app/transaction.ts'
import { usageError } from '../../app/usage.ts'
import { parseCount, parseSelector } from '../../app/values.ts'
import type { HostState } from '../../engine/state.ts'
import { setEcc, setMode } from '../../engine/verbs/modes.ts'
import { resetGpu } from '../../engine/verbs/power.ts'
import { enableVfs } from '../../engine/verbs/vfs.ts'
import { createVgpu, destroyVgpus } from '../../engine/verbs/vgpus.ts'
import { gpuViews } from '../../engine/views/gpu.ts'
import { list } from '../../render/answer.ts'
import { WHAT_IF } from '../../render/fit.ts'
import { GPU_OPTION } from '../selectors.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'
import { parseTypeCount } from '../type-count.ts'

export const whatif: NounSpec = {
  name: 'whatif',
  verbs: [
    verb({
      name: '',
      summary: 'apply changes to a copy, in the order listed here, and show the capacity before and after',
      examples: [
        'whatif --destroy desk7',
        'whatif --destroy desk7 --create L40-8Q=2',
        'whatif --all-gone --mode heterogeneous --create L40-24Q --create L40-8Q=2',
        'whatif --vfs 16 -o json',
      ],
      options: {
        destroy: { value: 'VGPU', summary: 'a vGPU to destroy', repeat: true, parse: parseSelector, complete: 'vgpu' },
        allGone: { summary: 'destroy all vGPUs, or those of --gpu' },
        ecc: { value: 'ON|OFF', summary: 'ECC, with the reset it takes', choices: ['on', 'off'] },
        vfs: { value: 'N', summary: 'number of VFs to enable', parse: parseCount },
        mode: { value: 'MODE', summary: 'mode of the GPU', choices: ['heterogeneous', 'homogeneous'] },
        create: {
          value: 'TYPE',
          summary: 'type of a vGPU to create, or TYPE=N for several',
          repeat: true,
          parse: parseTypeCount,
          complete: 'type',
        },
        gpu: { ...GPU_OPTION, summary: 'the GPU that changes: index, address or UUID' },
      },
      args: {},
      changes: false,
      async run(context, { options }) {
        const { destroy, create, gpu, ...rest } = options
        if (destroy.length > 0 && options.allGone) {
          throw usageError('--destroy names vGPUs and cannot go with --all-gone')
        }
        const { capacityView, compareCapacity } = await import('../../engine/plan/capacity-view.ts')
        const rows = await tryHost(context, (state) => {
          const indices = state.gpus.map((_, index) => index)
          const before = indices.map((index) => capacityView(state, index))
          change(state, { destroy, create, ...rest }, gpu)
          return compareCapacity(
            before,
            indices.map((index) => capacityView(state, index)),
          )
        })
        return list(WHAT_IF, rows)
      },
    }),
  ],
}

interface Changes {
  destroy: readonly string[]
  allGone: boolean
  ecc: string | undefined
  vfs: number | undefined
  mode: 'heterogeneous' | 'homogeneous' | undefined
  create: readonly { type: string; count: number }[]
}

/** Each step is the host's own verb, with the same refusals. */
function change(
  state: HostState,
  { destroy, allGone, ecc, vfs, mode, create }: Changes,
  gpu: string | undefined,
): void {
  const on = given({ gpu })
  if (allGone) destroyVgpus(state, { selectors: [], all: true, ...on })
  else if (destroy.length > 0) destroyVgpus(state, { selectors: destroy })
  if (ecc !== undefined) {
    const before = gpuViews(state, gpu)[0]?.sriov?.numVfs ?? 0
    setEcc(state, { ...on, on: ecc === 'on' })
    resetGpu(state, gpu)
    if (vfs === undefined && before > 0) enableVfs(state, { ...on, count: before })
  }
  if (vfs !== undefined) enableVfs(state, { ...on, count: vfs })
  if (mode !== undefined) setMode(state, { ...on, mode })
  const wanted = create.flatMap(({ type, count }) => Array.from({ length: count }, () => type))
  for (const [number, type] of wanted.entries()) {
    const uuid = `00000000-0000-8000-8000-${String(number).padStart(12, '0')}`
    createVgpu(state, { type, uuid, uuidIsFresh: true, start: true, ...on })
  }
}
