import { describe, expect, it } from 'vitest'
import { bound, cold, refusal } from './hosts.ts'

describe('patch 10: interfaces for the VFIO module', () => {
  it('has one place for a manager', () => {
    const { machine } = bound()
    expect(machine.ops.getHandle()).toBe(true)
    expect(() => machine.ops.attachHandle()).toThrow(refusal({ errno: 'EEXIST' }))
    machine.ops.detachHandle()
    expect(machine.ops.getHandle()).toBe(false)
    expect(() => machine.ops.attachHandle()).not.toThrow()
  })

  it('is not there before init', () => {
    const { machine } = cold()
    expect(machine.ops.isEnabled()).toBe(false)
    machine.nvkm.probe()
    expect(machine.ops.isEnabled()).toBe(true)
  })
})
