import type { ErrnoName } from '../../errors/errno.ts'
import { NvError, type RefusalCode } from '../../errors/nv-error.ts'
import type { GpuFacts } from '../vgpu-mgr/gpu-facts.ts'
import type { VgpuImage } from './image.ts'
import { nameInImage } from './type-name.ts'

/** The fields of a vGPU that are compared before a migration. */
export type Traveller = Pick<
  VgpuImage,
  | 'vgpuType'
  | 'typeName'
  | 'uuid'
  | 'version'
  | 'hostVersions'
  | 'profile'
  | 'metadata'
  | 'eccEnabled'
  | 'numChannels'
  | 'fbLength'
>

/** The destination: the GPU, and the type of the same number on it (null: unknown to the GPU). */
export interface Destination extends GpuFacts {
  bdf: string
  type: { name: string; numChannels: number; fbLength: number } | null
}

/** The kind of an incompatibility, by NVML's limit codes: host driver 1, guest driver 2, GPU 4, other 0x80000000. */
export type Limit = 'host driver' | 'guest driver' | 'GPU' | 'other'

interface Check {
  limit: Limit
  code: RefusalCode
  errno: ErrnoName
  /** A description of the fault, or null. */
  fault(from: Traveller, to: Destination): string | null
}

/** All rules of compatibility. Every rule is checked, and every failure reported. */
const CHECKS: readonly Check[] = [
  {
    limit: 'GPU',
    code: 'type-mismatch',
    errno: 'EINVAL',
    fault: (from, { type, bdf }) =>
      type && nameInImage(type.name) === nameInImage(from.typeName)
        ? null
        : `${bdf} has no type ${from.vgpuType} ${from.typeName}${type ? ` (${from.vgpuType} is ${type.name} there)` : ''}`,
  },
  {
    limit: 'GPU',
    code: 'ecc-unsupported',
    errno: 'EINVAL',
    fault: (from, to) =>
      from.eccEnabled === to.eccEnabled
        ? null
        : `ECC is ${on(from.eccEnabled)} here and ${on(to.eccEnabled)} on ${to.bdf}`,
  },
  {
    limit: 'GPU',
    code: 'conflict',
    errno: 'EINVAL',
    fault: (from, to) =>
      board(from.metadata) === board(to.metadata)
        ? null
        : `the GPU of the vGPU is ${board(from.metadata)} and ${to.bdf} is ${board(to.metadata)}`,
  },
  {
    limit: 'guest driver',
    code: 'conflict',
    errno: 'EINVAL',
    fault: ({ version }, { hostVersions, profile }) =>
      version >= hostVersions.oldest && version <= hostVersions.newest
        ? null
        : `the guest speaks vGPU version ${shownVersion(version)}, and a ${profile} host takes ${shownWindow(hostVersions)}`,
  },
  {
    limit: 'host driver',
    code: 'conflict',
    errno: 'EINVAL',
    fault: (from, to) =>
      from.hostVersions.oldest <= to.hostVersions.newest && to.hostVersions.oldest <= from.hostVersions.newest
        ? null
        : `the hosts' version windows ${shownWindow(from.hostVersions)} and ${shownWindow(to.hostVersions)} do not meet`,
  },
  {
    limit: 'host driver',
    code: 'conflict',
    errno: 'EINVAL',
    fault: (from, { type, profile }) =>
      !type || type.numChannels === from.numChannels
        ? null
        : `the guest has ${from.numChannels} channels and would get ${type.numChannels} from a ${profile} host`,
  },
  {
    limit: 'host driver',
    code: 'conflict',
    errno: 'EINVAL',
    fault: (from, { type, profile }) =>
      !type || type.fbLength === from.fbLength
        ? null
        : `the guest has ${from.fbLength} bytes of framebuffer and would get ${type.fbLength} from a ${profile} host`,
  },
]

/** All incompatibilities of a vGPU with a destination; empty if it can migrate. */
export function incompatibilities(
  from: Traveller,
  to: Destination,
): { limit: Limit; code: RefusalCode; text: string }[] {
  return CHECKS.flatMap(({ limit, code, fault }) => {
    const text = fault(from, to)
    return text === null ? [] : [{ limit, code, text }]
  })
}

/** @throws NvError of the first broken rule, with all broken rules in its message */
export function checkCompatible(from: Traveller, to: Destination, at: string): void {
  const found = incompatibilities(from, to)
  const [first] = found
  if (!first) return
  throw new NvError({
    errno: CHECKS.find(({ code }) => code === first.code)?.errno ?? 'EINVAL',
    code: first.code,
    at,
    message: `vGPU ${from.uuid} cannot go to ${to.bdf}: ${found.map(({ limit, text }) => `${text} (${limit})`).join('; ')}`,
    hint: `nvgpu types list --creatable --gpu ${to.bdf}`,
    object: from.uuid,
  })
}

/** Major.minor of a version word, in hex as the driver logs it. */
export function shownVersion(version: number): string {
  return `0x${(version >>> 16).toString(16)}.0x${(version & 0xffff).toString(16)}`
}

export function shownWindow({ oldest, newest }: { oldest: number; newest: number }): string {
  return `${shownVersion(oldest)} to ${shownVersion(newest)}`
}

function on(enabled: boolean): string {
  return enabled ? 'on' : 'off'
}

/** Device and subsystem of a metadata string. The ECC part has its own rule. */
function board(metadata: string): string {
  return metadata.replace(/\.ecc[01]$/, '')
}
