import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { isControl } from '../../src/abi/control.ts'
import { controlName, controlParams } from '../../src/abi/controls.ts'
import * as ctrl2080 from '../../src/abi/ctrl2080.ts'
import * as engineTypes from '../../src/abi/engine-types.ts'
import * as gspBoot from '../../src/abi/gsp-boot.ts'
import * as gspRpc from '../../src/abi/gsp-rpc.ts'
import type { AnyStruct } from '../../src/abi/layout.ts'
import * as nva081 from '../../src/abi/nva081.ts'
import { offsetOf } from '../../src/abi/offset-of.ts'
import * as rmObjects from '../../src/abi/rm-objects.ts'
import { STRUCTS } from '../../src/abi/structs.ts'
import * as v2 from '../../src/abi/v2-570.ts'
import * as vfio from '../../src/abi/vfio.ts'
import * as vgpuGsp from '../../src/abi/vgpu-gsp.ts'
import * as wprMeta from '../../src/abi/wpr-meta.ts'
import { ERRNO } from '../../src/errors/errno-numbers.ts'
import * as nvStatus from '../../src/errors/nv-status.ts'

interface GoldenField {
  offset: number
  size: number
  type: string
}

interface GoldenStruct {
  size: number
  fields: Record<string, GoldenField>
}

interface Golden {
  struct: Record<string, GoldenStruct>
  struct_v2: Record<string, GoldenStruct>
  commands: Record<string, number>
  rpc_messages: Record<string, number>
  gsp_functions: Record<string, number>
  gsp_events: Record<string, number>
  constants: Record<string, number | string>
  nv_status: Record<string, number>
  engines: Record<string, number>
  errno_map: Record<string, 0 | string>
  read_not_measured: {
    doorbell: Record<string, number | string>
    rpcOffsets_v1: Record<string, number>
    rpcOffsets_v2: Record<string, number>
    timeouts: Record<string, number | number[]>
    handles: Record<string, number>
    gspQueue: Record<string, number>
    vfioConfig: Record<string, number>
  }
}

const golden: Golden = JSON.parse(readFileSync(new URL('../golden/golden-abi.json', import.meta.url), 'utf8'))

describe.each([
  ['535.113.01', golden.struct],
  ['570', golden.struct_v2],
])('structures of %s', (_, measured) => {
  const compared = Object.entries(measured).filter(([name]) => STRUCTS.has(name))

  it('are all defined', () => {
    console.log(`${compared.length} of ${Object.keys(measured).length} structures compared`)
    expect(compared.map(([name]) => name)).toEqual(Object.keys(measured))
  })

  it.each(compared)('%s has the size, offsets and kinds that the C compiler measured', (name, expected) => {
    expect(described(structNamed(name), expected)).toEqual(expected)
  })
})

