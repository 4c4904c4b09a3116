import * as intent from '../../src/engine/definitions/intent.ts'
import type { HostState } from '../../src/engine/state.ts'
import * as attach from '../../src/engine/verbs/attach.ts'
import * as boot from '../../src/engine/verbs/boot.ts'
import * as definitions from '../../src/engine/verbs/definitions.ts'
import * as destroyInstances from '../../src/engine/verbs/destroy-instances.ts'
import * as events from '../../src/engine/verbs/events.ts'
import * as faults from '../../src/engine/verbs/faults.ts'
import * as gpuInstances from '../../src/engine/verbs/gpu-instances.ts'
import * as gpuModes from '../../src/engine/verbs/gpu-modes.ts'
import * as instanceSharing from '../../src/engine/verbs/instance-sharing.ts'
import * as migMode from '../../src/engine/verbs/mig-mode.ts'
import * as modes from '../../src/engine/verbs/modes.ts'
import * as power from '../../src/engine/verbs/power.ts'
import * as save from '../../src/engine/verbs/save.ts'
import * as startDefined from '../../src/engine/verbs/start-defined.ts'
import * as stats from '../../src/engine/verbs/stats.ts'
import * as types from '../../src/engine/verbs/types.ts'
import * as vfio from '../../src/engine/verbs/vfio.ts'
import * as vfs from '../../src/engine/verbs/vfs.ts'
import * as vgpus from '../../src/engine/verbs/vgpus.ts'
import * as warmUpdate from '../../src/engine/verbs/warm-update.ts'
import * as eventViews from '../../src/engine/views/events.ts'
import * as faultViews from '../../src/engine/views/faults.ts'
import * as gpuViews from '../../src/engine/views/gpu.ts'
import * as hostViews from '../../src/engine/views/host.ts'
import * as listed from '../../src/engine/views/listed-vgpu.ts'
import * as maps from '../../src/engine/views/maps.ts'
import * as migViews from '../../src/engine/views/mig.ts'
import * as typeViews from '../../src/engine/views/type.ts'
import * as vfViews from '../../src/engine/views/vf.ts'
import * as vgpuViews from '../../src/engine/views/vgpu.ts'

const VERBS = { ...attach, ...boot, ...definitions, ...events, ...faults, ...intent, ...modes, ...power, ...save }
const MORE = { ...startDefined, ...stats, ...types, ...vfio, ...vfs, ...vgpus, ...warmUpdate }
const MIG = { ...gpuModes, ...instanceSharing, ...migMode, ...gpuInstances, ...destroyInstances, ...migViews }
const VIEWS = { ...eventViews, ...faultViews, ...gpuViews, ...hostViews, ...listed, ...maps, ...typeViews }
const ALL = { ...VERBS, ...MORE, ...MIG, ...VIEWS, ...vfViews, ...vgpuViews }

type Bound<F> = F extends (host: HostState, ...rest: infer A) => infer R ? (...rest: A) => R : never

/** Every verb and view of the engine, for one state. */
export type Host = { readonly [K in keyof typeof ALL]: Bound<(typeof ALL)[K]> } & { readonly state: HostState }

export function boundHost(state: HostState): Host {
  const bound = Object.entries(ALL).map(([name, verb]) => [
    name,
    (...rest: unknown[]) => Reflect.apply(verb, undefined, [state, ...rest]),
  ])
  return Object.assign(Object.fromEntries(bound), { state })
}
