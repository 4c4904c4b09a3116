import type { VgpuWish } from '../../engine/declare/desired.ts'
import { parseName, parseSelector, parseUuid } from '../values.ts'
import type { Cursor } from './cursor.ts'

/** More vGPUs alike than any host has. */
const MOST = 65_536
/** Slots of the largest board there could be, GiB. */
const MOST_SLOTS = 1024

/** A member of a list of vGPUs. Without a state it shall run. */
export function vgpuWish(cursor: Cursor): VgpuWish {
  const found = cursor.members([
    'uuid',
    'name',
    'type',
    'gpu',
    'vf',
    'placement',
    'state',
    'vm',
    'guestOs',
    'policy',
    'tcc',
    'count',
  ])
  const { uuid, name, type, gpu, vf, placement, state, vm, count } = found
  if (type === undefined) throw cursor.refuse('type is missing')
  const single = uuid ?? name ?? vf ?? placement
  const alike = count?.count(0, MOST) ?? 1
  if (alike !== 1 && single !== undefined) throw single.refuse(`${alike} vGPUs cannot share it`)
  const guest = guestOf(found)
  return {
    at: cursor.at,
    types: [type.checked(() => parseSelector(type.word()))],
    ...(uuid === undefined ? {} : { uuid: uuid.checked(() => parseUuid(uuid.text())) }),
    ...(name === undefined ? {} : { name: name.checked(() => parseName(name.text())) }),
    ...(gpu === undefined ? {} : { gpu: gpu.checked(() => parseSelector(gpu.word())) }),
    ...(vf === undefined ? {} : { vf: vf.checked(() => parseSelector(vf.word())) }),
    ...(placement === undefined ? {} : { placementId: placement.count(0, MOST_SLOTS) }),
    state: state?.choice(['running', 'configured', 'paused']) ?? 'running',
    ...(vm === undefined ? {} : { vm: vm.checked(() => parseName(vm.text())) }),
    ...(guest === undefined ? {} : { guest }),
    count: alike,
  }
}

function guestOf({ guestOs, policy, tcc }: Partial<Record<'guestOs' | 'policy' | 'tcc', Cursor>>): VgpuWish['guest'] {
  if (guestOs === undefined) {
    const lonely = policy ?? tcc
    if (lonely !== undefined) throw lonely.refuse('that is of a guest: guestOs is missing')
    return undefined
  }
  return {
    guestOs: guestOs.checked(() => parseName(guestOs.text())),
    policy: policy?.choice(['closes', 'ignores']) ?? 'closes',
    tcc: tcc?.flag() ?? false,
  }
}
