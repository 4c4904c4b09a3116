import { usageError } from '../../app/usage.ts'
import { parseCount } from '../../app/values.ts'
import { FLEET_OPTION } from '../fleet-options.ts'
import { verb } from '../spec.ts'

const DEFAULT_COUNT = 1000
const MOST = 10_000_000
const DEFAULT_SEED = 42

export const REQUESTS = verb({
  name: 'requests',
  summary: 'random requests for vGPUs of the fleet in CSV, for fleet simulate; small types are more frequent',
  examples: ['fleet requests --count 5000 --seed 7', 'fleet requests --series C > requests.csv'],
  options: {
    fleet: FLEET_OPTION,
    count: { value: 'N', summary: `number of requests; default ${DEFAULT_COUNT}`, parse: parseCount },
    seed: { value: 'N', summary: `default ${DEFAULT_SEED}`, parse: parseCount },
    series: { value: 'SERIES', summary: 'series of the types; default Q', choices: ['Q', 'B', 'A', 'C'] },
  },
  args: {},
  changes: false,
  async run(context, { options }) {
    const { count = DEFAULT_COUNT, seed = DEFAULT_SEED, series = 'Q' } = options
    if (count < 1 || count > MOST) throw usageError(`--count takes a number from 1 to ${MOST}, not ${count}`)
    const [{ readFleet }, { fleetModel, hostsOf }, { memberHost }, { sizesOf }, { requestMix }] = await Promise.all([
      import('../../app/fleet/open.ts'),
      import('../../app/fleet/model.ts'),
      import('../../app/fleet/member-host.ts'),
      import('../../app/fleet/simulated-fleet.ts'),
      import('../../planner/simulate/request-mix.ts'),
    ])
    const fleet = readFleet(context, options.fleet)
    const sizes = sizesOf(
      fleetModel(
        fleet,
        hostsOf((member) => memberHost(context, member)),
      ),
      series,
    )
    if (sizes.length === 0) throw usageError(`the fleet has no ${series} types`, { hint: 'nvgpu fleet capacity' })
    return { raw: `type\n${requestMix(sizes, count, seed).join('\n')}\n` }
  },
})
