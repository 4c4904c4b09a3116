import { isProfileName } from '../catalog/profiles.ts'
import type { Traveller } from '../engine/migration/compat.ts'
import type { GpuMigrationFacts } from '../engine/views/migration-facts.ts'
import { NvmlError } from './error.ts'

type Members = Readonly<Record<string, unknown>>

/** The facts in opaque data, which may come from anywhere. @throws NvmlError INVALID_ARGUMENT */
export function readFacts(opaque: Buffer): unknown {
  const end = opaque.indexOf(0)
  if (end < 0) throw new NvmlError('INVALID_ARGUMENT')
  try {
    return JSON.parse(opaque.toString('latin1', 0, end))
  } catch {
    throw new NvmlError('INVALID_ARGUMENT')
  }
}

export function isGpuFacts(value: unknown): value is GpuMigrationFacts {
  return isMembers(value) && hasBoth(value) && typeof value.board === 'string'
}

export function isVgpuFacts(value: unknown): value is Traveller {
  const counts = ['vgpuType', 'version', 'numChannels', 'fbLength']
  return (
    isMembers(value) &&
    hasBoth(value) &&
    typeof value.typeName === 'string' &&
    typeof value.uuid === 'string' &&
    counts.every((name) => Number.isSafeInteger(value[name]))
  )
}

/** The facts that both sides have. */
function hasBoth(value: Members): boolean {
  const { profile, metadata, eccEnabled, hostVersions } = value
  return (
    typeof profile === 'string' &&
    isProfileName(profile) &&
    typeof metadata === 'string' &&
    typeof eccEnabled === 'boolean' &&
    isMembers(hostVersions) &&
    Number.isSafeInteger(hostVersions.oldest) &&
    Number.isSafeInteger(hostVersions.newest)
  )
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null
}
