import { describe, expect, it } from 'vitest'
import { GiB, MiB } from '../../src/abi/align.ts'
import * as ctrl from '../../src/abi/ctrl2080.ts'
import {
  NV_VGPU_MSG_FUNCTION_FREE,
  NV_VGPU_MSG_FUNCTION_GSP_RM_ALLOC,
  NV_VGPU_MSG_FUNCTION_GSP_RM_CONTROL,
  NV_VGPU_MSG_FUNCTION_NOP,
  rpc_free_v03_00,
  rpc_gsp_rm_alloc_v03_00,
  rpc_gsp_rm_control_v03_00,
} from '../../src/abi/gsp-rpc.ts'
import { NVA081_CTRL_VGPU_INFO } from '../../src/abi/nva081.ts'
import {
  NV01_DEVICE_0,
  NV01_ROOT,
  NV20_SUBDEVICE_0,
  NVKM_RM_DEVICE,
  NVKM_RM_SUBDEVICE,
} from '../../src/abi/rm-objects.ts'
import { encodeVgpuInfo } from '../../src/catalog/vgpu-info.ts'
import { typesOfBoard } from '../../src/catalog/vgpu-types.ts'
import { Machine } from '../../src/engine/machine.ts'
import type { ProfileName } from '../../src/engine/state.ts'
import { statusName } from '../../src/errors/nv-status.ts'
import { DRIVER, hostOf, unbound, uuidOf } from './host-of.ts'

const BOOTLOAD = ctrl.NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_BOOTLOAD_GSP_VGPU_PLUGIN_TASK.params
const ADD_TYPE = ctrl.NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_PGPU_ADD_VGPU_TYPE.params
const BOOT = {
  dbdf: 0xc104,
  gfid: 1,
  vgpuType: 869,
  numChannels: 32,
  numGuestFbSegments: 1,
  guestFbPhysAddrList: [0xba8000000],
  guestFbLengthList: [GiB],
  pluginHeapMemoryPhysAddr: 0xbeb000000,
  pluginHeapMemoryLength: 32 * MiB,
  initTaskLogBuffOffset: 0xbeb204000,
  initTaskLogBuffSize: 0x20000,
  vgpuTaskLogBuffOffset: 0xbeb224000,
  vgpuTaskLogBuffSize: 0x40000,
}
/** Channels of the engines of an L40 from `first` on; 0 for the others. */
const channelsAt = (first: number) =>
  Array.from({ length: 52 }, (_, engine) =>
    [1, 9, 10, 11, 12, 13, 19, 20, 21, 27, 28, 29, 43, 44, 45, 46, 51].includes(engine) ? first : 0,
  )

/** A second bootload, on other memory and channels. */
const SECOND = {
  ...BOOT,
  dbdf: 0xc105,
  gfid: 2,
  chidOffset: channelsAt(512),
  guestFbPhysAddrList: [0xb68000000],
  pluginHeapMemoryPhysAddr: 0xbe9000000,
  initTaskLogBuffOffset: 0xbe9204000,
  vgpuTaskLogBuffOffset: 0xbe9224000,
}

/** A GPU with uploaded types, and a client for controls. */
function firmware(profile: ProfileName = 'v2') {
  const { state, host, gpu } = unbound(profile, 32)
  host.bindVf('0', DRIVER)
  const machine = new Machine(state, gpu)
  const { handle } = machine.nvkm.rm.allocClient()
  const send = (cmd: number, params: Uint8Array, client = handle, object = NVKM_RM_SUBDEVICE) => {
    const header = rpc_gsp_rm_control_v03_00.encode({
      hClient: client,
      hObject: object,
      cmd,
      paramsSize: params.length,
    })
    const request = new Uint8Array([...header, ...params])
    const reply = machine.nvkm.rpc.call(NV_VGPU_MSG_FUNCTION_GSP_RM_CONTROL, request, header.length)
    const status = statusName(rpc_gsp_rm_control_v03_00.get(reply, 'status'))
    return { status, params: reply.subarray(header.length) }
  }
  return { gpu, machine, client: handle, send, status: (...args: Parameters<typeof send>) => send(...args).status }
}

