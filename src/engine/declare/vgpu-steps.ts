import type { VfAt } from '../select.ts'
import type { HostState, Opener } from '../state.ts'
import type { RequestedState, VgpuRequest } from './desired.ts'
import type { KeptVgpu } from './diff.ts'
import { stateAtVf } from './member-diff.ts'
import type { ResolvedVgpu } from './resolve-vgpu.ts'
import type { Step } from './step.ts'

type Act = 'start' | 'stop' | 'suspend' | 'resume'

/** The acts from each state to each requested one. A failed vGPU is stopped first; the host refuses a migrating one. */
const WAYS: Readonly<
  Record<RequestedState | 'failed' | 'migrating', Readonly<Record<RequestedState, readonly Act[]>>>
> = {
  configured: { configured: [], running: ['start'], paused: ['start', 'suspend'] },
  running: { configured: ['stop'], running: [], paused: ['suspend'] },
  paused: { configured: ['stop'], running: ['resume'], paused: [] },
  failed: { configured: ['stop'], running: ['stop', 'start'], paused: ['stop', 'start', 'suspend'] },
  migrating: { configured: ['stop'], running: ['resume'], paused: ['suspend'] },
}

/** Power steps of a kept vGPU: first those that release resources, then those that take them. */
export function powerSteps(host: HostState, { request, at, effort }: KeptVgpu): { down: Step[]; up: Step[] } {
  if (effort === 'anew') return { down: [act('destroy', request, at)], up: [] }
  if (effort === null) return { down: [], up: [] }
  const state = stateAtVf(host, at)
  const wanted = request.state ?? lastingState(state)
  const way = effort === 'restart' ? ['stop' as const, ...WAYS.configured[wanted]] : WAYS[state][wanted]
  const steps = way.map((verb): Step => (verb === 'start' ? start(request, at) : act(verb, request, at)))
  return { down: steps.filter((step) => step.do === 'stop'), up: steps.filter((step) => step.do !== 'stop') }
}

/** The step that creates a vGPU. */
export function creation(request: ResolvedVgpu, uuid: string, gpu: string | null, vf: string | null): Step<'create'> {
  const { at, type, name, placementId, gpuInstance, attrs, vm, vmUuid, guest } = request
  return {
    do: 'create',
    at,
    uuid,
    type,
    gpu,
    vf,
    state: request.state ?? 'running',
    ...(name === undefined ? {} : { name }),
    ...(placementId === undefined ? {} : { placementId }),
    ...(gpuInstance === undefined ? {} : { gpuInstance }),
    ...(attrs === undefined || attrs.length === 0 ? {} : { attrs }),
    ...(vm === undefined ? {} : { vm }),
    ...(vmUuid === undefined ? {} : { vmUuid }),
    ...(guest === undefined ? {} : { guest }),
  }
}

/** The request of a recreated vGPU. Members that the document leaves out keep their value. */
export function remade(host: HostState, { request, at }: KeptVgpu): ResolvedVgpu {
  const { vf } = at
  const name = request.name ?? vf.name
  return {
    ...request,
    ...(name === null ? {} : { name }),
    state: request.state ?? lastingState(stateAtVf(host, at)),
    attrs: request.attrs ?? vf.attrs,
    ...poweredFor(request, vf.opened),
  }
}

function start(request: ResolvedVgpu, at: VfAt): Step {
  return { do: 'start', at: request.at, uuid: at.vf.uuid ?? '', vf: at.vf.bdf, ...poweredFor(request, at.vf.opened) }
}

function act(verb: 'destroy' | Exclude<Act, 'start'>, { at }: ResolvedVgpu, { vf }: VfAt): Step {
  return { do: verb, at, uuid: vf.uuid ?? '', vf: vf.bdf }
}

/** VM and guest of a request, else the current ones. Another VM has another UUID. */
function poweredFor(request: ResolvedVgpu, opened: Opener | null): Pick<VgpuRequest, 'vm' | 'vmUuid' | 'guest'> {
  const vm = request.vm ?? opened?.vm
  const vmUuid = request.vmUuid ?? (vm === opened?.vm ? opened?.vmUuid : null) ?? undefined
  const guest = request.guest ?? guestOf(opened)
  return {
    ...(vm === undefined ? {} : { vm }),
    ...(vmUuid === undefined ? {} : { vmUuid }),
    ...(guest === undefined ? {} : { guest }),
  }
}

function guestOf(opened: Opener | null): VgpuRequest['guest'] {
  if (opened === null || opened.guestOs === null) return undefined
  return { guestOs: opened.guestOs, policy: opened.policy, tcc: opened.tcc }
}

function lastingState(state: ReturnType<typeof stateAtVf>): RequestedState {
  return state === 'failed' || state === 'migrating' ? 'running' : state
}
