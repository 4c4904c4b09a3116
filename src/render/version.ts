import type { VersionsView } from '../contract/views/version.ts'
import type { View } from './answer.ts'

/** Versions of the program and of its formats. */
export const VERSIONS: View<VersionsView> = {
  kind: 'versions',
  name: ({ nvgpu }) => nvgpu,
  columns: [],
  fields: ['nvgpu', 'node', 'stateSchema'],
  picture: (items) => items.map(({ nvgpu }) => `nvgpu ${nvgpu}\n`).join(''),
}
