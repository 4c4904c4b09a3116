import type { Board } from '../../catalog/boards.ts'
import { boardSensors, type Clocks } from '../../catalog/chip-sensors.ts'

/** Sensors of a GPU at one moment, in the units of nvidia-smi. */
export interface Telemetry {
  /** Performance state: 0 under load, 8 idle; boards with HBM stay in 0. */
  pstate: number
  /** Degrees Celsius. */
  temperature: number
  temperatureLimits: { max: number; slowdown: number; shutdown: number }
  /** Watts; null for a board without a published limit. */
  power: { draw: number; limit: number; min: number; max: number } | null
  clocks: Clocks & { sm: number }
  maxClocks: Clocks & { sm: number }
  /** The lowest graphics clock, MHz: that of an idle GPU. */
  minGraphics: number
  pcie: { generation: number; maxGeneration: number; width: number; txKiBps: number; rxKiBps: number }
  /** The clocks are low because nothing runs. */
  idle: boolean
}

/** Engine use in percent. */
export interface EngineUse {
  gpu: number
  memory: number
}

/** Share of the power between idle and limit that a fully busy board draws. */
const BUSY_POWER = 0.92
/** Degrees below the highest for operation at which a fully busy board settles. */
const HEADROOM = 6
const LANES = 16
/** PCI Express traffic in KiB/s for each percent of engine use. */
const TX_PER_PERCENT = 900
const RX_PER_PERCENT = 1400

/**
 * The sensors of a GPU: a pure function of the board and of its engine use. An idle GPU is in P8 with its idle clocks, watts
 * and degrees. Under load it is in P0 at its highest clocks; watts follow the use of now, degrees that of the last half minute.
 * The figures between idle and limit are invented.
 * @param now use of the current second
 * @param recent mean use over the last half minute
 */
export function telemetry(board: Board, now: EngineUse, recent: EngineUse): Telemetry {
  const { max, idle, idleState, idlePower, minPower, temperature, pcieGeneration, idleGeneration } = boardSensors(board)
  const isIdle = now.gpu === 0 && now.memory === 0
  const clocks = isIdle ? idle : max
  const limit = board.powerLimitW
  const draw = (watts: number) => watts * (idlePower + (1 - idlePower) * BUSY_POWER * effort(now))
  return {
    pstate: isIdle ? idleState : 0,
    temperature: Math.round(temperature.idle + (temperature.max - HEADROOM - temperature.idle) * effort(recent)),
    temperatureLimits: { max: temperature.max, slowdown: temperature.slowdown, shutdown: temperature.shutdown },
    power:
      limit === null
        ? null
        : { draw: Math.round(draw(limit) * 100) / 100, limit, min: Math.round(limit * minPower), max: limit },
    clocks: { ...clocks, sm: clocks.graphics },
    maxClocks: { ...max, sm: max.graphics },
    minGraphics: idle.graphics,
    pcie: {
      generation: isIdle ? idleGeneration : pcieGeneration,
      maxGeneration: pcieGeneration,
      width: LANES,
      txKiBps: Math.round(now.gpu * TX_PER_PERCENT),
      rxKiBps: Math.round(now.gpu * RX_PER_PERCENT),
    },
    idle: isIdle,
  }
}

/** 0 to 1: work of the graphics engine counts three times as much as memory traffic. */
function effort({ gpu, memory }: EngineUse): number {
  return (3 * gpu + memory) / 400
}
