import { readHost } from '../../app/transaction.ts'
import type { SmiMigGpu } from '../../engine/smi/view.ts'
import {
  drawComputeInstances,
  drawComputePlaces,
  drawComputeProfiles,
  drawGpuInstances,
} from '../../render/smi/mig-instances.ts'
import { drawMigPlaces, drawMigProfiles } from '../../render/smi/mig-profiles.ts'
import { createCompute, createInstances, destroyCompute, destroyInstances } from './mig-changes.ts'
import { SMI_STATUS, SmiExit } from './outcome.ts'
import { look, type Screen, styleFor } from './screens.ts'
import type { MIG } from './subcommand-table.ts'

type Given = ReadonlyMap<keyof typeof MIG, string>

/** `nvidia-smi mig`. Profiles and places of GPU instances are facts of the board; the rest needs MIG on. */
export async function mig(screen: Screen, given: Given): Promise<string> {
  const view = await look(screen, given.get('id'))
  const style = styleFor(screen, view)
  const { smiMigGpus } = await import('../../engine/smi/mig.ts')
  const indices = view.gpus.map(({ index }) => index)
  const capable = await readHost(screen.context, (state) => smiMigGpus(state, indices))
  if (capable.length === 0) throw new SmiExit('No MIG-supported devices found.\n', SMI_STATUS.notFound)
  if (given.has('profiles')) return drawMigProfiles(capable, style)
  if (given.has('places')) return drawMigPlaces(capable)
  const gpus = capable.filter(({ enabled }) => enabled)
  // the captured 580 ends with 0 here; 550 as its manual says
  const status = style.release >= 580 ? SMI_STATUS.ok : SMI_STATUS.notFound
  if (gpus.length === 0) throw new SmiExit('No MIG-enabled devices found.\n', status)
  const create = given.get('create')
  if (create !== undefined)
    return createInstances(screen, gpus, { profiles: create, compute: given.has('defaultCompute') })
  const chosen = withInstances(gpus, wanted(given, 'gpuInstance'))
  if (given.has('instances')) return drawGpuInstances(chosen, style)
  return ofCompute(screen, chosen, given)
}

/** The commands about compute instances, and `-dgi`. */
async function ofCompute(screen: Screen, gpus: readonly SmiMigGpu[], given: Given): Promise<string> {
  const profiles = given.get('createCompute')
  if (profiles !== undefined) return createCompute(screen, gpus, profiles)
  if (given.has('computeProfiles')) return drawComputeProfiles(gpus)
  if (given.has('computePlaces')) return drawComputePlaces(gpus)
  if (given.has('destroyCompute')) return destroyCompute(screen, gpus, wanted(given, 'computeInstance'))
  if (given.has('destroy')) return destroyInstances(screen, gpus)
  if (given.has('computeInstances')) {
    const isEmpty = gpus.every(({ instances }) => instances.every((each) => each.computeInstances.length === 0))
    if (isEmpty) throw new SmiExit('No compute instances found: Not Found\n', SMI_STATUS.notFound)
    return drawComputeInstances(gpus)
  }
  throw new SmiExit('No option given. Please run "nvidia-smi mig -h".\n', SMI_STATUS.invalidArgument)
}

/** The GPUs with the chosen GPU instances. @throws SmiExit 6 if there are none */
function withInstances(gpus: readonly SmiMigGpu[], isWanted: (id: number) => boolean): SmiMigGpu[] {
  const chosen = gpus.map((gpu) => ({ ...gpu, instances: gpu.instances.filter(({ id }) => isWanted(id)) }))
  if (chosen.some(({ instances }) => instances.length > 0)) return chosen
  throw new SmiExit('No GPU instances found: Not Found\n', SMI_STATUS.notFound)
}

/** The ids of `-gi` or `-ci`; all without it. @throws SmiExit 2 */
function wanted(given: Given, key: 'gpuInstance' | 'computeInstance'): (id: number) => boolean {
  const text = given.get(key)
  if (text === undefined) return () => true
  if (!/^\d{1,3}(,\d{1,3})*$/.test(text)) {
    const option = key === 'gpuInstance' ? '-gi' : '-ci'
    throw new SmiExit(`Option "${option}" takes numbers, not "${text}".\n`, SMI_STATUS.invalidArgument)
  }
  const ids = text.split(',').map(Number)
  return (id) => ids.includes(id)
}