describe('the RM object tree', () => {
  function tree() {
    const { machine, gpu } = firmware()
    const alloc = (hClient: number, hParent: number, hObject: number, hClass: number) => {
      const request = rpc_gsp_rm_alloc_v03_00.encode({ hClient, hParent, hObject, hClass })
      const reply = machine.nvkm.rpc.call(NV_VGPU_MSG_FUNCTION_GSP_RM_ALLOC, request, request.length)
      return statusName(rpc_gsp_rm_alloc_v03_00.get(reply, 'status'))
    }
    const free = (hRoot: number, hObjectOld: number) => {
      const request = rpc_free_v03_00.encode({ params: { hRoot, hObjectOld } })
      return statusName(
        rpc_free_v03_00.decode(machine.nvkm.rpc.call(NV_VGPU_MSG_FUNCTION_FREE, request, 16)).params.status,
      )
    }
    return { gpu, alloc, free }
  }
  const CLIENT = 0xc1d00077

  it('builds client, device and subdevice, each under the class it wants', () => {
    const { gpu, alloc } = tree()
    expect([
      alloc(CLIENT, CLIENT, NVKM_RM_DEVICE, NV01_DEVICE_0),
      alloc(CLIENT, CLIENT, CLIENT, NV01_ROOT),
      alloc(CLIENT, CLIENT, CLIENT, NV01_ROOT),
      alloc(CLIENT, CLIENT, NVKM_RM_SUBDEVICE, NV20_SUBDEVICE_0),
      alloc(CLIENT, CLIENT, NVKM_RM_DEVICE, NV01_DEVICE_0),
      alloc(CLIENT, CLIENT, NVKM_RM_DEVICE, NV01_DEVICE_0),
      alloc(CLIENT, NVKM_RM_DEVICE, NVKM_RM_SUBDEVICE, NV20_SUBDEVICE_0),
      alloc(CLIENT, CLIENT, 0x1234, 0xdead),
    ]).toEqual([
      'NV_ERR_INVALID_CLIENT',
      'NV_OK',
      'NV_ERR_IN_USE',
      'NV_ERR_INVALID_OBJECT_PARENT',
      'NV_OK',
      'NV_ERR_IN_USE',
      'NV_OK',
      'NV_ERR_INVALID_CLASS',
    ])
    expect(Object.keys(gpu.gsp.clients['0xc1d00077'] ?? {})).toEqual(['0xc1d00077', '0xde1d0000', '0x5d1d0000'])
  })

  it('frees an object with all below it, and a client with all it has', () => {
    const { gpu, alloc, free } = tree()
    const build = () => {
      alloc(CLIENT, CLIENT, CLIENT, NV01_ROOT)
      alloc(CLIENT, CLIENT, NVKM_RM_DEVICE, NV01_DEVICE_0)
      alloc(CLIENT, NVKM_RM_DEVICE, NVKM_RM_SUBDEVICE, NV20_SUBDEVICE_0)
    }
    build()
    expect([free(CLIENT, NVKM_RM_DEVICE), free(CLIENT, NVKM_RM_SUBDEVICE)]).toEqual([
      'NV_OK',
      'NV_ERR_INVALID_OBJECT_HANDLE',
    ])
    expect(Object.keys(gpu.gsp.clients['0xc1d00077'] ?? {})).toEqual(['0xc1d00077'])
    build()
    expect([free(CLIENT, CLIENT), free(CLIENT, CLIENT)]).toEqual(['NV_OK', 'NV_ERR_INVALID_CLIENT'])
    expect(gpu.gsp.clients['0xc1d00077']).toBeUndefined()
  })
})

