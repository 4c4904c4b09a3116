import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { library } from '../../src/nvml/library/library.ts'
import type { LibraryArchitecture } from '../../src/nvml/library/names.ts'

/** SHA-256 of the library for this socket. Another value means other bytes: a change that its readers should know of. */
const SOCKET = '/run/nvgpu/lib/nvml.sock'
const GOLDEN = {
  x64: '4ac2954ca32ec2ab50f64835f013ebb430a43c3ee41a9b04f0cb16579d74428a',
  arm64: 'f744890a7966b92c7a9eeeb9ff6ed3a13b2b5bc11a82e9db302526c938f35591',
} as const

it.each<[LibraryArchitecture, string]>([
  ['x64', GOLDEN.x64],
  ['arm64', GOLDEN.arm64],
])('H 4: the library for %s has the bytes it always had', async (architecture, digest) => {
  const bytes = await library(architecture, SOCKET)
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(digest)
})