describe('numbers', () => {
  const exported: Record<string, unknown> = {
    ...rmObjects,
    ...gspRpc,
    ...gspBoot,
    ...wprMeta,
    ...nva081,
    ...ctrl2080,
    ...engineTypes,
    ...vgpuGsp,
    ...nvStatus,
  }
  const engines = Object.entries(engineTypes.NV2080_ENGINE_TYPE).map(([name, n]) => [`NV2080_ENGINE_TYPE_${name}`, n])

  it.each(['commands', 'rpc_messages', 'gsp_functions', 'gsp_events', 'nv_status'] as const)('%s agree', (table) => {
    const names = Object.keys(golden[table])
    const numberOf = (value: unknown) => (isControl(value) ? value.cmd : value)
    expect(Object.fromEntries(names.map((name) => [name, numberOf(exported[name])]))).toEqual(golden[table])
  })

  it('constants agree, the 64-bit ones too', () => {
    const wanted = Object.entries(golden.constants).map(([name, n]) => [name, typeof n === 'string' ? BigInt(n) : n])
    expect(wanted.map(([name]) => [name, exported[String(name)]])).toEqual(wanted)
  })

  it('engine types agree', () => {
    expect(Object.fromEntries(engines)).toMatchObject(golden.engines)
  })

  it('every command, function, event, message and status has its own name', () => {
    for (const [name, cmd] of Object.entries(golden.commands)) expect(controlName(cmd)).toBe(name)
    for (const [name, n] of Object.entries(golden.nv_status)) {
      expect(nvStatus.statusName(n)).toBe(name)
      expect(nvStatus.statusByName(name.toLowerCase())).toBe(n)
    }
    expect(nvStatus.statusByName('NV_ERR_NOSUCH')).toBeUndefined()
    const short = (table: Record<string, number>, name: (n: number) => string, prefix: string, bounds: RegExp) =>
      Object.entries(table)
        .filter(([full]) => !bounds.test(full))
        .map(([full, n]) => [full, prefix + name(n)])
        .filter(([full, named]) => full !== named)
    expect(short(golden.gsp_functions, gspRpc.gspFunctionName, 'NV_VGPU_MSG_FUNCTION_', /NUM_/)).toEqual([])
    expect(short(golden.gsp_events, gspRpc.gspEventName, 'NV_VGPU_MSG_EVENT_', /NUM_|FIRST_/)).toEqual([])
    expect(short(golden.rpc_messages, vgpuGsp.cpuRpcMessageName, 'NV_VGPU_CPU_RPC_MSG_', /_MAX$/)).toEqual([])
  })

  it('a number nobody knows is shown as a number', () => {
    expect(controlName(0x1234)).toBe('0x00001234')
    expect(gspRpc.gspFunctionName(203)).toBe('FUNCTION 0xcb')
    expect(gspRpc.gspEventName(0x1013)).toBe('EVENT 0x1013')
    expect(vgpuGsp.cpuRpcMessageName(15)).toBe('MESSAGE 0xf')
    expect(nvStatus.statusName(0x7)).toBe('NV_STATUS 0x7')
    expect(engineTypes.engineTypeName(35)).toBe('ENGINE 0x23')
  })

  it('a control gives the structure whose name follows from its own', () => {
    const sizes = Object.keys(golden.commands)
      .map((name) => [name, golden.struct[`${name.replace('_CTRL_CMD_', '_CTRL_')}_PARAMS`]] as const)
      .filter(([, expected]) => expected !== undefined)
    expect(sizes).toHaveLength(16)
    for (const [name, expected] of sizes) {
      expect(controlParams(golden.commands[name] ?? 0)?.size, name).toBe(expected?.size)
    }
    expect(controlParams(nva081.NVA081_CTRL_CMD_VGPU_CONFIG_SET_INFO.cmd)?.size).toBe(4968)
    expect(controlParams(ctrl2080.NV2080_CTRL_CMD_INTERNAL_INTR_GET_KERNEL_TABLE.cmd)).toBeUndefined()
  })

  it('a firmware status becomes the errno nvkm makes of it', () => {
    const { default: otherwise = '', NV_OK: _, ...special } = golden.errno_map
    expect(nvStatus.statusToErrno(nvStatus.NV_OK)).toBeNull()
    for (const [name, status] of Object.entries(golden.nv_status)) {
      if (status === nvStatus.NV_OK) continue
      expect(`-${nvStatus.statusToErrno(status)}`, name).toBe(special[name] ?? otherwise)
    }
    expect(nvStatus.statusToErrno(0xdead)).toBe('EINVAL')
    expect(ERRNO.EINVAL).toBe(22)
  })

  it('mailbox, doorbell, handles, queue and timeouts agree with what was read from the drivers', () => {
    const { doorbell, rpcOffsets_v1, rpcOffsets_v2, handles, gspQueue, timeouts } = golden.read_not_measured
    const offsets = {
      ctrl: vgpuGsp.VGPU_CPU_GSP_CTRL_BUFF_OFFSET,
      response: vgpuGsp.VGPU_CPU_GSP_RESPONSE_BUFF_OFFSET,
      message: vgpuGsp.VGPU_CPU_GSP_MESSAGE_BUFF_OFFSET,
      migration: vgpuGsp.VGPU_CPU_GSP_MIGRATION_BUFF_OFFSET,
      error: vgpuGsp.VGPU_CPU_GSP_ERROR_BUFF_OFFSET,
      initTaskLog: vgpuGsp.VGPU_CPU_GSP_INIT_TASK_LOG_BUFF_OFFSET,
      vgpuTaskLog: vgpuGsp.VGPU_CPU_GSP_VGPU_TASK_LOG_BUFF_OFFSET,
    }
    expect(rpcOffsets_v1).toMatchObject({ ...offsets, headerTotal: vgpuGsp.VGPU_CPU_GSP_COMMUNICATION_BUFF_TOTAL_SIZE })
    expect(rpcOffsets_v2).toEqual({
      ...offsets,
      kernelLog: v2.V2_KERNEL_LOG_BUFF_OFFSET,
      total: v2.V2_COMMUNICATION_BUFF_TOTAL_SIZE,
    })
    expect(v2.V2_KERNEL_LOG_BUFF_OFFSET + v2.V2_KERNEL_LOG_BUFF_REGION_SIZE).toBe(v2.V2_COMMUNICATION_BUFF_TOTAL_SIZE)
    expect(doorbell).toMatchObject({
      bar0Offset: vgpuGsp.NV_VF_DOORBELL_OFFSET,
      base: vgpuGsp.NV_VIRTUAL_FUNCTION_PRIV_BASE,
      vectorInGfid: vgpuGsp.NV_VF_PLUGIN_VECTOR,
      vectorsPerGfid: vgpuGsp.NV_VF_VECTORS_PER_GFID,
    })
    expect(handles).toEqual({
      clientBase: rmObjects.NVKM_RM_CLIENT,
      device: rmObjects.NVKM_RM_DEVICE,
      subdevice: rmObjects.NVKM_RM_SUBDEVICE,
      clientIdMax: rmObjects.NVKM_RM_CLIENT_ID_MAX,
    })
    expect(gspQueue).toEqual({
      queueBytes: gspRpc.GSP_MSG_QUEUE_SIZE,
      entryBytes: gspRpc.GSP_MSG_QUEUE_ENTRY_SIZE,
      entries: gspRpc.GSP_MSG_QUEUE_ENTRIES,
      elementHeaderBytes: gspRpc.GSP_MSG_QUEUE_ELEMENT_HDR_SIZE,
      rpcHeaderBytes: gspRpc.rpc_message_header_v03_00.size,
      maxMessageBytes: gspRpc.GSP_MSG_MAX_SIZE,
      maxPayloadBytes: gspRpc.GSP_MSG_MAX_PAYLOAD,
      rpcHeaderVersion: gspRpc.NV_VGPU_MSG_HEADER_VERSION,
      rpcSignature: gspRpc.NV_VGPU_MSG_SIGNATURE_VALID,
      rpcResultInitial: gspRpc.NV_VGPU_MSG_RESULT_RPC_PENDING,
    })
    expect(timeouts).toMatchObject({
      pluginBootNominalMs: vgpuGsp.PLUGIN_BOOT_TIMEOUT_US / 1000,
      rpcResponseNominalMs: vgpuGsp.PLUGIN_RPC_TIMEOUT_US / 1000,
      gspCmdqPushPolls: gspRpc.GSP_CMDQ_PUSH_POLLS,
      gspReplyPolls: gspRpc.GSP_REPLY_POLLS,
    })
    expect(golden.read_not_measured.vfioConfig).toMatchObject({ regionShift: vfio.VFIO_PCI_OFFSET_SHIFT })
  })
})