describe('the dispatch of controls', () => {
  const SEGMENT = ctrl.NV2080_CTRL_CMD_GPU_GET_VMMU_SEGMENT_SIZE.cmd

  it('answers what is wrong with the address of a control', () => {
    const { status, client } = firmware()
    const ask = new Uint8Array(8)
    expect([
      status(SEGMENT, ask),
      status(0x20801234, ask),
      status(SEGMENT, new Uint8Array(9)),
      status(SEGMENT, ask, 0xc1d00099),
      status(SEGMENT, ask, client, 0x5d1d0001),
      status(SEGMENT, ask, client, NVKM_RM_DEVICE),
      status(SEGMENT, ask, client, client),
    ]).toEqual([
      'NV_OK',
      'NV_ERR_NOT_SUPPORTED',
      'NV_ERR_INVALID_ARGUMENT',
      'NV_ERR_INVALID_CLIENT',
      'NV_ERR_INVALID_OBJECT_HANDLE',
      'NV_ERR_INVALID_OBJECT_HANDLE',
      'NV_ERR_INVALID_OBJECT_HANDLE',
    ])
  })

  it('answers a function it does not have with an RPC result, and NOP with itself', () => {
    const { machine } = firmware()
    expect(() => machine.nvkm.rpc.call(199, new Uint8Array(4), 0)).toThrow(expect.objectContaining({ errno: 'EINVAL' }))
    expect([...machine.nvkm.rpc.call(NV_VGPU_MSG_FUNCTION_NOP, Uint8Array.of(1, 2), 2)]).toEqual([1, 2])
  })
})

