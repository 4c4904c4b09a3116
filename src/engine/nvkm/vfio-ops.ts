import { NV2080_CTRL_CMD_GPU_QUERY_ECC_STATUS } from '../../abi/ctrl2080.ts'
import { NvError } from '../../errors/nv-error.ts'
import { ceScrub } from './ce-scrub.ts'
import type { Nvkm } from './device.ts'
import type { NvkmVgpuMgrVfioOps } from './ops.ts'

/** nvkm's table of operations for the vGPU manager (nvkm/vgpu_mgr/vfio.c). */
export function vfioOps(nvkm: Nvkm): NvkmVgpuMgrVfioOps {
  const { state, wiring } = nvkm
  const check = (point: keyof NvkmVgpuMgrVfioOps) => wiring.faults.check(`ops.${point}`, `nvkm_vgpu_mgr ${point}`)
  return {
    isEnabled: () => state.enabled,
    getHandle: () => state.handle,
    attachHandle() {
      check('attachHandle')
      attachHandle(nvkm)
    },
    detachHandle: () => detachHandle(nvkm),
    allocGspClient() {
      check('allocGspClient')
      return nvkm.rm.allocClient()
    },
    freeGspClient: (client) => nvkm.rm.freeClient(client),
    rmCtrlRd(client, cmd, params) {
      check('rmCtrlRd')
      return nvkm.rm.control(client, cmd, params).slice()
    },
    rmCtrlWr(client, cmd, params) {
      check('rmCtrlWr')
      nvkm.rm.send(client, cmd, params)
    },
    allocChids(count, owner, wanted) {
      check('allocChids')
      return nvkm.chid.reservedAlloc(count, owner, wanted)
    },
    freeChids: (offset) => nvkm.chid.reservedFree(offset),
    allocFbmem(size, vmmuAligned, owner, wanted) {
      check('allocFbmem')
      return nvkm.fb.alloc(size, vmmuAligned, owner, wanted)
    },
    freeFbmem: (mem) => nvkm.fb.free(mem),
    bar1MapMem(mem, owner) {
      check('bar1MapMem')
      return nvkm.bar1.map(mem, owner)
    },
    bar1UnmapMem: (map) => nvkm.bar1.unmap(map),
    bar1Window: (offset, size) => nvkm.bar1.window(offset, size),
    getEngineBitmap() {
      check('getEngineBitmap')
      return [...state.engines]
    },
    vmmuSegmentSize: () => state.vmmuSegmentSize,
    totalAvailChids: () => wiring.profile.channelsReserved.count,
    totalFbSize: () => state.fbTotal,
    usableFbSize: () => state.fb.size,
    eccEnabled: () => eccEnabled(nvkm),
    scrubFbmem(mem, chid) {
      check('scrubFbmem')
      ceScrub(mem, chid, wiring)
    },
    mapBar0() {
      check('mapBar0')
      return wiring.bar0
    },
    bar0Window: () => wiring.bar0,
  }
}

function attachHandle({ state }: Nvkm): void {
  if (state.handle)
    throw new NvError({
      errno: 'EEXIST',
      code: 'exists',
      at: 'nvkm_vgpu_mgr attach_handle',
      message: 'a vGPU manager is attached already',
    })
  state.handle = true
}

function detachHandle({ state }: Nvkm): void {
  state.handle = false
}

function eccEnabled(nvkm: Nvkm): boolean {
  const { cmd, params } = NV2080_CTRL_CMD_GPU_QUERY_ECC_STATUS
  return params.decode(nvkm.internalControl(cmd, params.encode({}))).units[0]?.enabled ?? false
}
