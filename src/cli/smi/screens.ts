import { readHost } from '../../app/transaction.ts'
import { usageError } from '../../app/usage.ts'
import type { SmiTypeView, SmiView } from '../../engine/smi/view.ts'
import { isStyle, STYLES, type Style, styleOfDriver } from '../../render/smi/style.ts'
import type { Context } from '../context.ts'
import { SMI_STATUS, SmiExit } from './outcome.ts'

/** Settings of nvidia-smi's screens: a context, and the release whose look is imitated. */
export interface Screen {
  readonly context: Context
  /** Null: the style of the host's driver. */
  readonly style: Style | null
}

export function styleOf(name: string | undefined): Style | null {
  if (name === undefined) return null
  if (isStyle(name)) return STYLES[name]
  throw usageError(`--style takes ${Object.keys(STYLES).join(' or ')}, not '${name}'`)
}

/**
 * The GPUs that -i selects, as NVML sees them.
 * @param ids comma-separated indices, addresses or UUIDs; all GPUs without
 * @param after microseconds the screen has been up
 * @throws SmiExit 6 for a missing GPU, 9 if no driver is loaded
 */
export async function look({ context }: Screen, ids: string | undefined, after = 0): Promise<SmiView> {
  const { smiView, answers, gpusNamed } = await import('../../engine/smi/facts.ts')
  return readHost(context, (state) => {
    if (!state.gpus.some((gpu) => gpu.nvkm.driver !== null)) throw new SmiExit(NO_DRIVER, SMI_STATUS.noDriver)
    const chosen = gpusNamed(state, ids)
    const view = chosen === null ? null : smiView(state, chosen, after + (context.io.elapsed ?? 0))
    if (view === null || view.gpus.length === 0 || !state.gpus.some(answers)) throw notFound()
    return view
  })
}

/** Release of the host's driver, also while it is not loaded. */
export function driverVersion({ context }: Screen): Promise<string> {
  return readHost(context, (state) => state.driverVersion)
}

/** The style of a screen about a host. */
export function styleFor({ style }: Screen, { driverVersion }: SmiView): Style {
  return style ?? styleOfDriver(driverVersion)
}

/** Types of each GPU of a view. */
export async function lookAtTypes({ context }: Screen, view: SmiView): Promise<(readonly SmiTypeView[])[]> {
  const { smiTypes } = await import('../../engine/smi/types.ts')
  return readHost(context, (state) => view.gpus.map((gpu) => smiTypes(state, gpu.index)))
}

function notFound(): SmiExit {
  return new SmiExit('No devices were found\n', SMI_STATUS.notFound)
}

const NO_DRIVER =
  "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.\n\n"
