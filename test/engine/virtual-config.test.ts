import { describe, expect, it } from 'vitest'
import { ConfigSpace } from '../../src/engine/hw/config-space.ts'
import { virtualConfig } from '../../src/engine/vfio/virtual-config.ts'

describe('J 3: the configuration space of a guest', () => {
  it('belongs to one type and one revision, however near the next ones are', () => {
    for (const [vdevId, revision] of [
      [0x26b51700, 0x00],
      [0x26b51600, 0x01],
      [0x26b51601, 0x00],
      [0x26b51600, 0xff],
      [0x26b51600, 0x01],
    ] as const) {
      const config = new ConfigSpace(virtualConfig(vdevId, revision), () => {})
      expect([config.read16(0x02), config.read16(0x2e), config.read8(0x08)]).toEqual([
        vdevId >>> 16,
        vdevId & 0xffff,
        revision,
      ])
    }
  })
})
