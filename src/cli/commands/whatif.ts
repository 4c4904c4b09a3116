import { tryHost } from '../../app/transaction.ts'
import { usageError } from '../../app/usage.ts'
import { parseCount, parseSelector } from '../../app/values.ts'
import { list } from '../../render/answer.ts'
import { WHAT_IF } from '../../render/fit.ts'
import { parseInstances } from '../parse-instance.ts'
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
        'whatif --mig on --mig-create 3g.20gb,2g.10gb --create A100-3-20C',
        'whatif --mig-destroy all --mig-create 19 --mig-create 9:4',
        'whatif --vfs 16 -o json',
      ],
      options: {
        destroy: { value: 'VGPU', summary: 'a vGPU to destroy', repeat: true, parse: parseSelector, complete: 'vgpu' },
        allGone: { summary: 'destroy all vGPUs, or those of --gpu' },
        ecc: { value: 'ON|OFF', summary: 'ECC, with the reset it takes', choices: ['on', 'off'] },
        mig: { value: 'ON|OFF', summary: 'MIG, with the reset it takes; VFs are as before', choices: ['on', 'off'] },
        vfs: { value: 'N', summary: 'number of VFs to enable', parse: parseCount },
        migDestroy: {
          value: 'INSTANCE',
          summary: 'an instance to destroy, or all GPU instances',
          repeat: true,
          parse: parseSelector,
        },
        migCreate: {
          value: 'PROFILE',
          summary: 'GPU instances to create: profiles by name or id, with :START if the place matters',
          repeat: true,
          parse: parseInstances,
        },
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
        const { gpu, migCreate, ...rest } = options
        const { destroy } = rest
        if (destroy.length > 0 && options.allGone) {
          throw usageError('--destroy names vGPUs and cannot go with --all-gone')
        }
        const [{ capacityView, compareCapacity }, { applyWhatIf }] = await Promise.all([
          import('../../engine/plan/capacity-view.ts'),
          import('../../engine/plan/what-if.ts'),
        ])
        const rows = await tryHost(context, (state) => {
          const indices = state.gpus.map((_, index) => index)
          const before = indices.map((index) => capacityView(state, index))
          applyWhatIf(state, { ...rest, migCreate: migCreate.flat() }, gpu)
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
