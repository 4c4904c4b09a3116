import type { ChipName } from './board-row.ts'

/** Clocks in MHz, as nvidia-smi lists them. */
export interface Clocks {
  readonly graphics: number
  readonly memory: number
  readonly video: number
}

/** Limits and idle values of a chip's sensors. */
export interface ChipSensors {
  readonly max: Clocks
  readonly idle: Clocks
  /** Performance state of an idle GPU; boards with HBM stay in P0. */
  readonly idleState: 0 | 8
  /** Power of an idle board as a share of its limit, and the lowest limit that can be set as another. */
  readonly idlePower: number
  readonly minPower: number
  /** Degrees Celsius: idle, the highest for operation, then slowdown and shutdown. */
  readonly temperature: {
    readonly idle: number
    readonly max: number
    readonly slowdown: number
    readonly shutdown: number
  }
  readonly pcieGeneration: number
  /** A link of an idle GPU falls to this generation. */
  readonly idleGeneration: number
}

const AD102: ChipSensors = {
  max: { graphics: 2520, memory: 9001, video: 1965 },
  idle: { graphics: 210, memory: 405, video: 1185 },
  idleState: 8,
  idlePower: 0.095,
  minPower: 0.29,
  temperature: { idle: 30, max: 87, slowdown: 89, shutdown: 92 },
  pcieGeneration: 4,
  idleGeneration: 1,
}

const GA102: ChipSensors = {
  max: { graphics: 1740, memory: 7251, video: 1530 },
  idle: { graphics: 210, memory: 405, video: 555 },
  idleState: 8,
  idlePower: 0.099,
  minPower: 0.34,
  temperature: { idle: 29, max: 88, slowdown: 95, shutdown: 98 },
  pcieGeneration: 4,
  idleGeneration: 1,
}

const GH100: ChipSensors = {
  max: { graphics: 1980, memory: 2619, video: 1545 },
  idle: { graphics: 345, memory: 2619, video: 765 },
  idleState: 0,
  idlePower: 0.144,
  minPower: 0.286,
  temperature: { idle: 30, max: 87, slowdown: 89, shutdown: 95 },
  pcieGeneration: 5,
  idleGeneration: 5,
}

/** Memory clock of the boards with HBM3e (H200 as captured). */
const HBM3E_CLOCK = 3201
const HBM3E_GIB = 141

/** The sensors of a board: those of its chip, with the clock of its memory. */
export function boardSensors({
  chip,
  memoryGiB,
}: {
  readonly chip: ChipName
  readonly memoryGiB: number
}): ChipSensors {
  const sensors = CHIP_SENSORS[chip]
  if (memoryGiB !== HBM3E_GIB) return sensors
  const memory = { memory: HBM3E_CLOCK }
  return { ...sensors, max: { ...sensors.max, ...memory }, idle: { ...sensors.idle, ...memory } }
}

/**
 * Sensors of each chip, from captures of `nvidia-smi -q`: L40S for AD102, L4 for AD104, A40 for GA102, H100 for GH100. GA107
 * is modelled as GA102, GB202 as AD102, and GB100 as GH100. GA100 has the published clocks of A100; its other figures are modelled as those of GH100.
 */
const CHIP_SENSORS: Readonly<Record<ChipName, ChipSensors>> = {
  AD102,
  AD104: {
    ...AD102,
    max: { graphics: 2040, memory: 6251, video: 1770 },
    idle: { graphics: 210, memory: 405, video: 765 },
    idlePower: 0.229,
    minPower: 0.556,
    temperature: { idle: 33, max: 86, slowdown: 88, shutdown: 91 },
  },
  GA102,
  GA107: GA102,
  GA100: {
    ...GH100,
    max: { graphics: 1410, memory: 1512, video: 1290 },
    idle: { graphics: 210, memory: 1512, video: 585 },
    pcieGeneration: 4,
    idleGeneration: 4,
  },
  GH100,
  GB100: GH100,
  GB202: { ...AD102, pcieGeneration: 5 },
}
