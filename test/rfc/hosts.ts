import { expect } from 'vitest'
import { GspFwWprMeta } from '../../src/abi/wpr-meta.ts'
import { type Board, findBoard } from '../../src/catalog/boards.ts'
import { ConfigSpace } from '../../src/engine/hw/config-space.ts'
import { ENTRY_BYTES, type GspPort, RING_BYTES } from '../../src/engine/hw/msgq.ts'
import { Machine } from '../../src/engine/machine.ts'
import { newHost, poweredOn } from '../../src/engine/new-host.ts'
import { fromSparse } from '../../src/engine/sparse.ts'
import type { GpuState, HostState, ProfileName } from '../../src/engine/state.ts'
import { DRIVER, unbound } from '../engine/host-of.ts'

export const ENABLED_LINE = 'NVIDIA vGPU mananger support is enabled.'
export const LITERAL_UUID = '24ef8ff7-3ed5-11ef-ae36-9758b1cb0c87'
export const refusal = (facts: object) => expect.objectContaining(facts)
export const lines = (gpu: GpuState) => gpu.klog.lines.map((line) => line.text)

export function l40(): Board {
  const board = findBoard('L40')
  if (!board) throw new Error('no L40')
  return board
}

/** A GPU that is on and has no driver yet. */
export function cold(board = l40(), { vgpu = true, profile = 'rfc-v1' as ProfileName } = {}) {
  const gpu = poweredOn(board, 0, { vgpu, registryDwords: '' })
  const state: HostState = { ...newHost({ profile }), gpus: [gpu] }
  return { state, gpu, machine: new Machine(state, gpu) }
}

/** A host under the RFC's rules, VFs there and VF 0 bound. */
export function bound(profile: ProfileName = 'rfc-v1') {
  const made = unbound(profile)
  made.host.bindVf('0', DRIVER)
  return { ...made, machine: new Machine(made.state, made.gpu) }
}

/** The same with a vGPU of type 869 running on VF 0. */
export function running(profile: ProfileName = 'rfc-v1') {
  const made = bound(profile)
  made.host.createVgpu({ type: '869', vf: '0', uuid: LITERAL_UUID, start: true })
  const vgpu = made.gpu.mgr?.vgpus[0]
  if (!vgpu?.fb || !vgpu.heap || !vgpu.bar1 || vgpu.client === null) throw new Error('no vGPU runs')
  return { ...made, machine: new Machine(made.state, made.gpu), vgpu: { ...vgpu, fb: vgpu.fb, heap: vgpu.heap } }
}

/** The same with the device's file at hand, and a way to set a 16-bit register of the VF's own configuration space. */
export function fileOf(profile: ProfileName) {
  const made = running(profile)
  const [vf] = made.gpu.vfs
  if (!vf) throw new Error('no VF')
  const hardware = (offset: number, value: number) => {
    const config = new ConfigSpace(vf.config, (sparse) => {
      vf.config = sparse
    })
    config.write16(offset, value)
    config.save()
  }
  const file = () => made.machine.vfio(vf).file()
  return { ...made, vf, hardware, file, device: file() }
}

/** Little-endian bytes as a number. */
export function word(bytes: Uint8Array): number {
  return bytes.reduceRight((sum, byte) => sum * 256 + byte, 0)
}

export function meta(gpu: GpuState): Uint8Array {
  return fromSparse(gpu.gsp.wprMeta, GspFwWprMeta.size)
}

export interface Seen {
  fn: number
  entries: number
  payload: number
}

/** Watches a queue: function and entries of every message the host writes, by reading the ring when the doorbell rings. */
export function watch(gpu: GpuState, seen: Seen[]): (port: GspPort) => GspPort {
  return (port) => {
    const view = new DataView(port.command.buffer)
    let at = gpu.nvkm.queue.writePtr
    const doorbell = () => {
      for (const end = view.getUint32(16, true); at !== end; ) {
        const element = ENTRY_BYTES * (1 + at)
        const entries = view.getUint32(element + 40, true)
        if (entries === 0) throw new Error('lost track of the ring')
        seen.push({ fn: view.getUint32(element + 60, true), entries, payload: view.getUint32(element + 56, true) - 32 })
        at = (at + entries) % (RING_BYTES / ENTRY_BYTES - 1)
      }
      port.doorbell()
    }
    return { ...port, doorbell }
  }
}
