import type { VfAt } from '../select.ts'
import type { HostState, Opener } from '../state.ts'
import type { KeptVgpu } from './compare.ts'
import type { VgpuWish, WishedState } from './desired.ts'
import { stateAtVf } from './deviations.ts'
import type { VgpuGoal } from './goal.ts'
import type { Step } from './step.ts'

type Act = 'start' | 'stop' | 'suspend' | 'resume'

/** The way from a state to a wished one. A failed vGPU is stopped first; what migrates is refused by the host. */
const WAYS: Readonly<Record<WishedState | 'failed' | 'migrating', Readonly<Record<WishedState, readonly Act[]>>>> = {
  configured: { configured: [], running: ['start'], paused: ['start', 'suspend'] },
  running: { configured: ['stop'], running: [], paused: ['suspend'] },
  paused: { configured: ['stop'], running: ['resume'], paused: [] },
  failed: { configured: ['stop'], running: ['stop', 'start'], paused: ['stop', 'start', 'suspend'] },
  migrating: { configured: ['stop'], running: ['resume'], paused: ['suspend'] },
}

/** What a kept vGPU needs: what gives something back, and then what takes something. */
export function powerSteps(host: HostState, { wish, at, effort }: KeptVgpu): { down: Step[]; up: Step[] } {
  if (effort === 'anew') return { down: [act('destroy', wish, at)], up: [] }
  if (effort === null) return { down: [], up: [] }
  const state = stateAtVf(host, at)
  const wanted = wish.state ?? lastingState(state)
  const way = effort === 'restart' ? ['stop' as const, ...WAYS.configured[wanted]] : WAYS[state][wanted]
  const steps = way.map((verb): Step => (verb === 'start' ? start(wish, at) : act(verb, wish, at)))
  return { down: steps.filter((step) => step.do === 'stop'), up: steps.filter((step) => step.do !== 'stop') }
}

/** Creation of a vGPU that is not there. */
export function creation(wish: VgpuGoal, uuid: string, gpu: string | null, vf: string | null): Step<'create'> {
  const { at, type, name, placementId, attrs, vm, guest } = wish
  return {
    do: 'create',
    at,
    uuid,
    type,
    gpu,
    vf,
    state: wish.state ?? 'running',
    ...(name === undefined ? {} : { name }),
    ...(placementId === undefined ? {} : { placementId }),
    ...(attrs === undefined || attrs.length === 0 ? {} : { attrs }),
    ...(vm === undefined ? {} : { vm }),
    ...(guest === undefined ? {} : { guest }),
  }
}

/** The wish behind a vGPU that is made anew: what was not spoken of stays as it was. */
export function remade(host: HostState, { wish, at }: KeptVgpu): VgpuGoal {
  const { vf } = at
  const name = wish.name ?? vf.name
  return {
    ...wish,
    ...(name === null ? {} : { name }),
    state: wish.state ?? lastingState(stateAtVf(host, at)),
    attrs: wish.attrs ?? vf.attrs,
    ...poweredFor(wish, vf.opened),
  }
}

function start(wish: VgpuGoal, at: VfAt): Step {
  return { do: 'start', at: wish.at, uuid: at.vf.uuid ?? '', vf: at.vf.bdf, ...poweredFor(wish, at.vf.opened) }
}

function act(verb: 'destroy' | Exclude<Act, 'start'>, { at }: VgpuGoal, { vf }: VfAt): Step {
  return { do: verb, at, uuid: vf.uuid ?? '', vf: vf.bdf }
}

/** The VM and guest of a wish, else those that had it. */
function poweredFor(wish: VgpuGoal, opened: Opener | null): Pick<VgpuWish, 'vm' | 'guest'> {
  const vm = wish.vm ?? opened?.vm
  const guest = wish.guest ?? guestOf(opened)
  return { ...(vm === undefined ? {} : { vm }), ...(guest === undefined ? {} : { guest }) }
}

function guestOf(opened: Opener | null): VgpuWish['guest'] {
  if (opened === null || opened.guestOs === null) return undefined
  return { guestOs: opened.guestOs, policy: opened.policy, tcc: opened.tcc }
}

function lastingState(state: ReturnType<typeof stateAtVf>): WishedState {
  return state === 'failed' || state === 'migrating' ? 'running' : state
}
