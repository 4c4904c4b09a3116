import { parseSelector, parseType, parseUuid } from '../app/values.ts'
import { shellQuote } from '../errors/shell-quote.ts'
import type { ArgumentSpec, OptionSpec } from './spec.ts'

/** -i/--gpu, to narrow a listing or select the GPU of a change. */
export const GPU_OPTION = {
  short: 'i',
  value: 'GPU',
  summary: 'only this GPU: index, address or UUID',
  parse: parseSelector,
  env: 'NVGPU_GPU',
  complete: 'gpu',
} as const satisfies OptionSpec

/** The GPU selector as remarks repeat it: quoted, since the name may come from a file. */
export function gpuWords(gpu: string | undefined): string {
  return gpu === undefined ? '' : ` --gpu ${shellQuote(gpu)}`
}

/** The GPU that a remark names where none was selected: the first of several. */
export function firstOf({ gpus }: { readonly gpus: readonly unknown[] }): string | undefined {
  return gpus.length > 1 ? '0' : undefined
}

/** The same for verbs that can affect several objects: the environment must not select the objects to destroy. */
export const GPU_TARGET = {
  short: 'i',
  value: 'GPU',
  summary: 'all on this GPU: index, address or UUID',
  parse: parseSelector,
  complete: 'gpu',
} as const satisfies OptionSpec

export const VF_ARGUMENT = {
  summary: 'a VF: address, GPU/index, or index if the GPU is known',
  parse: parseSelector,
  complete: 'vf',
} as const satisfies ArgumentSpec

export const TYPE_ARGUMENT = {
  summary: 'a vGPU type: name, number, or nvidia-NUMBER, in any case',
  parse: parseType,
  complete: 'type',
} as const satisfies ArgumentSpec

export const VGPU_ARGUMENT = {
  summary: 'a vGPU: UUID or its beginning, VF address, or name',
  parse: parseSelector,
  complete: 'vgpu',
} as const satisfies ArgumentSpec

/** A board of the catalogue, whether the host has it or not. */
export const BOARD_OPTION = {
  short: 'b',
  value: 'BOARD',
  summary: 'of this board, empty, whether the host has it or not',
  complete: 'board',
} as const satisfies OptionSpec

export const VM_UUID = {
  value: 'UUID',
  summary: 'UUID of the VM; else it follows from its name',
  parse: parseUuid,
} as const satisfies OptionSpec

/** The VM's UUID as a part of a request. */
export function vmUuidOf({ vmUuid }: { readonly vmUuid: string | undefined }): { vmUuid?: string } {
  return vmUuid === undefined ? {} : { vmUuid }
}
