import type { CounterSet, Device } from '../../src/app/fleet/export/gpu-devices.ts'

/** What is left of shared counters, as a scheduler of Kubernetes counts. */
export class Counters {
  readonly #left = new Map<string, number>()
  readonly #free: Set<Device>

  constructor(sets: readonly CounterSet[], devices: readonly Device[]) {
    for (const { name, counters } of sets)
      for (const [counter, { value }] of Object.entries(counters)) this.#left.set(`${name}/${counter}`, Number(value))
    this.#free = new Set(devices)
  }

  /** Devices that may be allocated now. */
  allocatable(): Device[] {
    return [...this.#free].filter((device) =>
      needs(device).every(([key, value]) => (this.#left.get(key) ?? 0) >= value),
    )
  }

  allocate(device: Device): void {
    this.#free.delete(device)
    for (const [key, value] of needs(device)) this.#left.set(key, (this.#left.get(key) ?? 0) - value)
  }
}

function needs({ consumesCounters }: Device): [string, number][] {
  return consumesCounters.flatMap(({ counterSet, counters }) =>
    Object.entries(counters).map(([name, { value }]): [string, number] => [`${counterSet}/${name}`, Number(value)]),
  )
}

export function attributeOf(device: Device, attribute: string): string | number | undefined {
  const value = device.attributes[attribute]
  return value === undefined ? undefined : 'int' in value ? value.int : value.string
}
