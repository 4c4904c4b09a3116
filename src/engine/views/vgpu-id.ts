/** Numbers nvidia-smi gives to vGPUs are large and start with 32516 or 32517; here they follow from the UUID. */
const FIRST = 3_251_600_000
const COUNT = 200_000

/** The number of a vGPU in nvidia-smi's screens. */
export function vgpuId(uuid: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < uuid.length; i += 1) hash = Math.imul(hash ^ uuid.charCodeAt(i), 0x01000193)
  return FIRST + ((hash >>> 0) % COUNT)
}
