import { parseSelector, parseType } from '../app/values.ts'
import { shellQuote } from '../errors/shell-quote.ts'
import type { ArgumentSpec, OptionSpec } from './spec.ts'

/** -i/--gpu where a listing may be narrowed or a change aimed. */
export const GPU_OPTION = {
  short: 'i',
  value: 'GPU',
  summary: 'only this GPU: index, address or UUID',
  parse: parseSelector,
  env: 'NVGPU_GPU',
  complete: 'gpu',
} as const satisfies OptionSpec

/** What a remark's command repeats of it: quoted, for what names a GPU may be a file's. */
export function gpuWords(gpu: string | undefined): string {
  return gpu === undefined ? '' : ` --gpu ${shellQuote(gpu)}`
}

/** The same for verbs that can hit several objects: the environment must not choose what is destroyed. */
export const GPU_TARGET = {
  short: 'i',
  value: 'GPU',
  summary: 'all on this GPU: index, address or UUID',
  parse: parseSelector,
  complete: 'gpu',
} as const satisfies OptionSpec

export const VF_ARGUMENT = {
  summary: 'a VF: address, GPU/index, or index where one GPU is meant',
  parse: parseSelector,
  complete: 'vf',
} as const satisfies ArgumentSpec

export const TYPE_ARGUMENT = {
  summary: 'a vGPU type: name, number, or nvidia-NUMBER, in any case',
  parse: parseType,
  complete: 'type',
} as const satisfies ArgumentSpec

export const VGPU_ARGUMENT = {
  summary: 'a vGPU: UUID, the beginning of one, VF address, or name',
  parse: parseSelector,
  complete: 'vgpu',
} as const satisfies ArgumentSpec
