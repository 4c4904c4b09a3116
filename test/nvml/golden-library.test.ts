import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { library } from '../../src/nvml/library/library.ts'
import type { LibraryArchitecture } from '../../src/nvml/library/names.ts'

/** SHA-256 of the library for this socket. Another value means other bytes: a change that its readers should know of. */
const SOCKET = '/run/nvgpu/lib/nvml.sock'
const GOLDEN = {
  x64: 'af0cb2293224b4b2142466fff9d886490278a43db8bc10191d16c9a17c292901',
  arm64: '8f93d3c2fb4c8afce9cedc19abfabac66d78abd35e2fea4e03de69b7da5b0225',
} as const

it.each<[LibraryArchitecture, string]>([
  ['x64', GOLDEN.x64],
  ['arm64', GOLDEN.arm64],
])('H 4: the library for %s has the bytes it always had', async (architecture, digest) => {
  const bytes = await library(architecture, SOCKET)
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(digest)
})
