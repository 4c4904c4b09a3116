import type { CounterSet, Device } from '../../src/app/fleet/export/gpu-devices.ts'

type Need = readonly [counter: string, value: number]

/** What is left of shared counters, as a scheduler of Kubernetes counts. */
export class Counters {
  readonly #left = new Map<string, number>()
  /** What each device consumes. Allocated ones, and those that can never be allocated again, are not among them. */
  readonly #free: Map<Device, readonly Need[]>

  constructor(sets: readonly CounterSet[], devices: readonly Device[]) {
    for (const { name, counters } of sets)
      for (const [counter, { value }] of Object.entries(counters)) this.#left.set(`${name}/${counter}`, Number(value))
    this.#free = new Map(devices.map((device) => [device, needs(device)]))
  }

  /** Devices that may be allocated now. */
  allocatable(): Device[] {
    for (const [device, needed] of this.#free)
      if (!needed.every(([key, value]) => (this.#left.get(key) ?? 0) >= value)) this.#free.delete(device)
    return [...this.#free.keys()]
  }

  allocate(device: Device): void {
    for (const [key, value] of this.#free.get(device) ?? []) this.#left.set(key, (this.#left.get(key) ?? 0) - value)
    this.#free.delete(device)
  }
}

function needs({ consumesCounters }: Device): Need[] {
  return consumesCounters.flatMap(({ counterSet, counters }) =>
    Object.entries(counters).map(([name, { value }]): Need => [`${counterSet}/${name}`, Number(value)]),
  )
}

export function attributeOf(device: Device, attribute: string): string | number | undefined {
  const value = device.attributes[attribute]
  return value === undefined ? undefined : 'int' in value ? value.int : value.string
}
