import type { NvmlFunctionItem, NvmlLibraryItem } from '../../render/nvml.ts'
import { count, flag, list, object, text } from './build.ts'

export const nvmlFunction = object<NvmlFunctionItem>({ name: text, implemented: flag, from: text })

export const nvmlLibrary = object<NvmlLibraryItem>({ file: text, links: list(text), socket: text, bytes: count })