describe('whole structures', () => {
  it('the bootload of the walk-through has the published hash', () => {
    const engines = [1, 9, 10, 11, 12, 13, 19, 20, 21, 27, 28, 29, 43, 44, 45, 46, 51]
    const encoded = ctrl2080.NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_BOOTLOAD_GSP_VGPU_PLUGIN_TASK.params.encode({
      dbdf: 0xc104,
      gfid: 1,
      numChannels: 512,
      chidOffset: Array.from({ length: 62 }, (_, engine) => (engines.includes(engine) ? 512 : 0)),
      numGuestFbSegments: 1,
      guestFbPhysAddrList: [0xba8000000],
      guestFbLengthList: [0x40000000],
      pluginHeapMemoryPhysAddr: 0xbeb000000,
      pluginHeapMemoryLength: 0x2000000,
      initTaskLogBuffOffset: 0xbeb204000,
      initTaskLogBuffSize: 0x20000,
      vgpuTaskLogBuffOffset: 0xbeb224000,
      vgpuTaskLogBuffSize: 0x20000,
    })
    expect(encoded).toHaveLength(6496)
    expect(sha256(encoded)).toBe('4caca21e008a2d110613bfb9d0160fb497c099b8b016c6fe9690e42b652e37fc')
  })

  it('the configuration message of the walk-through has the published bytes', () => {
    const encoded = vgpuGsp.NV_VGPU_CPU_RPC_DATA_COPY_CONFIG_PARAMS.encode({
      vgpu_uuid: Buffer.from('24ef8ff73ed511efae369758b1cb0c87', 'hex'),
      dbdf: 0xc104,
      vgpu_device_instance_id: rmObjects.clientHandle(3),
      vgpu_type: 869,
      num_channels: 512,
      migration_feature: 0x4000,
      hypervisor_type: 4,
      host_cpu_arch: vgpuGsp.NV_VGPU_HOST_CPU_ARCH_X86_64,
      host_page_size: 4096,
      vmm_migration_supported: true,
      enable_console_vnc: true,
      use_non_stall_linux_events: true,
    })
    expect(Buffer.from(encoded).toString('hex')).toBe(
      '24ef8ff73ed511efae369758b1cb0c8704c10000000000000300d0c16503000000000000000000000002000000000000' +
        '00000000004000000400000002000000001000000000000000000000010001010000000000000000',
    )
  })

  it('GSP_VF_INFO has the published bytes', () => {
    const encoded = gspBoot.GSP_VF_INFO.encode({
      totalVFs: 32,
      firstVFOffset: 4,
      FirstVFBar0Address: 0xf0000000,
      FirstVFBar1Address: 0x2010_0000_0000,
      FirstVFBar2Address: 0x2018_0000_0000,
      b64bitBar1: true,
      b64bitBar2: true,
    })
    expect(Buffer.from(encoded).toString('hex')).toBe(
      '2000000004000000000000f000000000000000001020000000000000182000000001010000000000',
    )
  })

  it('type 869 has the published hash when its signature is left out', () => {
    const type: { fields: Record<string, { value: number | string | null }>; sha256WithSignatureZeroed: string } =
      JSON.parse(readFileSync(new URL('../golden/golden-type-869.json', import.meta.url), 'utf8'))
    const opaque = ['vgpuSignature', 'adapterName_Unicode', 'vgpuExtraParams']
    const values = Object.entries(type.fields).filter(([name]) => !opaque.includes(name))
    const encoded = structNamed('NVA081_CTRL_VGPU_INFO').encode(
      Object.fromEntries(values.map(([name, { value }]) => [name, value])),
    )
    expect(encoded).toHaveLength(4952)
    expect(sha256(encoded)).toBe(type.sha256WithSignatureZeroed)
  })

  it('the metadata identifier reads NVVGPUMT', () => {
    const encoded = v2.V2_METADATA_HDR.encode({ identifier: v2.V2_METADATA_IDENTIFIER })
    expect(Buffer.from(encoded).toString('latin1', 0, 8)).toBe('NVVGPUMT')
  })

  it('the RPC signature reads VRPC and the region name LOGINIT packs from its last character', () => {
    const header = gspRpc.rpc_message_header_v03_00.encode({ signature: gspRpc.NV_VGPU_MSG_SIGNATURE_VALID })
    expect(Buffer.from(header).toString('latin1', 4, 8)).toBe('VRPC')
    expect(gspBoot.id8('LOGINIT')).toBe(0x4c4f_4749_4e49_54n)
    expect(() => gspBoot.id8('NINECHARS')).toThrow(RangeError)
  })
})

