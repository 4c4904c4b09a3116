import { NV2080_CTRL_CMD_GPU_QUERY_ECC_STATUS } from '../../abi/ctrl2080.ts'
import { NvError } from '../../errors/nv-error.ts'
import type { Nvkm } from './device.ts'
import type { NvkmVgpuMgrVfioOps } from './ops.ts'

type Ops = NvkmVgpuMgrVfioOps
type Check = (point: keyof Ops) => void

/** nvkm's table of operations for the vGPU manager (nvkm/vgpu_mgr/vfio.c). */
export function vfioOps(nvkm: Nvkm): Ops {
  const check: Check = (point) => nvkm.wiring.faults.check(`ops.${point}`, `nvkm_vgpu_mgr ${String(point)}`)
  return { ...handleOps(nvkm, check), ...rmOps(nvkm, check), ...memoryOps(nvkm, check), ...factOps(nvkm, check) }
}

function handleOps(
  { state }: Nvkm,
  check: Check,
): Pick<Ops, 'isEnabled' | 'getHandle' | 'attachHandle' | 'detachHandle'> {
  return {
    isEnabled: () => state.enabled,
    getHandle: () => state.handle,
    attachHandle() {
      check('attachHandle')
      if (state.handle)
        throw new NvError({
          errno: 'EEXIST',
          code: 'exists',
          at: 'nvkm_vgpu_mgr attach_handle',
          message: 'a vGPU manager is attached already',
        })
      state.handle = true
    },
    detachHandle() {
      state.handle = false
    },
  }
}

function rmOps({ rm }: Nvkm, check: Check): Pick<Ops, 'allocGspClient' | 'freeGspClient' | 'rmCtrlRd' | 'rmCtrlWr'> {
  return {
    allocGspClient() {
      check('allocGspClient')
      return rm.allocClient()
    },
    freeGspClient: (client) => rm.freeClient(client),
    rmCtrlRd(client, cmd, params) {
      check('rmCtrlRd')
      return rm.control(client, cmd, params).slice()
    },
    rmCtrlWr(client, cmd, params) {
      check('rmCtrlWr')
      rm.send(client, cmd, params)
    },
  }
}

function memoryOps({ chid, fb, bar1, wiring }: Nvkm, check: Check) {
  return {
    allocChids(count, owner, wanted) {
      check('allocChids')
      return chid.reservedAlloc(count, owner, wanted)
    },
    freeChids: (offset) => chid.reservedFree(offset),
    allocFbmem(size, vmmuAligned, owner, wanted) {
      check('allocFbmem')
      return fb.alloc(size, vmmuAligned, owner, wanted)
    },
    freeFbmem: (mem) => fb.free(mem),
    bar1MapMem(mem, owner) {
      check('bar1MapMem')
      return bar1.map(mem, owner)
    },
    bar1UnmapMem: (map) => bar1.unmap(map),
    bar1Window: (offset, size) => bar1.window(offset, size),
    scrubFbmem(mem) {
      check('scrubFbmem')
      wiring.framebuffer.scrub(mem.addr, mem.size)
    },
    mapBar0() {
      check('mapBar0')
      return wiring.bar0
    },
    bar0Window: () => wiring.bar0,
  } satisfies Partial<Ops>
}

function factOps(nvkm: Nvkm, check: Check) {
  const { state, wiring } = nvkm
  return {
    getEngineBitmap() {
      check('getEngineBitmap')
      return [...state.engines]
    },
    vmmuSegmentSize: () => state.vmmuSegmentSize,
    totalAvailChids: () => wiring.profile.channelsReserved.count,
    totalFbSize: () => state.fbTotal,
    usableFbSize: () => state.fb.size,
    eccEnabled() {
      const { cmd, params } = NV2080_CTRL_CMD_GPU_QUERY_ECC_STATUS
      return params.decode(nvkm.internalControl(cmd, params.encode({}))).units[0]?.enabled ?? false
    },
  } satisfies Partial<Ops>
}
