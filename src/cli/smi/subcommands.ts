import { drawTopology } from '../../render/smi/topology.ts'
import { parseSmi, type SmiOption } from './options.ts'
import { SMI_STATUS, SmiExit } from './outcome.ts'
import { look, type Screen } from './screens.ts'

const flag = (...names: string[]): SmiOption => ({ names, value: 'none' })
const ID: SmiOption = { names: ['-i', '--id'], value: 'required' }

const TOPO = { id: ID, matrix: flag('-m', '--matrix') } as const satisfies Record<string, SmiOption>
const NVLINK = { id: ID, status: flag('-s', '--status') } as const satisfies Record<string, SmiOption>
const MIG = {
  id: ID,
  profiles: flag('-lgip', '--list-gpu-instance-profiles'),
  instances: flag('-lgi', '--list-gpu-instances'),
  compute: flag('-lci', '--list-compute-instances'),
} as const satisfies Record<string, SmiOption>
const SESSIONS = { id: ID } as const satisfies Record<string, SmiOption>

/** The subcommands that only report; null for another word. */
export async function subcommand(screen: Screen, words: readonly string[]): Promise<string | null> {
  const [name, ...rest] = words
  if (name === 'topo') {
    const { given } = parsed(rest, TOPO)
    if (!given.has('matrix')) throw new SmiExit('No option given. Please run "nvidia-smi topo -h".\n', 2)
    return drawTopology(await look(screen, given.get('id')))
  }
  if (name === 'nvlink') {
    const { given } = parsed(rest, NVLINK)
    const { gpus } = await look(screen, given.get('id'))
    // no simulated board has NVLink connections
    return gpus.map(({ index, name: product, uuid }) => `GPU ${index}: ${product} (UUID: ${uuid})\n`).join('')
  }
  if (name === 'mig') return mig(screen, rest)
  if (name !== 'encodersessions') return null
  const { given } = parsed(rest, SESSIONS)
  const { gpus } = await look(screen, given.get('id'))
  return `# GPU   Session  Process   Codec       H       V  Average     Average\n# Idx        Id       Id    Type     Res     Res      FPS Latency(us)\n${gpus.map(({ index }) => `${String(index).padStart(5)}         -        -       -       -       -        -           -\n`).join('')}`
}

/** No simulated GPU has MIG switched on, and no GPU instance. */
async function mig(screen: Screen, words: readonly string[]): Promise<string> {
  const { given } = parsed(words, MIG)
  const { gpus } = await look(screen, given.get('id'))
  const capable = gpus.some(({ migMode }) => migMode !== 'N/A')
  if (!capable) throw new SmiExit('No MIG-supported devices found.\n', SMI_STATUS.notFound)
  if (given.has('instances') || given.has('compute'))
    throw new SmiExit('No MIG-enabled devices found.\n', SMI_STATUS.notFound)
  throw new SmiExit('Option "mig" is about something that is not modelled: Not Supported\n', SMI_STATUS.notAvailable)
}

function parsed<K extends string>(words: readonly string[], table: Readonly<Record<K, SmiOption>>) {
  const found = parseSmi(words, table)
  const wrong = found.unknown ?? found.lacking
  if (wrong !== null) throw new SmiExit(`Option "${wrong}" is not recognized.\n`, SMI_STATUS.invalidArgument)
  return found
}
