import type { Change } from '../../contract/views/change.ts'
import { NvError } from '../../errors/nv-error.ts'
import { persistGpu } from '../definitions/intent.ts'
import type { Scheduler } from '../load/scheduler.ts'
import { newHost } from '../new-host.ts'
import { findingWith, findVgpu } from '../select.ts'
import type { HostState } from '../state.ts'
import { attachVgpu, uuidOf } from '../verbs/attach.ts'
import { defineVgpu, modifyVgpu, undefineVgpus } from '../verbs/definitions.ts'
import { destroyGpuInstances } from '../verbs/destroy-instances.ts'
import { createComputeInstances, createGpuInstances } from '../verbs/gpu-instances.ts'
import { setInstanceMode, setMigTimeSlicing } from '../verbs/instance-sharing.ts'
import { setMigMode } from '../verbs/mig-mode.ts'
import type { SchedulerRequest } from '../verbs/modes.ts'
import { setEcc, setMode, setScheduler } from '../verbs/modes.ts'
import { resetGpu } from '../verbs/power.ts'
import { resumeVgpus, suspendVgpus } from '../verbs/save.ts'
import { startNamed } from '../verbs/start-defined.ts'
import { uploadTypes } from '../verbs/types.ts'
import { bindVf, disableVfs, enableVfs, setAutoprobe } from '../verbs/vfs.ts'
import { createVgpu, destroyVgpus, stopVgpus } from '../verbs/vgpus.ts'
import type { Desired } from './desired.ts'
import { diffHost } from './diff.ts'
import { GpuIndex } from './gpu-index.ts'
import { idOf, type Partition } from './layout.ts'
import { planSteps, type UuidSource } from './plan.ts'
import { blaming } from './refusal.ts'
import { sentence } from './sentences.ts'
import type { Act, Step } from './step.ts'

/**
 * Brings a host to its desired state with the verbs of the command line. An error leaves the host between two steps; the
 * caller's transaction rolls back.
 * @param progress called before each step
 * @returns the steps made; none when the host is already as desired
 * @throws NvError of the diff, or of the refused verb with the place in the document; `differs` when a difference is left
 *   after the last step
 */
export function applyPlan(
  host: HostState,
  desired: Desired,
  uuids: UuidSource,
  progress: (step: Step, index: number, of: number) => void = () => {},
): Step[] {
  const steps = planSteps(diffHost(desired, host), uuids)
  if (steps.length === 0) return steps
  let gpus = new GpuIndex(host)
  for (const [index, step] of steps.entries()) {
    progress(step, index, steps.length)
    const items = findingWith(host, gpus, () => perform(host, step))
    if (step.do === 'init') gpus = new GpuIndex(host)
    for (const gpu of new Set(items.map(gpuOf))) if (gpu !== undefined) gpus.update(gpu)
  }
  checkReached(host, desired, uuids)
  return steps
}

/** The index of the GPU of a VF or vGPU. */
function gpuOf(item: unknown): number | undefined {
  return typeof item === 'object' && item !== null && 'gpu' in item && typeof item.gpu === 'number'
    ? item.gpu
    : undefined
}

function checkReached(host: HostState, desired: Desired, uuids: UuidSource): void {
  const [left] = planSteps(diffHost(desired, host), uuids)
  if (left === undefined) return
  throw new NvError({
    errno: 'EBUSY',
    code: 'differs',
    at: 'apply',
    message: `after every step this is still to be done: ${sentence(left)}`,
    hint: 'nvgpu diff -f FILE',
  })
}

/** @returns the views of what the step changed */
function perform(host: HostState, step: Step): readonly unknown[] {
  const act = () => doing(host, step)
  const change = step.at === '' ? act() : blaming(step.at, act)
  if (change?.failed !== true) return change?.items ?? []
  throw new NvError({
    errno: 'EIO',
    code: 'wrong-state',
    at: 'apply',
    message: `${sentence(step)}: ${change.warnings.join('; ')}`,
    hint: 'nvgpu host log',
  })
}

function doing<A extends Act>(host: HostState, step: Step<A>): Change<unknown> | undefined {
  return ACTS[step.do](host, step)
}

