import { describe, expect, it } from 'vitest'
import { MiB } from '../../src/abi/align.ts'
import { running } from './hosts.ts'

describe('patch 24: management heap', () => {
  it('is the type’s size in 4 KiB pages, in the slack above the guest’s memory', () => {
    expect(running().vgpu.heap).toEqual({ addr: 0xbeb000000, size: 32 * MiB })
  })
})
