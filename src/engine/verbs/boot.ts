import { grouped } from '../../abi/grouped.ts'
import type { Change } from '../../contract/views/change.ts'
import type { HostView } from '../../contract/views/host.ts'
import { NvError } from '../../errors/nv-error.ts'
import { definitionsOf } from '../definitions/find.ts'
import { totalVfs } from '../definitions/vf-address.ts'
import { fromPvmrl, toPvmrl } from '../load/scheduler.ts'
import { schedulerOf } from '../load/scheduler-of.ts'
import { stateAt } from '../select.ts'
import type { Definition, HostState } from '../state.ts'
import { hostView } from '../views/host.ts'
import { lostVgpus, namedVgpus } from './lost-vgpus.ts'
import { type SchedulerRequest, setMode, setScheduler } from './modes.ts'
import { powerCycle } from './power.ts'
import { startDefined } from './start-defined.ts'
import { enableVfs } from './vfs.ts'

/**
 * Power off and on. Boot then restores each GPU in the order of dependence: scheduler, VFs, mode, and the vGPUs that are
 * defined to start. A step that fails gives a warning, and the others follow; so does each vGPU that is not there again.
 * @param skip UUIDs not to start, because a callout refused them
 */
export function rebootHost(host: HostState, request: { skip?: readonly string[] } = {}): Change<HostView> {
  const before = namedVgpus(host)
  const change = powerCycle(host)
  const warnings = [...change.warnings]
  let failed = change.failed ?? false
  const step = (what: string, act: () => { warnings: readonly string[]; failed?: boolean }) => {
    try {
      const done = act()
      warnings.push(...done.warnings)
      failed ||= done.failed ?? false
    } catch (error) {
      if (!(error instanceof NvError)) throw error
      warnings.push(`${what}: ${error.message} (${error.errno})`)
      failed = true
    }
  }
  const starting = definitionsOf(host).filter(({ start }) => start === 'auto')
  const byGpu = grouped(starting, ({ gpu }) => gpu)
  const skip = new Set(request.skip)
  for (const index of gpusConcerned(host, starting)) {
    bringUp(host, index, byGpu.get(stateAt(host, index).bdf) ?? [], skip, step)
  }
  const there = new Set(host.gpus.map(({ bdf }) => bdf))
  for (const { uuid, gpu } of starting.filter((one) => !there.has(one.gpu))) {
    step(`vGPU ${uuid} was not started`, () => {
      throw gone(gpu)
    })
  }
  return { ...change, items: [hostView(host)], warnings: [...warnings, ...lostVgpus(before, host)], failed }
}

type Step = (what: string, act: () => { warnings: readonly string[]; failed?: boolean }) => void

function bringUp(
  host: HostState,
  index: number,
  definitions: readonly Definition[],
  skip: ReadonlySet<string>,
  step: Step,
): void {
  const { bdf } = stateAt(host, index)
  const wanted = host.boot[bdf]
  const scheduler = wanted?.scheduler ?? null
  if (scheduler !== null && scheduler !== toPvmrl(schedulerOf(stateAt(host, index))))
    step(`the scheduler of ${bdf} was not set`, () => setScheduler(host, { gpu: bdf, ...schedulerRequest(scheduler) }))
  const count = vfsNeeded(host, index, definitions)
  if (count > 0) step(`the VFs of ${bdf} were not enabled`, () => enableVfs(host, { gpu: bdf, count }))
  if (wanted?.heterogeneous)
    step(`the mode of ${bdf} was not set`, () => setMode(host, { gpu: bdf, mode: 'heterogeneous' }))
  for (const definition of definitions) {
    if (skip.has(definition.uuid)) continue
    step(`vGPU ${definition.uuid} was not started`, () => startDefined(host, definition))
  }
}

/** The request for the scheduler of an RmPVMRL word. */
function schedulerRequest(word: number): SchedulerRequest {
  const { policy, arr, frequencyHz, averaging, timeSliceMs } = fromPvmrl(word)
  if (policy === 'best-effort') return { policy }
  if (!arr) return { policy, arr, ...(timeSliceMs === null ? {} : { timeSliceMs }) }
  return { policy, arr, averaging, ...(frequencyHz === null ? {} : { frequencyHz }) }
}

/** The number of VFs to enable: the one kept for boot, and enough for the definitions and the VFs they prefer. */
function vfsNeeded(host: HostState, index: number, definitions: readonly Definition[]): number {
  const gpu = stateAt(host, index)
  const needed = Math.max(definitions.length, ...definitions.map(({ vf }) => (vf ?? -1) + 1))
  return Math.min(totalVfs(gpu), Math.max(host.boot[gpu.bdf]?.numVfs ?? 0, needed))
}

function gpusConcerned(host: HostState, starting: readonly Definition[]): number[] {
  const addresses = new Set([...Object.keys(host.boot), ...starting.map(({ gpu }) => gpu)])
  return [...host.gpus.entries()].filter(([, { bdf }]) => addresses.has(bdf)).map(([index]) => index)
}

function gone(gpu: string): NvError {
  return new NvError({
    errno: 'ENODEV',
    code: 'not-found',
    at: 'host reboot',
    message: `there is no GPU ${gpu}`,
    hint: 'nvgpu vgpu list --defined',
    object: gpu,
  })
}
