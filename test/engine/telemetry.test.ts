import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { boardNames, findBoard } from '../../src/catalog/boards.ts'
import { telemetry } from '../../src/engine/load/telemetry.ts'

const IDLE = { gpu: 0, memory: 0 }
const BOARDS = boardNames().flatMap((name) => findBoard(name) ?? [])
const percent = fc.integer({ min: 0, max: 100 })
const use = fc.record({ gpu: percent, memory: percent })

describe('the sensors of a GPU', () => {
  it('H 1: are those of an idle board without load: its lowest watts, degrees and clocks', () => {
    for (const board of BOARDS) {
      const sensors = telemetry(board, IDLE, IDLE)
      expect(sensors.idle, board.name).toBe(true)
      expect(sensors.pstate, board.name).toBe(board.hbm ? 0 : 8)
      expect(sensors.clocks.graphics).toBeLessThan(sensors.maxClocks.graphics)
    }
  })

  it('H 1: stay between idle and limit, and grow with the load', () => {
    fc.assert(
      fc.property(fc.constantFrom(...BOARDS), use, use, (board, now, recent) => {
        const idle = telemetry(board, IDLE, IDLE)
        const sensors = telemetry(board, now, recent)
        expect(sensors.temperature).toBeGreaterThanOrEqual(idle.temperature)
        expect(sensors.temperature).toBeLessThan(sensors.temperatureLimits.max)
        expect(sensors.power === null).toBe(board.powerLimitW === null)
        if (sensors.power !== null) {
          expect(sensors.power.draw).toBeGreaterThanOrEqual(idle.power?.draw ?? 0)
          expect(sensors.power.draw).toBeLessThan(sensors.power.limit)
        }
        expect(sensors.pstate).toBe(now.gpu === 0 && now.memory === 0 ? idle.pstate : 0)
      }),
    )
  })
})
