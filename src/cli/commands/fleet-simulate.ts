import { usageError } from '../../app/usage.ts'
import { parseCount, parsePath } from '../../app/values.ts'
import { nearestWords } from '../../errors/nearest-words.ts'
import type { Policy } from '../../planner/policies/policy.ts'
import { list } from '../../render/answer.ts'
import { FLEET_SIMULATIONS } from '../../render/simulation.ts'
import type { Context } from '../context.ts'
import { FLEET_OPTION } from '../fleet-options.ts'
import { progressOf } from '../progress.ts'
import { verb } from '../spec.ts'

const DEFAULT_POLICIES = 'best-fit,fgd,vgpu'
/** Seed of the first published run. */
const DEFAULT_SEED = 42
const DEFAULT_UNTIL = 130
const MOST_UNTIL = 1000
const MOST_RUNS = 1000

export const SIMULATE = verb({
  name: 'simulate',
  summary: 'place the requests of a trace on a fleet under several policies, and compare what they allocate',
  examples: [
    'fleet simulate --requests requests.csv',
    'fleet simulate --requests openb_pod_list_default.csv --nodes openb_node_list_gpu_node.csv --policy all --runs 10',
    'fleet simulate --requests requests.csv --policy fgd,vgpu --seed 7 -o csv',
    'fleet simulate --requests /var/lib/nvgpu',
    'fleet simulate --requests requests.csv -o html',
  ],
  formats: ['html'],
  options: {
    requests: {
      value: 'FILE',
      summary:
        'requests in CSV: the openb trace, or type or share with count, arrival, departure and constraints; a state directory, for the vGPUs of its history; - for standard input',
      parse: parsePath,
      required: true,
      complete: 'file',
    },
    fleet: FLEET_OPTION,
    nodes: {
      value: 'FILE',
      summary: 'a list of nodes in CSV instead of a fleet file',
      parse: parsePath,
      complete: 'file',
    },
    policy: {
      value: 'LIST',
      summary: `policies with commas between them, or all; default ${DEFAULT_POLICIES}`,
    },
    seed: { value: 'N', summary: `seed of the first run; default ${DEFAULT_SEED}`, parse: parseCount },
    runs: { value: 'N', summary: 'runs of each policy, with one seed after the other; default 1', parse: parseCount },
    order: {
      value: 'ORDER',
      summary:
        'shuffled: in random order, and none leaves; timed: at their times, the default if they have arrival times',
      choices: ['shuffled', 'timed'],
    },
    until: {
      value: 'PERCENT',
      summary: `of the GPU of the fleet, for which shuffled requests ask in all; default ${DEFAULT_UNTIL}`,
      parse: parseCount,
    },
  },
  args: {},
  changes: false,
  async run(context, { options }) {
    const { seed = DEFAULT_SEED, runs = 1, until = DEFAULT_UNTIL, order } = options
    inRange('--runs', runs, MOST_RUNS)
    inRange('--until', until, MOST_UNTIL)
    const policies = policiesOf(
      options.policy ?? DEFAULT_POLICIES,
      (await import('../../planner/policies/policies.ts')).POLICIES,
    )
    const [{ runSimulation }, { hostsOf }, { memberHost }] = await Promise.all([
      import('../../app/fleet/simulation.ts'),
      import('../../app/fleet/model.ts'),
      import('../../app/fleet/member-host.ts'),
    ])
    const fleet = await fleetOf(context, options)
    const hosts = hostsOf((member) => memberHost(context, member))
    const progress = await progressOf(context)
    const request = { file: options.requests, policies, seed, runs, order, until }
    try {
      const items = runSimulation(context, fleet, hosts, request, (text) => progress.say(text))
      if (context.settings.format !== 'html') return list(FLEET_SIMULATIONS, items)
      const { simulationPage } = await import('../../render/simulation-page.ts')
      return { raw: simulationPage(items) }
    } finally {
      progress.end()
    }
  },
})

function inRange(option: string, value: number, most: number): void {
  if (value < 1 || value > most) throw usageError(`${option} takes a number from 1 to ${most}, not ${value}`)
}

function policiesOf(text: string, all: readonly Policy[]): readonly Policy[] {
  const names = all.map(({ name }) => name)
  const words = text === 'all' ? names : text.split(',').map((word) => word.trim().toLowerCase())
  return [...new Set(words)].map((word) => {
    const found = all.find(({ name }) => name === word)
    if (found !== undefined) return found
    throw usageError(`there is no policy '${word}'${nearestWords(word, names)}; there are ${names.join(', ')}`, {
      hint: 'nvgpu fleet simulate --help',
    })
  })
}

async function fleetOf(
  context: Context,
  options: { readonly fleet: string | undefined; readonly nodes: string | undefined },
) {
  const { fleet, nodes } = options
  if (nodes === undefined) return (await import('../../app/fleet/open.ts')).readFleet(context, fleet)
  if (nodes === '-') throw usageError('--nodes takes a file: the requests may come from standard input')
  const [{ readNodeList }, { readInput }] = await Promise.all([
    import('../../app/fleet/node-list.ts'),
    import('../../app/files.ts'),
  ])
  return { file: nodes, groups: readNodeList(nodes, readInput(context, nodes)).groups, members: [] }
}
