import { Machine } from '../../src/engine/machine.ts'
import { newHost } from '../../src/engine/new-host.ts'
import type { Opener, ProfileName, VfState } from '../../src/engine/state.ts'
import type { VfioFile } from '../../src/engine/vfio/file.ts'
import { boundHost, type Host } from './bound-host.ts'
import { gpuOf, uuidOf } from './host-of.ts'

/** An L40 with 4 VFs. VF 0 has a type, and its VFIO device is open. */
export function opened(profile: ProfileName = 'v2', type = '869') {
  const made = bare(profile)
  made.machine.vfio(made.vf).setCurrentVgpuType(Number(type))
  made.host.openVfio({ vf: '0', vm: 'vm', uuid: uuidOf(1) })
  // a machine on the state that the verbs left
  const machine = new Machine(made.state, made.gpu)
  return { ...made, machine, file: (): VfioFile => machine.vfio(made.vf).file() }
}

/** An L40 with 4 VFs, before a type is selected. */
export function bare(profile: ProfileName = 'v2') {
  const state = newHost({ profile })
  const host = boundHost(state)
  host.enableVfs({ count: 4 })
  const gpu = gpuOf(state)
  return { state, host, gpu, vf: vfAt(gpu, 0), machine: new Machine(state, gpu) }
}

export function vfAt(gpu: { vfs: VfState[] }, index: number): VfState {
  const vf = gpu.vfs[index]
  if (!vf) throw new Error(`there is no VF ${index}`)
  return vf
}

/** Starts a vGPU of type 869 on a VF, for a VM with the given policy. */
export function openFor(host: Host, vf: number, policy: Opener['policy'] = 'closes'): void {
  host.createVgpu({ type: '869', vf: String(vf), uuid: uuidOf(vf + 1), start: false })
  host.openVfio({ vf: String(vf), vm: `vm-${vf}`, policy, uuid: uuidOf(vf + 1) })
}
