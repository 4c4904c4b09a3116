import { checkAttr } from '../../engine/attributes.ts'
import type { DefinitionRequest, VgpuRequest } from '../../engine/declare/desired.ts'
import type { VgpuAttr } from '../../engine/state.ts'
import { given } from '../given.ts'
import { isNumbered, numberedAs } from '../numbered.ts'
import { parseHeldName, parseSelector, parseUuid } from '../values.ts'
import type { Cursor } from './cursor.ts'

/** More equal vGPUs than any host has. */
const MOST = 65_536
/** GiB of the largest board that is possible: its slots. */
const MOST_SLOTS = 1024
/** The largest id of a GPU instance. */
const MOST_GPU_INSTANCE = 14

/** A member of a list of vGPUs. The default state is running. With a count, {n} in name and VM is the number of each. */
export function vgpuRequests(cursor: Cursor): VgpuRequest[] {
  const found = cursor.members([
    'uuid',
    'name',
    'type',
    'gpu',
    'vf',
    'placement',
    'gpuInstance',
    'state',
    'vm',
    'vmUuid',
    'guestOs',
    'policy',
    'tcc',
    'attrs',
    'count',
  ])
  const { state, vm, vmUuid, attrs, count, uuid, name, vf, placement, gpuInstance } = found
  const alike = count?.count(0, MOST) ?? 1
  const single = uuid ?? vf ?? placement
  if (alike !== 1 && single !== undefined) throw single.refuse(`${alike} vGPUs cannot share it`)
  const guest = guestOf(found)
  const request = {
    ...identity(cursor, found),
    state: state?.choice(['running', 'configured', 'paused']) ?? 'running',
    ...given({
      vm: vm?.checked(() => parseHeldName(vm.text())),
      vmUuid: vmUuid?.checked(() => parseUuid(vmUuid.text())),
      gpuInstance: gpuInstance?.count(0, MOST_GPU_INSTANCE),
      guest,
    }),
    ...(attrs === undefined ? {} : { attrs: attrsOf(attrs) }),
    count: alike,
  }
  if (alike !== 1 && name !== undefined && !isNumbered(request.name))
    throw name.refuse(`${alike} vGPUs cannot share it; with {n} in it each has its number`)
  if (alike !== 1 && vmUuid !== undefined && (request.vm === undefined || isNumbered(request.vm)))
    throw vmUuid.refuse(`${alike} vGPUs of as many VMs cannot share it`)
  const isPattern = count !== undefined && (isNumbered(request.name) || isNumbered(request.vm))
  return isPattern ? numbered(cursor, request) : [request]
}

/** A request for each of several vGPUs. */
function numbered(cursor: Cursor, { name, vm, count, ...shared }: VgpuRequest): VgpuRequest[] {
  const spelled = (text: string | undefined, number: number) =>
    text === undefined ? undefined : cursor.checked(() => parseHeldName(numberedAs(text, number)))
  return Array.from({ length: count }, (_, index) => ({
    ...shared,
    ...given({ name: spelled(name, index + 1), vm: spelled(vm, index + 1) }),
    count: 1,
  }))
}

/** A member of `definitions`. Missing fields stay open; the default start is manual. */
export function definitionRequest(cursor: Cursor): DefinitionRequest {
  const found = cursor.members(['uuid', 'name', 'type', 'gpu', 'vf', 'placement', 'start', 'attrs'])
  if (found.uuid === undefined && found.name === undefined) throw cursor.refuse('a definition has a uuid or a name')
  return {
    ...identity(cursor, found),
    start: found.start?.choice(['auto', 'manual']) ?? 'manual',
    attrs: found.attrs === undefined ? [] : attrsOf(found.attrs),
  }
}

type Identity = Pick<VgpuRequest, 'at' | 'types' | 'uuid' | 'name' | 'gpu' | 'vf' | 'placementId'>

/** Identity, type and place of the vGPU. */
function identity(
  cursor: Cursor,
  found: Partial<Record<'uuid' | 'name' | 'type' | 'gpu' | 'vf' | 'placement', Cursor>>,
): Identity {
  const { uuid, name, type, gpu, vf, placement } = found
  if (type === undefined) throw cursor.refuse('type is missing')
  return {
    at: cursor.at,
    types: [type.checked(() => parseSelector(type.word()))],
    ...given({
      uuid: uuid?.checked(() => parseUuid(uuid.text())),
      name: name?.checked(() => parseHeldName(name.text())),
      gpu: gpu?.checked(() => parseSelector(gpu.word())),
      vf: vf?.checked(() => parseSelector(vf.word())),
      placementId: placement?.count(0, MOST_SLOTS),
    }),
  }
}

/** Attributes in order, each a map of one member, as mdevctl writes them. */
function attrsOf(cursor: Cursor): VgpuAttr[] {
  return cursor.items().map((item) => {
    const [entry, more] = item.entries()
    if (entry === undefined || more !== undefined) throw item.refuse('an attribute is one name and its value')
    const attr = { name: entry[0], value: entry[1].word() }
    item.checked(() => checkAttr(attr))
    return attr
  })
}

function guestOf({
  guestOs,
  policy,
  tcc,
}: Partial<Record<'guestOs' | 'policy' | 'tcc', Cursor>>): VgpuRequest['guest'] {
  if (guestOs === undefined) {
    const lonely = policy ?? tcc
    if (lonely !== undefined) throw lonely.refuse('this needs a guest: guestOs is missing')
    return undefined
  }
  return {
    guestOs: guestOs.checked(() => parseHeldName(guestOs.text())),
    policy: policy?.choice(['closes', 'ignores']) ?? 'closes',
    tcc: tcc?.flag() ?? false,
  }
}
