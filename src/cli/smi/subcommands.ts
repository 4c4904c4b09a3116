import { drawPeers, drawTopology } from '../../render/smi/topology.ts'
import { asksHelp, drawSubcommandHelp } from './help.ts'
import { mig } from './mig.ts'
import { monitorCommand } from './monitor.ts'
import { parsed } from './options-or-refusal.ts'
import { notSupported, SMI_STATUS, SmiExit } from './outcome.ts'
import { look, type Screen } from './screens.ts'
import { MIG, MONITOR, NVLINK, SESSIONS, SUBCOMMANDS, TOPO } from './subcommand-table.ts'

/** A subcommand of nvidia-smi but vgpu; null for another word. */
export async function subcommand(screen: Screen, [name, ...words]: readonly string[]): Promise<string | null> {
  const command = SUBCOMMANDS.find((each) => each.name === name && name !== 'vgpu')
  if (command === undefined) return null
  if (asksHelp(words)) return drawSubcommandHelp(command, command.options ?? {})
  if (name === 'dmon' || name === 'pmon') return monitorCommand(screen, name, parsed(words, MONITOR))
  if (name === 'topo') return topo(screen, parsed(words, TOPO))
  if (name === 'mig') return mig(screen, parsed(words, MIG))
  if (name === 'nvlink') {
    const { gpus } = await look(screen, parsed(words, NVLINK).get('id'))
    return gpus.map(({ index, name: product, uuid }) => `GPU ${index}: ${product} (UUID: ${uuid})\n`).join('')
  }
  if (name === 'encodersessions' || name === 'fbcsessions') {
    const { gpus } = await look(screen, parsed(words, SESSIONS).get('id'))
    const { header, rows } = (await import('../../render/smi/sessions.ts')).HOST_SESSIONS[name]
    return `${header}${rows(gpus)}`
  }
  const { gpus } = await look(screen, undefined)
  throw notSupported(`${command.name}`, gpus)
}

async function topo(screen: Screen, given: ReadonlyMap<keyof typeof TOPO, string>): Promise<string> {
  const peers = given.get('peers')
  if (peers !== undefined) {
    if (!/^[rwnap]$/.test(peers)) throw new SmiExit(`Failed to parse -p2p "${peers}".\n`, SMI_STATUS.invalidArgument)
    return drawPeers(await look(screen, given.get('id')))
  }
  if (given.has('matrix') || given.has('pciMatrix')) return drawTopology(await look(screen, given.get('id')))
  const { gpus } = await look(screen, given.get('id'))
  if (given.has('cpu') || given.has('nearest') || given.has('path')) throw notSupported('topo', gpus)
  throw new SmiExit('No option given. Please run "nvidia-smi topo -h".\n', SMI_STATUS.invalidArgument)
}
