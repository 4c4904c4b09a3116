import { expect, it } from 'vitest'
import { nextPid } from '../../src/engine/guest/pids.ts'
import { hostOf } from './host-of.ts'

it('I 2.5: pids start again after the largest one of Linux, whatever an imported host counted', () => {
  const { state } = hostOf()
  const [gpu] = state.gpus
  if (!gpu) throw new Error('no GPU')
  for (const vmsStarted of [0, 1, 4_193_303, 4_193_304, 4_294_967_295]) {
    gpu.vmsStarted = vmsStarted
    const pid = nextPid(state, 0)
    expect(pid).toBeGreaterThan(1000)
    expect(pid).toBeLessThanOrEqual(4_194_304)
  }
  gpu.vmsStarted = 4_193_304
  expect(nextPid(state, 0)).toBe(1001)
})
