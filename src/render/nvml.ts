import type { NvmlFunctionItem, NvmlLibraryItem } from '../contract/views/nvml.ts'
import type { View } from './answer.ts'

/** The functions of NVIDIA's library. */
export const NVML_FUNCTIONS: View<NvmlFunctionItem> = {
  kind: 'nvmlFunctions',
  name: (item) => item.name,
  columns: [
    { head: 'FUNCTION', text: (item) => item.name },
    { head: 'ANSWERS', text: (item) => (item.implemented ? 'yes' : 'NOT_SUPPORTED') },
    { head: 'FROM', text: (item) => item.from, shrink: 0 },
  ],
  fields: ['name', 'implemented', 'from'],
}

/** An installed library. */
export const NVML_LIBRARY: View<NvmlLibraryItem> = {
  kind: 'nvmlLibraries',
  name: (item) => item.file,
  sentence: (item) => `${item.file} asks the server at ${item.socket}`,
  columns: [
    { head: 'FILE', text: (item) => item.file },
    { head: 'SOCKET', text: (item) => item.socket },
    { head: 'BYTES', text: (item) => String(item.bytes), right: true },
  ],
  fields: ['file', 'socket', 'bytes'],
}