describe('bootload', () => {
  const COMMAND = ctrl.NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_BOOTLOAD_GSP_VGPU_PLUGIN_TASK.cmd

  it('starts a task that writes the magic, clears its logs and waits', () => {
    const { gpu, machine, status } = firmware()
    machine.framebuffer.write(BOOT.vgpuTaskLogBuffOffset + 0x3fff0, new Uint8Array(16).fill(7))
    expect(status(COMMAND, BOOTLOAD.encode(BOOT))).toBe('NV_OK')
    expect(gpu.gsp.plugins[1]).toMatchObject({ state: 'ready', dbdf: 0xc104, numChannels: 32, vgpuType: 869 })
    expect(machine.framebuffer.read32(BOOT.pluginHeapMemoryPhysAddr + 8)).toBe(0x4e654a6f)
    expect(machine.framebuffer.isZero(BOOT.vgpuTaskLogBuffOffset, BOOT.vgpuTaskLogBuffSize)).toBe(true)
  })

  it.each<[string, Partial<typeof BOOT>]>([
    ['gfid 0', { gfid: 0 }],
    ['gfid 33', { gfid: 33 }],
    ['no framebuffer segment', { numGuestFbSegments: 0 }],
    ['two framebuffer segments', { numGuestFbSegments: 2 }],
    ['framebuffer off the VMMU segment', { guestFbPhysAddrList: [0xba8001000] }],
    ['framebuffer of size 0', { guestFbLengthList: [0] }],
    ['framebuffer in the firmware region', { guestFbPhysAddrList: [0xbf0000000] }],
    ['a heap that reaches into the firmware region', { pluginHeapMemoryPhysAddr: 0xbec000000 }],
    ['a heap inside the framebuffer', { guestFbLengthList: [2 * GiB] }],
    ['a log outside the heap', { initTaskLogBuffOffset: 0xbe0000000 }],
    ['a log that leaves the heap', { vgpuTaskLogBuffSize: 64 * MiB }],
  ])('refuses %s as INVALID_ARGUMENT', (_, change) => {
    const { gpu, status } = firmware()
    expect(status(COMMAND, BOOTLOAD.encode({ ...BOOT, ...change }))).toBe('NV_ERR_INVALID_ARGUMENT')
    expect(gpu.gsp.plugins).toEqual({})
  })

  it('refuses a gfid that runs, and memory that another task holds', () => {
    const { status } = firmware()
    status(COMMAND, BOOTLOAD.encode(BOOT))
    expect(status(COMMAND, BOOTLOAD.encode(BOOT))).toBe('NV_ERR_STATE_IN_USE')
    const { guestFbPhysAddrList } = BOOT
    expect(status(COMMAND, BOOTLOAD.encode({ ...SECOND, guestFbPhysAddrList }))).toBe('NV_ERR_INVALID_ARGUMENT')
    expect(status(COMMAND, BOOTLOAD.encode(SECOND))).toBe('NV_OK')
  })

  it.each(['RmPVMRL=0x11', 'RmFoo=1;RmPVMRL=0x11', 'RmFoo=1;RmBar=2;RmPVMRL=0x11;RmBaz=text'])(
    'J 3: finds a dword at every place of the registry: %s',
    (registryDwords) => {
      const { host, gpu } = hostOf({ registryDwords })
      expect(gpu.gsp.scheduler).toBe(0x11)
      host.enableVfs({ count: 1 })
      expect(host.createVgpu({ type: '869', uuid: uuidOf(1), start: true }).changed).toBe(true)
    },
  )

  it('J 3: its own client, device and subdevice are those that static info tells, and no other', () => {
    const { gpu } = unbound('v2')
    const internal = { client: 0xc2000000, device: 0xde1d0000, subdevice: 0x5d1d0000 }
    expect(gpu.nvkm.internal).toEqual(internal)
    expect(gpu.gsp.clients['0xc2000000']).toEqual({
      '0xc2000000': { class: NV01_ROOT, parent: internal.client },
      '0xde1d0000': { class: NV01_DEVICE_0, parent: internal.client },
      '0x5d1d0000': { class: NV20_SUBDEVICE_0, parent: internal.device },
    })
    expect(gpu.nvkm.fbTotal).toBe(49_140 * MiB)
  })

  it('refuses while it knows no types, and without RMSetSriovMode', () => {
    const { gpu, status } = firmware()
    gpu.gsp.types = []
    expect(status(COMMAND, BOOTLOAD.encode(BOOT))).toBe('NV_ERR_INVALID_STATE')
    const other = firmware()
    other.gpu.gsp.registry = ''
    expect(other.status(COMMAND, BOOTLOAD.encode(BOOT))).toBe('NV_ERR_NOT_SUPPORTED')
  })

  it('refuses one partition more than the boot loader was told of', () => {
    const { status } = firmware('rfc-v1')
    status(COMMAND, BOOTLOAD.encode(BOOT))
    status(COMMAND, BOOTLOAD.encode(SECOND))
    const third = {
      ...BOOT,
      gfid: 3,
      chidOffset: channelsAt(1024),
      guestFbPhysAddrList: [0x100000000],
      pluginHeapMemoryPhysAddr: 0x80000000,
      initTaskLogBuffOffset: 0x80204000,
      vgpuTaskLogBuffOffset: 0x80224000,
    }
    expect(status(COMMAND, BOOTLOAD.encode(third))).toBe('NV_ERR_INSUFFICIENT_RESOURCES')
  })

  it('is undone by shutdown, then cleanup, in that order only', () => {
    const { gpu, machine, status } = firmware()
    const shutdown = ctrl.NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SHUTDOWN_GSP_VGPU_PLUGIN_TASK.cmd
    const cleanup = ctrl.NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_VGPU_PLUGIN_CLEANUP.cmd
    const gfid = Uint8Array.of(1, 0, 0, 0)
    expect([status(shutdown, gfid), status(cleanup, gfid)]).toEqual([
      'NV_ERR_OBJECT_NOT_FOUND',
      'NV_ERR_OBJECT_NOT_FOUND',
    ])
    status(COMMAND, BOOTLOAD.encode(BOOT))
    expect(status(cleanup, gfid)).toBe('NV_ERR_INVALID_STATE')
    expect([status(shutdown, gfid), gpu.gsp.plugins[1]?.state]).toEqual(['NV_OK', 'stopped'])
    expect([status(cleanup, gfid), gpu.gsp.plugins]).toEqual(['NV_OK', {}])
    expect(machine.framebuffer.isZero(BOOT.pluginHeapMemoryPhysAddr, BOOT.pluginHeapMemoryLength)).toBe(true)
  })
})

