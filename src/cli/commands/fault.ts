import { changeHost, readHost } from '../../app/transaction.ts'
import { parseCount, parseSelector } from '../../app/values.ts'
import { faultViews } from '../../engine/views/faults.ts'
import { changed } from '../../render/answer.ts'
import { FAULT_POINTS, FAULTS } from '../../render/fault.ts'
import { LISTING, listed } from '../listing.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'

export const fault: NounSpec = {
  name: 'fault',
  verbs: [
    verb({
      name: 'add',
      summary: 'arm a fault: the next visit to its point fails',
      examples: [
        'fault add ops.allocFbmem --effect ENOSPC',
        'fault add rpc.2 --effect drop',
        'fault add gsp.NV2080_CTRL_CMD_GPU_GET_VMMU_SEGMENT_SIZE --effect NV_ERR_TIMEOUT --after 1 --times 3',
        'fault add plugin.boot --seed 7 --window 12',
      ],
      options: {
        effect: {
          value: 'EFFECT',
          summary: 'an errno, an NV_STATUS name, a result number, or a word of the point',
          parse: parseSelector,
        },
        after: { value: 'N', summary: 'visits that pass first', parse: parseCount },
        times: { value: 'N', summary: 'number of strikes; 0 means until it is cleared', parse: parseCount },
        seed: { value: 'N', summary: 'choose --after from this seed', parse: parseCount },
        window: { value: 'N', summary: 'limit of the chosen --after', parse: parseCount },
      },
      args: { point: { summary: 'the point: see fault points', parse: parseSelector } },
      changes: true,
      async run(context, { options, args }) {
        const { addFault } = await import('../../engine/verbs/faults.ts')
        const request = { point: args.point, ...given(options) }
        return changed(FAULTS, await changeHost(context, (state) => addFault(state, request)))
      },
    }),
    verb({
      name: 'list',
      summary: 'armed faults and how often they struck',
      examples: ['fault list', 'fault list -o json'],
      options: { ...LISTING },
      args: {},
      changes: false,
      async run(context, { options }) {
        return listed(
          FAULTS,
          await readHost(context, (state) => faultViews(state)),
          options,
          'no fault is armed; hint: nvgpu fault points',
        )
      },
    }),
    verb({
      name: 'clear',
      summary: 'disarm the faults with these numbers, or all',
      examples: ['fault clear', 'fault clear 1 2'],
      options: {},
      args: { id: { summary: 'numbers of fault list; default: all', optional: true, repeat: true, parse: parseCount } },
      changes: true,
      async run(context, { args }) {
        const { clearFaults } = await import('../../engine/verbs/faults.ts')
        return changed(FAULTS, await changeHost(context, (state) => clearFaults(state, args.id ?? [])))
      },
    }),
    verb({
      name: 'points',
      summary: 'every place where a fault can be armed',
      examples: ['fault points', 'fault points -q', 'fault points --filter point=gsp.*'],
      options: { ...LISTING },
      args: {},
      changes: false,
      async run(_context, { options }) {
        const { faultPoints } = await import('../../engine/fault-points.ts')
        return listed(FAULT_POINTS, faultPoints(), options)
      },
    }),
  ],
}

/** The given options only; the engine has defaults for the others. */
function given<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}
