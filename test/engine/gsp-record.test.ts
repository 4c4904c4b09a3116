import { describe, expect, it } from 'vitest'
import {
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_PGPU_ADD_VGPU_TYPE as ADD_TYPE,
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_BOOTLOAD_GSP_VGPU_PLUGIN_TASK as BOOTLOAD,
} from '../../src/abi/ctrl2080.ts'
import { NVA081_CTRL_VGPU_INFO } from '../../src/abi/nva081.ts'
import { encodeVgpuInfo } from '../../src/catalog/vgpu-info.ts'
import { typeById } from '../../src/catalog/vgpu-types.ts'
import { Machine } from '../../src/engine/machine.ts'
import type { GpuState } from '../../src/engine/state.ts'
import { SHARED_TYPES } from '../../src/engine/type-storage.ts'
import { hostOf, uuidOf } from './host-of.ts'
import { bare } from './opened.ts'

const L40_8Q = 876
const FIELDS = Object.entries(NVA081_CTRL_VGPU_INFO.fields).filter(([name]) => name !== 'vgpuType')

/** Uploads the types again; `change` writes to the record of one on its way to GSP. */
function uploaded(vgpuType: number, change: (record: Uint8Array) => void) {
  const made = bare()
  const { vgpuInfo } = ADD_TYPE.params.fields
  const machine = new Machine(made.state, made.gpu, {
    ops: (ops) => ({
      ...ops,
      rmCtrlWr(client, cmd, params) {
        if (cmd === ADD_TYPE.cmd) {
          for (
            let at = vgpuInfo.offset;
            at + NVA081_CTRL_VGPU_INFO.size <= params.length;
            at += NVA081_CTRL_VGPU_INFO.size
          ) {
            const record = params.subarray(at, at + NVA081_CTRL_VGPU_INFO.size)
            if (NVA081_CTRL_VGPU_INFO.get(record, 'vgpuType') === vgpuType) change(record)
          }
        }
        ops.rmCtrlWr(client, cmd, params)
      },
    }),
  })
  machine.mgr.uploadTypes()
  return made
}

function heldBy(gpu: GpuState, vgpuType: number): Uint8Array {
  const known = gpu.gsp.types.find((type) => type.vgpuType === vgpuType)
  if (!known) throw new Error(`GSP has no type ${vgpuType}`)
  return SHARED_TYPES.peek(known)
}

describe('the record of a type in GSP', () => {
  it.each(FIELDS.map(([name, { offset }]) => [name, offset] as const))(
    'J 1: is the one that came, with one bit of %s flipped',
    (_name, offset) => {
      const catalogue = typeById(L40_8Q)
      if (!catalogue) throw new Error('no type')
      const wanted = encodeVgpuInfo(catalogue)
      wanted[offset] = (wanted[offset] ?? 0) ^ 1
      const { state, gpu } = uploaded(L40_8Q, (record) => {
        record[offset] = (record[offset] ?? 0) ^ 1
      })
      expect(heldBy(gpu, L40_8Q)).toEqual(wanted)
      const stored: GpuState = JSON.parse(JSON.stringify(state.gpus[0]))
      expect(heldBy(stored, L40_8Q)).toEqual(wanted)
    },
  )

  it('J 1: decides what a guest gets: its frame-rate limit is the record’s', () => {
    const { host, gpu } = uploaded(L40_8Q, (record) => {
      record.set(NVA081_CTRL_VGPU_INFO.encode({ ...NVA081_CTRL_VGPU_INFO.decode(record), frlConfig: 33 }))
    })
    host.createVgpu({ type: String(L40_8Q), uuid: uuidOf(1), start: true })
    expect(gpu.gsp.plugins[1]?.guest?.frameRateLimit).toBe(33)
  })

  it('J 1: costs nothing in the state while it is the catalogue’s', () => {
    const { gpu } = bare()
    expect(gpu.gsp.types.length).toBeGreaterThan(10)
    expect(gpu.gsp.types.every(({ blob }) => blob === null)).toBe(true)
  })

  it('J 1: a bootload is kept as it came too', () => {
    const { state, gpu, host } = hostOf({ profile: 'vgpu17' })
    host.enableVfs({ count: 1 })
    const machine = new Machine(state, gpu, {
      ops: (ops) => ({
        ...ops,
        rmCtrlWr(client, cmd, params) {
          if (cmd !== BOOTLOAD.cmd) return ops.rmCtrlWr(client, cmd, params)
          const boot = BOOTLOAD.params.decode(params)
          ops.rmCtrlWr(client, cmd, BOOTLOAD.params.encode({ ...boot, dbdf: 0xc1ff, vmPid: 99 }))
        },
      }),
    })
    const vf = gpu.vfs[0]
    if (!vf) throw new Error('no VF')
    machine.vfio(vf).setCurrentVgpuType(L40_8Q)
    const open = () => machine.vfio(vf).open({ vm: 'vm', pid: 7 }, { uuid: uuidOf(1), uuidBytes: new Uint8Array(16) })
    // message 2 names the true address, and the task answers 3
    expect(open).toThrow(expect.objectContaining({ message: expect.stringContaining('returned result 3') }))
  })
})
