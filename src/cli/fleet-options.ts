import { parseCount, parsePath } from '../app/values.ts'
import type { OptionSpec } from './spec.ts'

/** The fleet file; `fleet.yaml` without the option and its variable. */
export const FLEET_OPTION = {
  value: 'FILE',
  summary: 'fleet file; default fleet.yaml in this directory',
  parse: parsePath,
  env: 'NVGPU_FLEET',
  complete: 'file',
} as const satisfies OptionSpec

/** Of verbs that write a fleet file: they change no host, so they have no other option of a change. */
export const DRY_RUN_OPTION = {
  summary: 'show the result, write nothing',
  env: 'NVGPU_DRY_RUN',
} as const satisfies OptionSpec

/** A group of equal hosts. */
export const GROUP_OPTIONS = {
  hosts: { value: 'N', summary: 'number of equal hosts', parse: parseCount },
  board: { short: 'b', value: 'BOARD', summary: 'board in each of them', complete: 'board' },
  gpus: { value: 'N', summary: 'GPUs in each of them; default 1', parse: parseCount },
  vfs: { value: 'N', summary: 'VFs enabled on each GPU; default all', parse: parseCount },
  profile: {
    short: 'p',
    value: 'PROFILE',
    summary: 'driver profile; default v2, or vgpu17 for a board that v2 does not support',
    choices: ['v2', 'rfc-v1', 'vgpu17', 'vgpu16'],
  },
  mode: { value: 'MODE', summary: 'mode of the GPUs', choices: ['heterogeneous', 'homogeneous'] },
  ecc: { value: 'ON|OFF', summary: 'ECC of the GPUs', choices: ['on', 'off'] },
} as const satisfies Record<string, OptionSpec>
