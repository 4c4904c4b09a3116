import type { VgpuView } from '../../contract/views/vgpu.ts'
import { vgpuParams } from '../attributes.ts'
import { vmUuidOf } from '../guest/vm-uuid.ts'
import { stateAt, type VfAt } from '../select.ts'
import type { HostState, VgpuAttr } from '../state.ts'
import { stateOf } from '../views/vgpu.ts'
import { typeRef } from '../views/words.ts'
import { layoutText } from './layout.ts'
import type { GpuSettings } from './resolve-gpu.ts'
import type { ResolvedVgpu } from './resolve-vgpu.ts'

/** A member with another value than desired. */
export interface MemberDiff {
  readonly member: string
  readonly is: string | number | boolean | null
  readonly wanted: string | number | boolean | null
}

/** The cost of a change to a vGPU: unnoticed by its VM, a stop and a start, or a new vGPU. */
export type Effort = 'live' | 'restart' | 'anew'

/** Members of a vGPU that differ from its request. */
export function vgpuDiff(host: HostState, request: ResolvedVgpu, at: VfAt): (MemberDiff & { effort: Effort })[] {
  const { vf } = at
  const state = stateAtVf(host, at)
  const found: (MemberDiff & { effort: Effort })[] = []
  const compare = (effort: Effort, member: string, is: MemberDiff['is'], wanted: MemberDiff['wanted'] | undefined) => {
    if (wanted !== undefined && is !== wanted) found.push({ effort, member, is, wanted })
  }
  if (vf.vgpuType !== request.type.id) compare('anew', 'type', typeRef(host, vf.vgpuType).name, request.type.name)
  compare('anew', 'gpu', at.gpu, request.gpu ?? undefined)
  compare('anew', 'vf', vf.bdf, request.vf?.bdf)
  compare('anew', 'gpuInstance', vf.gpuInstanceId, request.gpuInstance)
  compare('anew', 'placement', vf.placementId, request.placementId)
  compare('live', 'name', vf.name, request.name)
  if (request.attrs && attrsText(vf.attrs) !== attrsText(request.attrs)) {
    const [is, wanted] = [vgpuParams(vf.attrs), vgpuParams(request.attrs)]
    const moved = is.placementId !== wanted.placementId || is.gpuInstanceId !== wanted.gpuInstanceId
    compare(moved ? 'anew' : 'live', 'attrs', attrsText(vf.attrs), attrsText(request.attrs))
  }
  if (vf.opened && request.state !== 'configured') {
    const { vm, guestOs, policy, tcc } = vf.opened
    compare('restart', 'vm', vm, request.vm)
    compare('restart', 'vmUuid', vmUuidOf(vf.opened), request.vmUuid)
    compare('restart', 'guestOs', guestOs, request.guest?.guestOs)
    compare('restart', 'policy', policy, request.guest?.policy)
    compare('restart', 'tcc', tcc, request.guest?.tcc)
  }
  compare(state === 'failed' ? 'restart' : 'live', 'state', state, request.state)
  return found
}

/** Attributes as one text. Names of attributes contain no space. */
export function attrsText(attrs: readonly VgpuAttr[]): string {
  return attrs.map(({ name, value }) => `${name} ${value}`).join('; ')
}

/** State of a vGPU, as in its view. */
export function stateAtVf(host: HostState, { gpu, vf }: VfAt): VgpuView['state'] {
  return stateOf(vf, stateAt(host, gpu).mgr?.vgpus[vf.index])
}

/** Settings of a GPU that differ from the wanted ones. */
export function gpuDiff(now: GpuSettings, then: GpuSettings): MemberDiff[] {
  return Object.entries(MEMBERS).flatMap(([member, word]) => {
    const [is, wanted] = [word(now), word(then)]
    return is === wanted ? [] : [{ member, is, wanted }]
  })
}

const onOff = (value: boolean | null) => (value === null ? null : value ? 'on' : 'off')

/** Member names of the document, with the value as a word. */
const MEMBERS: Readonly<Record<string, (settings: GpuSettings) => MemberDiff['is']>> = {
  vfs: ({ vfs }) => vfs,
  autoprobe: ({ autoprobe }) => onOff(autoprobe),
  ecc: ({ ecc }) => onOff(ecc),
  eccAfterReset: ({ eccPending }) => onOff(eccPending),
  mig: ({ mig }) => onOff(mig),
  migAfterReset: ({ migPending }) => onOff(migPending),
  migTimeSlicing: ({ timeSlicing }) => onOff(timeSlicing),
  gpuInstances: ({ layout }) => layoutText(layout),
  mode: ({ heterogeneous }) => (heterogeneous ? 'heterogeneous' : 'homogeneous'),
  persist: ({ persist }) => onOff(persist),
  scheduler: ({ scheduler }) => `0x${scheduler.toString(16).padStart(8, '0')}`,
}