/** The layout's values for everything that the compiler measured, in the compiler's format. */
function described(layout: AnyStruct, expected: GoldenStruct): GoldenStruct {
  const end = Math.max(...Object.values(layout.fields).map((field) => field.offset + field.layout.size))
  const fields = Object.entries(expected.fields).map(([path, { type, size }]): [string, GoldenField] => {
    const element = /^(.*)\[0?\]$/.exec(type)?.[1]
    if (element !== undefined) {
      const align = STRUCTS.get(element)?.align ?? { NvU8: 1, NvU32: 4 }[element] ?? 0
      return [path, { offset: Math.ceil(end / align) * align, size: 0, type }]
    }
    const field = layout.fields[path]
    if (!field) return [path, { offset: offsetOf(layout, path), size, type }]
    return [path, { offset: field.offset, size: field.layout.size, type: kindOf(field.layout.zero(), type) }]
  })
  const unmeasured = Object.keys(layout.fields).filter((name) => !Object.hasOwn(expected.fields, name))
  expect(unmeasured).toEqual([])
  return { size: layout.size, fields: Object.fromEntries(fields) }
}

/** The C type if the read value has the matching kind, else the kind of the value. */
function kindOf(zero: unknown, type: string): string {
  const kinds: Record<string, readonly string[]> = {
    NvBool: ['boolean'],
    vmiop_bool_t: ['boolean'],
    NvU8: ['number'],
    NvU16: ['number'],
    NvU32: ['number'],
    NvV32: ['number'],
    NvHandle: ['number'],
    NvU64: ['number', 'bigint'],
    NvP64: ['number'],
    'NvU8[]': ['string', 'object'],
    'char[]': ['string'],
  }
  const allowed = kinds[type.replace(/\[\d+\]$/, '[]')] ?? (type.endsWith(']') ? ['object'] : undefined)
  return !allowed || allowed.includes(typeof zero) ? type : `${type} read as ${typeof zero}`
}

function structNamed(name: string): AnyStruct {
  const found = STRUCTS.get(name)
  if (!found) throw new Error(`no structure ${name}`)
  return found
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
