import { type Utilisation, utilisation } from '../load/model.ts'
import { PERFMON_PERIOD, runnersOf } from '../load/perfmon.ts'
import { fromPvmrl } from '../load/scheduler.ts'
import type { GpuState, GspState, PluginState } from '../state.ts'

// Facts of the firmware that no control tells. The views show them because they belong to the simulated host; the
// drivers never read them.

type InGpu = Pick<GpuState, 'gsp'>

/** State of the firmware. A real driver knows it by its own boot, and by the registers of the processor. */
export function gspPower({ gsp }: InGpu): GspState['power'] {
  return gsp.power
}

/** Steps of the last boot, as the driver went through them. */
export function gspBootSteps({ gsp }: InGpu): GspState['boot'] {
  return gsp.boot
}

/** The meta block of the boot, sparse. The driver wrote it; the copy that counts is the firmware's. */
export function gspWprMeta({ gsp }: InGpu): GspState['wprMeta'] {
  return gsp.wprMeta
}

/** RM objects by client. Controls look an object up by its handle; none lists them. */
export function gspClients({ gsp }: InGpu): GspState['clients'] {
  return gsp.clients
}

/** MIG mode, GPU and compute instances. The controls that list instances say nothing of the mode. */
export function migState({ gsp }: InGpu): GspState['mig'] {
  return gsp.mig
}

/** Ids of the uploaded types. No control lists them. */
export function gspTypeIds({ gsp }: InGpu): number[] {
  return gsp.types.map(({ vgpuType }) => vgpuType)
}

/** Plugin tasks. ENUMERATE tells a task's device and guest, not its state, memory or logs. */
export function pluginTasks({ gsp }: InGpu): PluginState[] {
  return Object.values(gsp.plugins)
}

/** The plugin task of a gfid. */
export function pluginTask({ gsp }: InGpu, gfid: number): PluginState | undefined {
  return gsp.plugins[gfid]
}

/** Virtual time at which the driver of a guest was loaded; no answer has it. */
export function driverLoadedAt({ gsp }: InGpu, gfid: number): number | null {
  return gsp.plugins[gfid]?.guest?.since ?? null
}

/** Use of the engines by each running guest. Event 0x1008 tells the same once a second; a view has it at any time. */
export function utilisationAt({ gsp, load }: Pick<GpuState, 'gsp' | 'load'>, at: number): Utilisation[] {
  // the scheduler has a control that sets it and none that asks for it
  const { policy } = fromPvmrl(gsp.scheduler)
  return utilisation(load.seed, Math.floor(at / PERFMON_PERIOD), policy, runnersOf(gsp, at))
}
