import { changeHost } from '../../app/transaction.ts'
import type { HostState } from '../../engine/state.ts'
import { DRY_RUN } from '../settings.ts'
import { nvmlError, SmiExit } from './outcome.ts'
import type { Screen } from './screens.ts'

/** A change that nvidia-smi makes on its own. */
export interface Step {
  /** Makes it. @returns the text of the success */
  readonly act: (state: HostState) => string
  /** The text of a refusal, in NVML's words. */
  readonly failed: (words: string) => string
}

/**
 * Makes changes one after the other. The first refusal ends the command, and the changes before it stay.
 * @throws SmiExit with the text of all steps and the status of the refusal
 */
export async function inOrder(screen: Screen, steps: readonly Step[], end = ''): Promise<string> {
  let failed: Step['failed'] = () => ''
  try {
    const { text, status } = await changeHost(screen.context, (state) => {
      let text = ''
      for (const step of steps) {
        failed = step.failed
        try {
          text += step.act(state)
        } catch (error) {
          // nothing to keep: the refusal is that of the command
          if (text === '') throw error
          const refusal = nvmlError(error)
          return { text: text + failed(refusal.words), status: refusal.status }
        }
      }
      return { text: text + end, status: 0 }
    })
    if (screen.context.settings.dryRun) screen.context.io.stderr.write(DRY_RUN)
    if (status !== 0) throw new SmiExit(text, status)
    return text
  } catch (error) {
    if (error instanceof SmiExit) throw error
    const { words, status } = nvmlError(error)
    throw new SmiExit(failed(words), status)
  }
}
