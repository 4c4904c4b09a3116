import type { SmiGpuView } from '../../engine/smi/view.ts'
import { inOrder, type Step } from './in-order.ts'
import { SMI_STATUS, SmiExit } from './outcome.ts'
import { look, type Screen } from './screens.ts'

const SWITCH: Readonly<Record<string, boolean>> = { '0': false, disabled: false, '1': true, enabled: true }

/**
 * `-mig 0|1`. A board without MIG is a warning, and so is a mode that waits for a reset.
 * @param strict a warning ends with status 3
 */
export async function setMig(
  screen: Screen,
  ids: string | undefined,
  { text, strict }: { readonly text: string; readonly strict: boolean },
): Promise<string> {
  const on = SWITCH[text.toLowerCase()]
  if (on === undefined) throw new SmiExit(`Invalid value "${text}" for -mig.\n`, SMI_STATUS.invalidArgument)
  const { setMigMode } = await import('../../engine/verbs/mig-mode.ts')
  const { gpus } = await look(screen, ids)
  let warned = false
  const steps = gpus.map((gpu): Step => {
    const { busId, bdf, migMode } = gpu
    const refusal = (words: string) => `Unable to ${on ? 'enable' : 'disable'} MIG Mode for GPU ${busId}: ${words}\n`
    return {
      act: (state) => {
        if (migMode === 'N/A') {
          warned = true
          return `${refusal('Not Supported')}Treating as warning and moving on.\n`
        }
        const [mode] = setMigMode(state, { gpu: bdf, on }).items
        if (mode !== undefined && mode.current !== mode.pending) {
          warned = true
          return pendingText(busId, on)
        }
        return `${on ? 'Enabled' : 'Disabled'} MIG Mode for GPU ${busId}\n${persistence(gpu)}`
      },
      failed: (words) => `${refusal(words)}Terminating early due to previous errors.\n`,
    }
  })
  const answer = await inOrder(screen, steps, 'All done.\n')
  if (strict && warned) throw new SmiExit(answer, SMI_STATUS.notAvailable)
  return answer
}

/** The driver could not reset the GPU, because something uses it. No blank follows the colon. */
function pendingText(busId: string, on: boolean): string {
  return [
    `Warning: MIG mode is in pending ${on ? 'enable' : 'disable'} state for GPU ${busId}:In use by another client\n`,
    `${busId} is currently being used by one or more other processes (e.g. CUDA application or a monitoring application such as another instance of nvidia-smi). Please first kill all processes using the device and retry the command or reboot the system to make MIG mode effective.\n`,
  ].join('')
}

function persistence({ modes, busId }: SmiGpuView): string {
  if (modes.persistence) return ''
  return `\nWarning: persistence mode is disabled on device ${busId}. See the Known Issues section of the nvidia-smi(1) man page for more information. Run with [--help | -h] switch to get more information on how to enable persistence mode.\n`
}
