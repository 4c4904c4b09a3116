import { definitionEvents, deviceEvent } from '../app/callouts/events.ts'
import type { CalloutSettings } from '../app/callouts/settings.ts'
import { withCallouts } from '../app/callouts/with-callouts.ts'
import { given } from '../app/given.ts'
import { isNumbered, numberedAs, numberedName } from '../app/numbered.ts'
import { changeHost, tryHost } from '../app/transaction.ts'
import { usageError } from '../app/usage.ts'
import { parseName, parseVm } from '../app/values.ts'
import type { Change } from '../contract/views/change.ts'
import type { ListedVgpuView } from '../contract/views/vgpu.ts'
import { mergeChanges } from '../engine/merge-changes.ts'
import type { HostState } from '../engine/state.ts'
import { createVgpus } from '../engine/verbs/create-many.ts'
import { defineVgpu } from '../engine/verbs/definitions.ts'
import type { CreateRequest } from '../engine/verbs/vgpus.ts'
import type { Context } from './context.ts'

/** Options of `vgpu create`. */
interface CreateOptions extends CalloutSettings {
  readonly type: string
  readonly gpu: string | undefined
  readonly vf: string | undefined
  readonly uuid: string | undefined
  readonly name: string | undefined
  readonly vm: string | undefined
  readonly vmUuid: string | undefined
  readonly placementId: number | undefined
  readonly gpuInstance: number | undefined
  readonly count: number | undefined
  readonly noStart: boolean
  readonly ifNotExists: boolean
  readonly persist: boolean
  readonly auto: boolean
}

/** Creates vGPUs between their callouts, on the VFs that these were told, and defines them if requested. */
export async function create(context: Context, options: CreateOptions): Promise<Change<ListedVgpuView>> {
  const persist = options.persist || options.auto
  const act = (state: HostState, requests: readonly CreateRequest[]): Change<ListedVgpuView>[] => {
    const made = createVgpus(state, requests)
    if (!persist) return made
    const start = options.auto ? 'auto' : 'manual'
    return made.map((change) => {
      const defined = change.items.map(({ uuid }) => defineVgpu(state, { vgpu: uuid, start, ifNotExists: true }))
      return {
        ...change,
        changed: change.changed || defined.some(({ changed }) => changed),
        items: defined.flatMap(({ items }) => items),
      }
    })
  }
  let pinned = requestsOf(context, options)
  const plan = async () => {
    const made = await tryHost(context, (state) => act(state, pinned))
    pinned = pinned.map((request, index) => {
      const vf = made[index]?.changed === true ? (made[index].items[0]?.vf ?? null) : null
      return vf === null ? request : { ...request, vf }
    })
    const items = made.flatMap((change) => (change.changed ? change.items : [])).filter(({ vf }) => vf !== null)
    return items.flatMap((item) => [deviceEvent('start', item), ...(persist ? definitionEvents('define', [item]) : [])])
  }
  const changes = await withCallouts(context, options, plan, () => changeHost(context, (state) => act(state, pinned)))
  return mergeChanges(changes)
}

/** A request for each vGPU. Throws NvError `syntax` for options that contradict each other. */
function requestsOf({ io }: Context, options: CreateOptions): CreateRequest[] {
  const { type, gpu, vf, uuid, name, vm, vmUuid, placementId, gpuInstance, count } = options
  if (options.noStart && vm !== undefined) {
    throw usageError('--vm starts the vGPU in a VM and cannot go with --no-start')
  }
  const shared = { type, start: !options.noStart, ifNotExists: options.ifNotExists }
  const place = given({ gpu, vf, placementId, gpuInstanceId: gpuInstance, vmUuid })
  if (count === undefined) {
    const own = { uuid: uuid ?? io.uuid(), uuidIsFresh: uuid === undefined }
    return [{ ...shared, ...place, ...own, ...given({ name, vm }) }]
  }
  const severalVms = vm === undefined || isNumbered(vm)
  const singles = {
    uuid,
    vf,
    'placement-id': placementId,
    'gpu-instance': gpuInstance,
    'vm-uuid': severalVms ? vmUuid : undefined,
  }
  const [single] = Object.entries(singles).flatMap(([option, value]) => (value === undefined ? [] : [`--${option}`]))
  if (single !== undefined && count > 1) throw usageError(`${count} vGPUs cannot share ${single}`)
  return Array.from({ length: count }, (_, index) => ({
    ...shared,
    ...place,
    uuid: uuid ?? io.uuid(),
    uuidIsFresh: uuid === undefined,
    ...given({
      name: name === undefined ? undefined : parseName(numberedName(name, index + 1)),
      vm: vm === undefined ? undefined : parseVm(numberedAs(vm, index + 1)),
    }),
  }))
}
