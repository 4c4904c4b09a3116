import { vgpuParams } from '../attributes.ts'
import { stateAt, type VfAt } from '../select.ts'
import type { HostState, VgpuAttr } from '../state.ts'
import type { VgpuView } from '../view.ts'
import { stateOf } from '../views/vgpu.ts'
import { typeRef } from '../views/words.ts'
import type { VgpuGoal } from './goal.ts'
import type { GpuSettings } from './gpu-goal.ts'

/** Something that is not as it shall be. */
export interface Deviation {
  readonly member: string
  readonly is: string | number | boolean | null
  readonly wanted: string | number | boolean | null
}

/** What it takes to put a vGPU right: nothing that its VM would notice, a stop and a start, or making it anew. */
export type Effort = 'live' | 'restart' | 'anew'

/** How a vGPU differs from the wish it answers to. */
export function vgpuDeviations(host: HostState, wish: VgpuGoal, at: VfAt): (Deviation & { effort: Effort })[] {
  const { vf } = at
  const state = stateAtVf(host, at)
  const found: (Deviation & { effort: Effort })[] = []
  const compare = (effort: Effort, member: string, is: Deviation['is'], wanted: Deviation['wanted'] | undefined) => {
    if (wanted !== undefined && is !== wanted) found.push({ effort, member, is, wanted })
  }
  if (vf.vgpuType !== wish.type.id) compare('anew', 'type', typeRef(host, vf.vgpuType).name, wish.type.name)
  compare('anew', 'gpu', at.gpu, wish.gpu ?? undefined)
  compare('anew', 'vf', vf.bdf, wish.vf?.bdf)
  compare('anew', 'placement', vf.placementId, wish.placementId)
  compare('live', 'name', vf.name, wish.name)
  if (wish.attrs && attrsText(vf.attrs) !== attrsText(wish.attrs)) {
    const moved = vgpuParams(vf.attrs).placementId !== vgpuParams(wish.attrs).placementId
    compare(moved ? 'anew' : 'live', 'attrs', attrsText(vf.attrs), attrsText(wish.attrs))
  }
  if (vf.opened && wish.state !== 'configured') {
    const { vm, guestOs, policy, tcc } = vf.opened
    compare('restart', 'vm', vm, wish.vm)
    compare('restart', 'guestOs', guestOs, wish.guest?.guestOs)
    compare('restart', 'policy', policy, wish.guest?.policy)
    compare('restart', 'tcc', tcc, wish.guest?.tcc)
  }
  compare(state === 'failed' ? 'restart' : 'live', 'state', state, wish.state)
  return found
}

/** Attributes as one text; an attribute has a name that has no blank. */
export function attrsText(attrs: readonly VgpuAttr[]): string {
  return attrs.map(({ name, value }) => `${name} ${value}`).join('; ')
}

/** State of a vGPU as the views say it. */
export function stateAtVf(host: HostState, { gpu, vf }: VfAt): VgpuView['state'] {
  return stateOf(vf, stateAt(host, gpu).mgr?.vgpus[vf.index])
}

/** How the settings of a GPU differ from those wanted. */
export function gpuDeviations(is: GpuSettings, wanted: GpuSettings): Deviation[] {
  return MEMBERS.flatMap(({ key, member, word }) =>
    is[key] === wanted[key] ? [] : [{ member, is: word(is[key]), wanted: word(wanted[key]) }],
  )
}

const onOff = (value: GpuSettings[keyof GpuSettings]) => (value === null ? null : value ? 'on' : 'off')

/** Names as a document has them. */
const MEMBERS: readonly {
  key: keyof GpuSettings
  member: string
  word(value: GpuSettings[keyof GpuSettings]): Deviation['is']
}[] = [
  { key: 'vfs', member: 'vfs', word: (value) => value },
  { key: 'autoprobe', member: 'autoprobe', word: onOff },
  { key: 'ecc', member: 'ecc', word: onOff },
  { key: 'eccPending', member: 'eccAfterReset', word: onOff },
  { key: 'heterogeneous', member: 'mode', word: (value) => (value ? 'heterogeneous' : 'homogeneous') },
  { key: 'persist', member: 'persist', word: onOff },
  { key: 'scheduler', member: 'scheduler', word: (value) => `0x${Number(value).toString(16).padStart(8, '0')}` },
]
