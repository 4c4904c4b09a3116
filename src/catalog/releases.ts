import { PROFILES, type Profile } from './profiles.ts'

/** A branch of host drivers. */
interface Branch {
  /** number before the first point of a driver version */
  readonly branch: number
  /** vGPU software release */
  readonly vgpu: { readonly major: number; readonly minor: number }
  /** accepted vGPU protocol versions of guests, major << 16 | minor */
  readonly vgpuVersion: Profile['vgpuVersion']
}

/**
 * The known branches, ascending. Each accepts the guests of both neighbours that were started on it or before it: the
 * windows overlap. The rows up to 570 have the profiles' windows; that of 580, which gives up guests older than vGPU 17,
 * is modelled.
 */
const BRANCHES: readonly Branch[] = [
  { branch: 535, vgpu: { major: 16, minor: 0 }, vgpuVersion: PROFILES['rfc-v1'].vgpuVersion },
  { branch: 550, vgpu: { major: 17, minor: 0 }, vgpuVersion: PROFILES.vgpu17.vgpuVersion },
  { branch: 570, vgpu: { major: 18, minor: 0 }, vgpuVersion: PROFILES.v2.vgpuVersion },
  { branch: 580, vgpu: { major: 19, minor: 0 }, vgpuVersion: { oldest: 0x14_0001, newest: 0x1a_0001 } },
]

/** The number before the first point of a driver version. */
export function branchOf(driverVersion: string): number {
  return Number.parseInt(driverVersion, 10)
}

/**
 * The rules of a profile under a driver release. The profile's own release is unchanged. Another brings firmware of its
 * number, and the window and vGPU release of its branch; an unknown branch has those of the branch below it.
 */
export function profileUnder(profile: Profile, driverVersion: string): Profile {
  if (driverVersion === profile.driverVersion) return profile
  const key = `${profile.name} ${profile.face} ${driverVersion}`
  const known = made.get(key) ?? underRelease(profile, driverVersion)
  made.set(key, known)
  return known
}

const made = new Map<string, Profile>()

function underRelease(profile: Profile, driverVersion: string): Profile {
  const branch = branchOf(driverVersion)
  const row = BRANCHES.findLast((known) => known.branch <= branch) ?? BRANCHES[0]
  if (row === undefined) return profile
  return {
    ...profile,
    driverVersion,
    gspVersion: driverVersion,
    vgpuVersion: branch === branchOf(profile.driverVersion) ? profile.vgpuVersion : row.vgpuVersion,
    metadata: profile.metadata && row.vgpu,
  }
}
