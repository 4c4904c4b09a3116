import type { AnyStruct } from '../../abi/layout.ts'
import {
  nvmlGpuInstancePlacement_t,
  nvmlGpuInstanceProfileInfo_t,
  nvmlGpuInstanceProfileInfo_v2_t,
  nvmlGpuInstanceProfileInfo_v3_t,
} from '../../abi/nvml/mig.ts'
import { nvmlProfile } from '../../catalog/mig-instances.ts'
import type { GpuInstanceProfileView } from '../../contract/views/mig.ts'
import type { Call } from '../call.ts'
import { NvmlError } from '../error.ts'
import { migCapable, migEnabled } from '../instances.ts'
import { type Rows, row } from '../row.ts'

/** NVML_GPU_INSTANCE_PROFILE_COUNT. */
const PROFILES = 18
/** NVML_GPU_INSTANCE_PROFILE_CAPS_GFX. */
const CAPS_GFX = 2

/** Compute slices of a profile, the number that its name begins with. */
export function slices(name: string): number {
  return Number.parseInt(name, 10)
}

/** The profile at NVML's number in argument 1. @throws NvmlError INVALID_ARGUMENT, NOT_SUPPORTED (not on this board) */
function byNumber(call: Call): GpuInstanceProfileView {
  const { mig } = migCapable(call)
  const number = call.number(1)
  if (number >= PROFILES) throw new NvmlError('INVALID_ARGUMENT')
  return known(mig.profiles.find((profile) => nvmlProfile(profile) === number))
}

/** The profile whose id is argument 1, on a GPU with MIG on. @throws NvmlError NOT_SUPPORTED, INVALID_ARGUMENT */
export function profileById(call: Call): GpuInstanceProfileView {
  const found = migEnabled(call).mig.profiles.find(({ id }) => id === call.number(1))
  if (found === undefined) throw new NvmlError('INVALID_ARGUMENT')
  return found
}

function known(profile: GpuInstanceProfileView | undefined): GpuInstanceProfileView {
  if (profile === undefined) throw new NvmlError('NOT_SUPPORTED')
  return profile
}

function figures({ id, name, max, memoryMiB, multiprocessors, engines }: GpuInstanceProfileView) {
  return {
    id,
    isP2pSupported: 0,
    sliceCount: slices(name),
    instanceCount: max,
    multiprocessorCount: multiprocessors ?? 0,
    copyEngineCount: engines.copy,
    decoderCount: engines.decoders,
    encoderCount: engines.encoders,
    jpegCount: engines.jpeg,
    ofaCount: engines.ofa,
    memorySizeMB: memoryMiB ?? 0,
    name: `MIG ${name}`,
    capabilities: name.endsWith('+gfx') ? CAPS_GFX : 0,
  }
}

/** Version 2 has the words of the first, version 3 capabilities in place of P2P. */
function versioned(of: (call: Call) => GpuInstanceProfileView) {
  return (call: Call) => {
    const profile = of(call)
    const struct = call.versionOf<AnyStruct>(2, nvmlGpuInstanceProfileInfo_v2_t, nvmlGpuInstanceProfileInfo_v3_t)
    const { isP2pSupported, capabilities, ...rest } = figures(profile)
    if (struct === nvmlGpuInstanceProfileInfo_v2_t)
      call.putVersioned(2, nvmlGpuInstanceProfileInfo_v2_t, { ...rest, isP2pSupported })
    else call.putVersioned(2, nvmlGpuInstanceProfileInfo_v3_t, { ...rest, capabilities })
  }
}

function places(call: Call): Uint8Array[] {
  const { starts, size } = profileById(call)
  return starts.map((start) => nvmlGpuInstancePlacement_t.encode({ start, size }))
}

export const GPU_INSTANCE_PROFILE_ROWS: Rows = {
  nvmlDeviceGetGpuInstanceProfileInfo: row('mig profiles', (call) => {
    const { name, capabilities, ...rest } = figures(byNumber(call))
    call.putStruct(2, nvmlGpuInstanceProfileInfo_t, rest)
  }),
  nvmlDeviceGetGpuInstanceProfileInfoV: row('mig profiles', versioned(byNumber)),
  nvmlDeviceGetGpuInstanceProfileInfoByIdV: row(
    'mig profiles',
    versioned((call) => known(migCapable(call).mig.profiles.find(({ id }) => id === call.number(1)))),
  ),
  nvmlDeviceGetGpuInstancePossiblePlacements: row('mig placements', (call) => call.putAll(3, 2, places(call))),
  nvmlDeviceGetGpuInstancePossiblePlacements_v2: row('mig placements', (call) => call.putCounted(3, 2, places(call))),
  nvmlDeviceGetGpuInstanceRemainingCapacity: row('mig profiles: free', (call) =>
    call.putInt(2, profileById(call).free),
  ),
}
