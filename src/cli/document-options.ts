import { parsePath } from '../app/values.ts'
import type { OptionSpec } from './spec.ts'

/** -f of apply, diff and assert. */
export const FILES_OPTION = {
  short: 'f',
  value: 'FILE',
  summary: 'YAML or JSON, - for standard input; several count as one',
  required: true,
  repeat: true,
  parse: parsePath,
  complete: 'file',
} as const satisfies OptionSpec

/** -c of a file with several hosts in it, as in nvidia-vgpu-dm. */
export const LABEL_OPTION = {
  short: 'c',
  value: 'LABEL',
  summary: 'label in a file of vgpu-device-manager or mig-parted',
} as const satisfies OptionSpec