describe('the type table', () => {
  const COMMAND = ctrl.NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_PGPU_ADD_VGPU_TYPE.cmd
  const blobs = typesOfBoard('L40').map((type) => encodeVgpuInfo(type))
  const [first = new Uint8Array(0)] = blobs

  function upload(discard: boolean, vgpuInfoCount: number, infos: readonly Uint8Array[]): Uint8Array {
    const params = ADD_TYPE.encode({ discardVgpuTypes: discard, vgpuInfoCount })
    for (const [n, info] of infos.entries()) params.set(info, ADD_TYPE.fields.vgpuInfo.offset + n * info.length)
    return params
  }
  /** `count` copies of a type with consecutive ids. */
  function many(count: number, id: number): Uint8Array[] {
    return Array.from({ length: count }, (_, n) => {
      const blob = first.slice()
      NVA081_CTRL_VGPU_INFO.set(blob, 'vgpuType', id + n)
      return blob
    })
  }

  it('is what was decoded from the message, byte for byte', () => {
    const { gpu } = firmware()
    expect(gpu.gsp.types.map((type) => type.vgpuType)).toEqual(typesOfBoard('L40').map((type) => type.vgpuType))
  })

  // the request is 316,936 bytes, so this goes through continuation records
  it('takes 1 to 64 types, adds to what is there unless told to discard, and stops at 64', () => {
    const { gpu, machine, client } = firmware()
    const send = (discard: boolean, count: number, infos: readonly Uint8Array[]) => {
      try {
        machine.nvkm.rm.control({ handle: client }, COMMAND, upload(discard, count, infos))
        return 'NV_OK'
      } catch (error) {
        return error instanceof Error ? error.message.replace(/.*: /, '') : String(error)
      }
    }
    expect([send(true, 0, []), send(true, 65, [])]).toEqual(['NV_ERR_INVALID_ARGUMENT', 'NV_ERR_INVALID_ARGUMENT'])
    expect([send(true, 64, many(64, 1000)), gpu.gsp.types.length]).toEqual(['NV_OK', 64])
    expect(send(false, 1, many(1, 2000))).toBe('NV_ERR_INSUFFICIENT_RESOURCES')
    expect([send(true, 2, many(2, 1000)), send(false, 1, many(1, 3000))]).toEqual(['NV_OK', 'NV_OK'])
    expect(gpu.gsp.types.map((type) => type.vgpuType)).toEqual([1000, 1001, 3000])
    expect([send(false, 1, many(1, 3000)), send(true, 1, many(1, 0)), send(true, 2, [first, first])]).toEqual([
      'NV_ERR_INVALID_ARGUMENT',
      'NV_ERR_INVALID_ARGUMENT',
      'NV_ERR_INVALID_ARGUMENT',
    ])
    expect(gpu.gsp.types.map((type) => type.vgpuType)).toEqual([1000, 1001, 3000])
  })
})

