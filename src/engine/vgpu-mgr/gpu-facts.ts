import {
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_GET_PGPU_FS_ENCODING,
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_GET_PGPU_MIGRATION_SUPPORT,
} from '../../abi/ctrl2080.ts'
import type { Profile } from '../../catalog/profiles.ts'
import { NvError } from '../../errors/nv-error.ts'
import type { NvkmVgpuMgrVfioOps } from '../nvkm/ops.ts'
import type { MgrState } from '../state.ts'

/** Facts about a GPU for the other side of a migration. */
export interface GpuFacts {
  /** Guest vGPU protocol versions that the host accepts, major << 16 | minor. */
  hostVersions: { oldest: number; newest: number }
  profile: string
  /** The metadata string: device, subsystem, ECC. */
  metadata: string
  eccEnabled: boolean
}

/**
 * Asks GSP, as the manager's client, for the GPU's migration support and its metadata string.
 * @throws NvError EOPNOTSUPP, or the error of GSP's refusal
 */
export function gpuFacts(ops: NvkmVgpuMgrVfioOps, mgr: MgrState, profile: Profile, bdf: string): GpuFacts {
  const client = { handle: mgr.client }
  const support = NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_GET_PGPU_MIGRATION_SUPPORT.params
  const asked = ops.rmCtrlRd(
    client,
    NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_GET_PGPU_MIGRATION_SUPPORT.cmd,
    support.encode({}),
  )
  if (!support.decode(asked).bIsMigrationSupported) {
    throw new NvError({
      errno: 'EOPNOTSUPP',
      code: 'unsupported',
      at: 'nvidia_vgpu_vfio_migration',
      message: `GSP says that ${bdf} does not migrate vGPUs`,
      object: bdf,
    })
  }
  const encoding = NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_GET_PGPU_FS_ENCODING.params
  const answer = ops.rmCtrlRd(client, NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_GET_PGPU_FS_ENCODING.cmd, encoding.encode({}))
  const { pgpuString: metadata, pgpuStringSize } = encoding.decode(answer)
  if (pgpuStringSize !== metadata.length + 1) {
    const message = `the metadata string of ${bdf} has another length than GSP says`
    throw new NvError({ errno: 'EIO', code: 'io-error', at: 'nvidia_vgpu_vfio_migration', message, object: bdf })
  }
  return { hostVersions: profile.vgpuVersion, profile: profile.name, metadata, eccEnabled: mgr.eccEnabled }
}
