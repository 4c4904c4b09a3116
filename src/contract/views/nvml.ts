import { count, flag, type Infer, list, object, text } from './schema.ts'

/** A function of NVIDIA's library. */
export const NVML_FUNCTION = object({ name: text, implemented: flag, from: text })
export type NvmlFunctionItem = Infer<typeof NVML_FUNCTION>

/** An installed library. */
export const NVML_LIBRARY = object({ file: text, links: list(text), socket: text, bytes: count })
export type NvmlLibraryItem = Infer<typeof NVML_LIBRARY>
