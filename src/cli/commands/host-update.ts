import { changeHost } from '../../app/transaction.ts'
import { parseSelector } from '../../app/values.ts'
import { changed } from '../../render/answer.ts'
import { HOSTS } from '../../render/host.ts'
import { type VerbSpec, verb } from '../spec.ts'

/** The verb of the noun host that replaces the driver under running vGPUs. */
export const WARM_UPDATE: VerbSpec = verb({
  name: 'warm-update',
  summary: 'replace the driver under running vGPUs: save them, load the new version, restore them in place',
  examples: ['host warm-update --to-version 570.158.01', 'host warm-update --to-version 580.65.06 --dry-run'],
  options: {
    toVersion: { value: 'VERSION', summary: 'release of the new driver', required: true, parse: parseSelector },
  },
  args: {},
  changes: true,
  async run(context, { options }) {
    const { warmUpdate } = await import('../../engine/verbs/warm-update.ts')
    const change = await changeHost(context, (state) => warmUpdate(state, { toVersion: options.toVersion }))
    return changed({ ...HOSTS, sentence: (host) => `host on driver ${host.driverVersion}` }, change)
  },
})
