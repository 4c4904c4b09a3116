import type { GpuModes } from '../../engine/state.ts'
import { SMI_STATUS, SmiExit } from './outcome.ts'
import type { Screen } from './screens.ts'
import { each } from './setters.ts'

const ON_OFF: Readonly<Record<string, boolean>> = { '0': false, disabled: false, '1': true, enabled: true }
const COMPUTE: Readonly<Record<string, GpuModes['compute']>> = {
  '0': 'default',
  default: 'default',
  // deprecated: nvidia-smi sets the next one
  '1': 'exclusive-process',
  exclusive_thread: 'exclusive-process',
  '2': 'prohibited',
  prohibited: 'prohibited',
  '3': 'exclusive-process',
  exclusive_process: 'exclusive-process',
}

/** The options of nvidia-smi that set a mode: title, value, and its word. */
const SETTERS = {
  persistence: { title: 'persistence mode', option: '-pm', read: (word: string) => onOff('persistence', word) },
  accounting: { title: 'accounting mode', option: '-am', read: (word: string) => onOff('accounting', word) },
  compute: {
    title: 'compute mode',
    option: '-c',
    read: (word: string) => (COMPUTE[word] === undefined ? null : { compute: COMPUTE[word] }),
  },
} as const

export type ModeOption = keyof typeof SETTERS

/** `-pm`, `-am` and `-c`. A mode that is set already is no error. */
export async function setMode(screen: Screen, ids: string | undefined, key: ModeOption, text: string): Promise<string> {
  const { setGpuModes } = await import('../../engine/verbs/gpu-modes.ts')
  const { title, option, read } = SETTERS[key]
  const modes = read(text.toLowerCase())
  if (modes === null) {
    throw new SmiExit(`Invalid value "${text}" for ${option}.\n`, SMI_STATUS.invalidArgument)
  }
  const lines = await each(screen, ids, {
    act: (state, gpu) => setGpuModes(state, { gpu, modes }).changed,
    done: (busId, changed) =>
      `${title[0]?.toUpperCase()}${title.slice(1)} is ${changed ? '' : 'already '}${text} for GPU ${busId}.\n`,
    failed: (busId, words) => `Unable to set ${title} for GPU ${busId}: ${words}\n`,
  })
  return `${lines}All done.\n`
}

function onOff<K extends 'persistence' | 'accounting'>(key: K, word: string): { [key: string]: boolean } | null {
  const on = ON_OFF[word]
  return on === undefined ? null : { [key]: on }
}