/** The verb behind each step. */
const ACTS: { readonly [A in Act]: (host: HostState, step: Step<A>) => Change<unknown> | undefined } = {
  init(host, { options }) {
    Object.assign(host, newHost(options))
    return undefined
  },
  upload: (host, { types }) =>
    uploadTypes(
      host,
      types.map(({ blob }) => blob),
      { derived: new Map(types.map(({ vgpuType, derived }) => [vgpuType, derived])) },
    ),
  destroy: (host, { uuid }) => destroyVgpus(host, { selectors: [uuid] }),
  stop: (host, { uuid }) => stopVgpus(host, { selectors: [uuid] }),
  suspend: (host, { uuid }) => suspendVgpus(host, { selectors: [uuid] }),
  resume: (host, { uuid }) => resumeVgpus(host, { selectors: [uuid] }),
  modify: (host, { uuid, name, attrs }) =>
    modifyVgpu(host, {
      vgpu: uuid,
      live: true,
      ...(name === undefined ? {} : { name }),
      ...(attrs === undefined ? {} : { attrs: { kind: 'replace', attrs } }),
    }),
  start: (host, { uuid, ...how }) => powerOn(host, { vgpu: uuid, ...how }),
  create(host, { uuid, type, gpu, vf, name, placementId, attrs, gpuInstance, state, vm, vmUuid, guest }) {
    const attached = state !== 'configured' && guest !== undefined
    const created = createVgpu(host, {
      type: String(type.id),
      uuid,
      start: state !== 'configured' && !attached,
      ...(gpu === null ? {} : { gpu }),
      ...(vf === null ? {} : { vf }),
      ...(name === undefined ? {} : { name }),
      ...(placementId === undefined ? {} : { placementId }),
      ...(gpuInstance === undefined ? {} : { gpuInstanceId: gpuInstance }),
      ...(attrs === undefined ? {} : { attrs }),
      ...(vm === undefined || state === 'configured' || attached ? {} : { vm }),
      ...(vmUuid === undefined || state === 'configured' || attached ? {} : { vmUuid }),
    })
    const [{ vf: place } = { vf: uuid }] = created.items
    if (attached) powerOn(host, { vgpu: place, guest, ...(vm === undefined ? {} : { vm }), ...uuidOf({ vmUuid }) })
    return state === 'paused' ? suspendVgpus(host, { selectors: [place] }) : created
  },
  ecc: (host, { gpu, on }) => setEcc(host, { gpu, on }),
  mig: (host, { gpu, on }) => setMigMode(host, { gpu, on }),
  partition: (host, { gpu, part }) => createPart(host, gpu, part),
  join: (host, { gpu, part }) => destroyGpuInstances(host, { gpu, ids: [idOf(part)], withCompute: true }),
  autoprobe(host, { gpu, on }) {
    setAutoprobe(host, on, gpu)
    return undefined
  },
  reset: (host, { gpu }) => resetGpu(host, gpu),
  vfs: (host, { gpu, count }) => (count === 0 ? disableVfs(host, { gpu }) : enableVfs(host, { gpu, count })),
  'time-slicing': (host, { gpu, on }) => setMigTimeSlicing(host, { gpu, on }),
  mode: (host, { gpu, mode }) => setMode(host, { gpu, mode }),
  scheduler: (host, { gpu, scheduler }) => setScheduler(host, { gpu, ...schedulerRequest(scheduler) }),
  persist(host, { gpu, on }) {
    persistGpu(host, on, gpu)
    return undefined
  },
  define(host, { definition }) {
    const { uuid, vgpuType, name, gpu, vf, placementId, start, attrs } = definition
    return defineVgpu(host, {
      uuid,
      type: String(vgpuType),
      gpu,
      start,
      attrs,
      ...(name === null ? {} : { name }),
      ...(vf === null ? {} : { vf: String(vf) }),
      ...(placementId === null ? {} : { placementId }),
    })
  },
  redefine(host, { uuid, definition }) {
    const { vgpuType, name, gpu, vf, placementId, start, attrs } = definition
    return modifyVgpu(host, {
      vgpu: uuid,
      type: String(vgpuType),
      name,
      gpu,
      vf: vf === null ? null : String(vf),
      placementId,
      start,
      attrs: { kind: 'replace', attrs },
    })
  },
  undefine: (host, { uuid }) => undefineVgpus(host, { selectors: [uuid] }),
  bind: (host, { vf }) => bindVf(host, vf, 'nvidia-vgpu-vfio'),
}

/** A GPU instance in its place, with its compute instances. */
function createPart(host: HostState, gpu: string, part: Partition): Change<unknown> {
  const { profile, start, compute, mixed } = part
  const created = createGpuInstances(host, {
    gpu,
    instances: [{ profile: profile.name, start }],
    compute: false,
  })
  const made = mixed ? setInstanceMode(host, { gpu, gpuInstance: idOf(part), mode: 'heterogeneous' }) : created
  if (compute.length === 0) return made
  const instances = compute.map((one) => ({ profile: one.profile.name, start: one.start }))
  return createComputeInstances(host, { gpu, gpuInstance: idOf(part), instances })
}

type Powered = Pick<Step<'start'>, 'vm' | 'vmUuid' | 'guest'> & { readonly vgpu: string }

function powerOn(host: HostState, { vgpu, vm, vmUuid, guest }: Powered): Change<unknown> {
  const named = { ...(vm === undefined ? {} : { vm }), ...uuidOf({ vmUuid }) }
  if (guest === undefined) return startNamed(host, { selectors: [vgpu], ...named })
  const { vf } = findVgpu(host, vgpu)
  return attachVgpu(host, { vgpu, vm: vm ?? vf.name ?? `vm-${vf.index}`, ...uuidOf({ vmUuid }), ...guest })
}

function schedulerRequest({ policy, arr, frequencyHz, averaging, timeSliceMs }: Scheduler): SchedulerRequest {
  if (policy === 'best-effort') return { policy }
  if (!arr) return { policy, arr, ...(timeSliceMs === null ? {} : { timeSliceMs }) }
  return { policy, arr, averaging, ...(frequencyHz === null ? {} : { frequencyHz }) }
}
