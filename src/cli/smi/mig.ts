import { drawMigPlaces, drawMigProfiles } from '../../render/smi/mig-profiles.ts'
import { SMI_STATUS, SmiExit } from './outcome.ts'
import { look, type Screen, styleFor } from './screens.ts'
import type { MIG } from './subcommand-table.ts'

/**
 * `nvidia-smi mig`. MIG is off on every simulated GPU: profiles and places of GPU instances are facts of the board, the rest
 * needs MIG.
 */
export async function mig(screen: Screen, given: ReadonlyMap<keyof typeof MIG, string>): Promise<string> {
  const view = await look(screen, given.get('id'))
  const style = styleFor(screen, view)
  const { migProfilesOf } = await import('../../catalog/mig-profiles.ts')
  const capable = view.gpus
    .filter(({ migMode }) => migMode !== 'N/A')
    .map(({ index, board }) => {
      const profiles = migProfilesOf(board).map((profile) => ({ ...profile, free: profile.maxInstances }))
      return { index, enabled: false, profiles, instances: [] }
    })
  if (capable.length === 0) throw new SmiExit('No MIG-supported devices found.\n', SMI_STATUS.notFound)
  if (given.has('profiles')) return drawMigProfiles(capable, style)
  if (given.has('places')) return drawMigPlaces(capable)
  // the captured 580 ends with 0 here; 550 as its manual says
  const status = style.release >= 580 ? SMI_STATUS.ok : SMI_STATUS.notFound
  throw new SmiExit('No MIG-enabled devices found.\n', status)
}
