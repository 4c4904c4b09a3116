import {
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_ENUMERATE_VGPU_PER_PGPU as ENUMERATE,
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_GET_VGPU_FB_USAGE as FB_USAGE,
} from '../../abi/ctrl2080.ts'
import type { GspState } from '../state.ts'
import { guestVmInfo } from './guest-info.ts'

/** NVA081_CTRL_ECC_STATE_*. */
const ECC_STATE = { disabled: 2, enabled: 3 } as const

/** The answer to ENUMERATE_VGPU_PER_PGPU: every plugin task with its guest. */
export function enumerateAnswer({ plugins, eccEnabled }: Pick<GspState, 'plugins' | 'eccEnabled'>): Uint8Array {
  const tasks = Object.values(plugins)
  return ENUMERATE.params.encode({
    numVgpu: tasks.length,
    vgpuGuest: tasks.map((plugin) => ({
      guestVmInfo: guestVmInfo(plugin),
      vgpuDevice: {
        gfid: plugin.gfid,
        vgpuPciId: plugin.dbdf,
        vgpuDeviceInstanceId: plugin.instance,
        fbUsed: plugin.fb.size,
        encoderCapacity: plugin.encoderCapacity,
        eccState: eccEnabled ? ECC_STATE.enabled : ECC_STATE.disabled,
        bDriverLoaded: plugin.guest !== null,
      },
    })),
  })
}

/** The answer to GET_VGPU_FB_USAGE. */
export function fbUsageAnswer({ plugins }: Pick<GspState, 'plugins'>): Uint8Array {
  const tasks = Object.values(plugins)
  return FB_USAGE.params.encode({
    vgpuCount: tasks.length,
    vgpuFbUsage: tasks.map((plugin) => ({ gfid: plugin.gfid, fbUsed: plugin.fb.size })),
  })
}
