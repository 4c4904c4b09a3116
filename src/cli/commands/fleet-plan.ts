import type { Fleet } from '../../app/fleet/fleet.ts'
import type { Hosts } from '../../app/fleet/model.ts'
import { usageError } from '../../app/usage.ts'
import { parseSelector } from '../../app/values.ts'
import { NvError } from '../../errors/nv-error.ts'
import { shellQuote } from '../../errors/shell-quote.ts'
import { type Answer, detail, list } from '../../render/answer.ts'
import { drawFleetFits, FLEET_CAPACITY, FLEET_FITS, FLEET_WHAT_IF } from '../../render/fleet.ts'
import type { Context } from '../context.ts'
import { FLEET_OPTION, GROUP_OPTIONS } from '../fleet-options.ts'
import { verb } from '../spec.ts'
import { parseFleetTypeCount } from '../type-count.ts'

/** A negative answer has the exit status of no room. */
const NO_ROOM = 5

export const CAPACITY = verb({
  name: 'capacity',
  summary: 'how many more vGPUs of each type the fleet takes, if no other comes',
  examples: ['fleet capacity', 'fleet capacity --fleet lab.yaml -o csv', 'fleet capacity -o json'],
  options: { fleet: FLEET_OPTION },
  args: {},
  changes: false,
  async run(context, { options }) {
    const [{ fleetModel }, { fleetCapacity }] = await Promise.all([
      import('../../app/fleet/model.ts'),
      import('../../app/fleet/capacity.ts'),
    ])
    return onFleet(context, options.fleet, (fleet, hosts) =>
      list(FLEET_CAPACITY, fleetCapacity(fleetModel(fleet, hosts)), 'no vGPU is known of the GPUs of the fleet'),
    )
  },
})

export const FIT = verb({
  name: 'fit',
  summary: 'where on the fleet vGPUs would go, or the rule against those without a place; status 0 or 5',
  examples: ['fleet fit L40-8Q=100 L40-4Q=2000', 'fleet fit L40-48Q -o json', 'fleet fit L4-24Q=3 --fleet lab.yaml'],
  options: { fleet: FLEET_OPTION },
  args: {
    types: {
      summary: 'a type, or TYPE=N for several of it',
      repeat: true,
      parse: parseFleetTypeCount,
      complete: 'type',
    },
  },
  changes: false,
  async run(context, { options, args }): Promise<Answer> {
    const [{ fleetModel }, { fleetFit }] = await Promise.all([
      import('../../app/fleet/model.ts'),
      import('../../app/fleet/fit.ts'),
    ])
    return onFleet(context, options.fleet, (fleet, hosts) => {
      const found = fleetFit(fleetModel(fleet, hosts), args.types)
      const answer = detail(FLEET_FITS, [found], (items, { width }) => drawFleetFits(items, width))
      return { ...answer, status: found.fits ? 0 : NO_ROOM }
    })
  },
})

export const WHAT_IF = verb({
  name: 'whatif',
  summary: 'apply changes to a copy of the fleet, and show the capacity before and after',
  examples: [
    'fleet whatif --hosts 10 --board L40 --gpus 8',
    'fleet whatif --mode heterogeneous',
    'fleet whatif --without rack1-a --create L40-8Q=40',
    'fleet whatif --part rack1-a --all-gone --ecc on -o json',
  ],
  options: {
    fleet: FLEET_OPTION,
    without: { value: 'NAME', summary: 'a group or member that is gone', repeat: true, parse: parseSelector },
    allGone: { summary: 'destroy all vGPUs of the members, or those of --part' },
    part: { value: 'NAME', summary: 'the only group or member whose GPUs change', parse: parseSelector },
    ...GROUP_OPTIONS,
    hosts: {
      ...GROUP_OPTIONS.hosts,
      summary: 'number of hosts that come, with --board; the other options are then theirs',
    },
    create: {
      value: 'TYPE',
      summary: 'type of a vGPU to create, or TYPE=N for several; placed as by fleet fit',
      repeat: true,
      parse: parseFleetTypeCount,
      complete: 'type',
    },
  },
  args: {},
  changes: false,
  async run(context, { options }) {
    const { hosts, board, gpus, vfs, profile, mode, ecc, without, allGone, part, create } = options
    const comes = hosts !== undefined || board !== undefined
    if (!comes && (gpus !== undefined || profile !== undefined))
      throw usageError('--gpus and --profile are those of hosts that come: --hosts N --board BOARD')
    if (comes && part !== undefined) throw usageError('--part names hosts of the fleet and cannot go with --hosts')
    const [{ fleetWhatIf }, { newGroup }] = await Promise.all([
      import('../../app/fleet/what-if.ts'),
      import('../../app/fleet/new-group.ts'),
    ])
    const more = comes ? [newGroup({ hosts, board, gpus, vfs, profile, mode, ecc, name: 'new-{1}' })] : []
    const own = comes ? { vfs: undefined, mode: undefined, ecc: undefined } : { vfs, mode, ecc }
    return onFleet(context, options.fleet, (fleet, known) =>
      list(FLEET_WHAT_IF, fleetWhatIf(fleet, known, { ...own, without, allGone, part, more, create })),
    )
  },
})

/** Reads the fleet for an act. Commands in a refusal name its file as the command line did. */
async function onFleet<R>(
  context: Context,
  file: string | undefined,
  act: (fleet: Fleet, hosts: Hosts) => R,
): Promise<R> {
  const [{ readFleet }, { hostsOf }, { memberHost }] = await Promise.all([
    import('../../app/fleet/open.ts'),
    import('../../app/fleet/model.ts'),
    import('../../app/fleet/member-host.ts'),
  ])
  try {
    return act(
      readFleet(context, file),
      hostsOf((member) => memberHost(context, member)),
    )
  } catch (error) {
    if (!(error instanceof NvError) || file === undefined || error.hint?.startsWith('nvgpu fleet ') !== true)
      throw error
    if (error.hint.includes(' --fleet ')) throw error
    const { errno, code, at, message, object } = error
    const hint = `${error.hint} --fleet ${shellQuote(file)}`
    throw new NvError({ errno, code, at, message, hint, cause: error, ...(object === undefined ? {} : { object }) })
  }
}