describe('what the firmware tells of itself', () => {
  it('lists running tasks, their memory and encoder share', () => {
    const { send, status } = firmware()
    status(
      ctrl.NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_BOOTLOAD_GSP_VGPU_PLUGIN_TASK.cmd,
      BOOTLOAD.encode({ ...BOOT, vmPid: 4711 }),
    )
    const capacity = ctrl.NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SET_VGPU_ENCODER_CAPACITY.params
    const setCapacity = (gfid: number, encoderCapacity: number) =>
      status(
        ctrl.NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SET_VGPU_ENCODER_CAPACITY.cmd,
        capacity.encode({ gfid, encoderCapacity }),
      )
    expect([setCapacity(1, 40), setCapacity(1, 101), setCapacity(9, 1)]).toEqual([
      'NV_OK',
      'NV_ERR_INVALID_ARGUMENT',
      'NV_ERR_OBJECT_NOT_FOUND',
    ])
    const list = ctrl.NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_ENUMERATE_VGPU_PER_PGPU.params
    const reply = send(ctrl.NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_ENUMERATE_VGPU_PER_PGPU.cmd, list.encode({}))
    const { numVgpu, vgpuGuest } = list.decode(reply.params)
    expect(numVgpu).toBe(1)
    expect(vgpuGuest[0]).toMatchObject({
      guestVmInfo: { vmPid: 4711 },
      vgpuDevice: { gfid: 1, vgpuPciId: 0xc104, encoderCapacity: 40, eccState: 2 },
    })
    const usage = ctrl.NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_GET_VGPU_FB_USAGE.params
    const used = send(ctrl.NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_GET_VGPU_FB_USAGE.cmd, usage.encode({}))
    expect(usage.decode(used.params)).toMatchObject({ vgpuCount: 1 })
  })

  it('forgets the VM of a task on request, and refuses a change of mode while one runs', () => {
    const { gpu, status } = firmware()
    const mode = ctrl.NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SET_VGPU_MGR_CONFIG.params
    const mixed = mode.encode({ bSupportHeterogeneousTimeSlicedVgpuTypes: true })
    const setMode = () => status(ctrl.NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SET_VGPU_MGR_CONFIG.cmd, mixed)
    expect([setMode(), gpu.gsp.heterogeneous]).toEqual(['NV_OK', true])
    status(
      ctrl.NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_BOOTLOAD_GSP_VGPU_PLUGIN_TASK.cmd,
      BOOTLOAD.encode({ ...BOOT, vmPid: 4711 }),
    )
    expect(setMode()).toBe('NV_ERR_STATE_IN_USE')
    const clear = ctrl.NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_CLEAR_GUEST_VM_INFO.params
    const forget = (gfid: number) =>
      status(ctrl.NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_CLEAR_GUEST_VM_INFO.cmd, clear.encode({ gfid }))
    expect([forget(1), forget(2), gpu.gsp.plugins[1]?.vmPid]).toEqual(['NV_OK', 'NV_ERR_OBJECT_NOT_FOUND', 0])
  })

  it('names its release, its ECC state and the events that were asked for', () => {
    const { gpu, send, status } = firmware()
    const features = ctrl.NV2080_CTRL_CMD_GSP_GET_FEATURES.params
    expect(features.decode(send(ctrl.NV2080_CTRL_CMD_GSP_GET_FEATURES.cmd, features.encode({})).params)).toMatchObject({
      bValid: true,
      firmwareVersion: '535.113.01',
    })
    const ecc = ctrl.NV2080_CTRL_CMD_GPU_QUERY_ECC_STATUS.params
    const enabled = () =>
      ecc.decode(send(ctrl.NV2080_CTRL_CMD_GPU_QUERY_ECC_STATUS.cmd, ecc.encode({})).params).units[0]?.enabled
    expect(enabled()).toBe(false)
    gpu.gsp.eccEnabled = true
    expect(enabled()).toBe(true)
    const notify = ctrl.NV2080_CTRL_CMD_EVENT_SET_NOTIFICATION.params
    for (const [event, action] of [
      [7, 2],
      [3, 2],
      [7, 2],
      [3, 0],
    ] as const)
      status(ctrl.NV2080_CTRL_CMD_EVENT_SET_NOTIFICATION.cmd, notify.encode({ event, action }))
    expect(gpu.gsp.notifications).toEqual([7])
  })
})
