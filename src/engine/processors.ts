/**
 * Processors of the simulated machine: 64 in one package. Every device is near all of them, and no firmware table names its NUMA
 * node. Both are chosen for the simulation.
 */
export const PROCESSORS = {
  count: 64,
  /** As local_cpus prints them. */
  mask: 'ffffffff,ffffffff',
  /** As local_cpulist prints them. */
  list: '0-63',
  /** As numa_node prints it: -1 is none. */
  numaNode: -1,
} as const
