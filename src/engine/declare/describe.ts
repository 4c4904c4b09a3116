import type { FaceName, ProfileName } from '../../catalog/profiles.ts'
import { profileOf } from '../../catalog/profiles.ts'
import { shortTypeName } from '../../errors/type-name.ts'
import { boardOf } from '../board-of.ts'
import { definitionsOf } from '../definitions/find.ts'
import type { Scheduler } from '../load/scheduler.ts'
import { schedulerOf } from '../load/scheduler-of.ts'
import { configured, type VfAt } from '../select.ts'
import type { Definition, GpuState, HostState, Opener, VgpuAttr } from '../state.ts'
import { eccEnabled } from '../views/gsp-answers.ts'
import { migState } from '../views/gsp-inside.ts'
import { migOf } from '../views/mig.ts'
import { typeRef } from '../views/words.ts'
import type { BoardWish } from './desired.ts'
import { boardRuns } from './init.ts'
import { layoutOf, type Partition } from './layout.ts'
import { stateAtVf } from './member-diff.ts'
import { settingsOf } from './resolve-gpu.ts'

/** A document that describes a host. Its members stand in reading order. */
export interface HostDocument {
  schema: 1
  kind: 'declaration'
  host: { profile: ProfileName; face?: FaceName; boards: BoardDocument[]; vgpuSupport: boolean; registryDwords: string }
  types?: { record: string }[]
  gpus: GpuDocument[]
  vgpus: VgpuDocument[]
  definitions: DefinitionDocument[]
}

interface BoardDocument {
  board: string
  count: number
  /** Sizes in MiB. */
  figures?: { framebuffer: number; bar1: number; vfBar1: number; vmmuSegment: number; vfs?: number }
}

interface GpuDocument {
  gpu: string
  vfs: number
  autoprobe: boolean
  ecc?: boolean
  eccAfterReset?: boolean
  mig?: boolean
  migAfterReset?: boolean
  migTimeSlicing?: boolean
  gpuInstances?: GpuInstanceDocument[]
  mode?: 'heterogeneous' | 'homogeneous'
  scheduler: SchedulerDocument
  persist?: true
}

interface GpuInstanceDocument {
  profile: string
  start: number
  computeInstances: { profile: string; start: number }[]
  mode?: 'heterogeneous'
}

type SchedulerDocument =
  | Scheduler['policy']
  | {
      policy: Scheduler['policy']
      arr: boolean
      frequency?: number
      averaging?: number
      timeSlice?: number
    }

interface VgpuDocument {
  uuid: string
  name?: string
  type: string
  gpu: string
  vf: string
  placement?: number
  gpuInstance?: number
  state: 'configured' | 'running' | 'paused'
  vm?: string
  vmUuid?: string
  guestOs?: string
  policy?: Opener['policy']
  tcc?: boolean
  attrs?: AttrDocument[]
}

type AttrDocument = Record<string, string>

interface DefinitionDocument {
  uuid: string
  name?: string
  type: string
  gpu: string
  vf?: number
  placement?: number
  start: Definition['start']
  attrs?: AttrDocument[]
}

/** The document of this host. Applied to the same host, it changes nothing unless a vGPU has failed. */
export function describeHost(state: HostState): HostDocument {
  const [first] = state.gpus
  return {
    schema: 1,
    kind: 'declaration',
    host: {
      profile: state.profile,
      ...(state.face === null ? {} : { face: state.face }),
      boards: boardRuns(state).map(boardDocument),
      vgpuSupport: first?.nvkm.supportVgpuMgr ?? true,
      registryDwords: first?.nvkm.registryDwords ?? '',
    },
    ...(state.overlay.length > 0 ? { types: state.overlay.map(({ blob }) => ({ record: blob })) } : {}),
    gpus: state.gpus.map((gpu) => gpuDocument(state, gpu)),
    vgpus: configured(state).map((at) => vgpuDocument(state, at)),
    definitions: definitionsOf(state).map((definition) => definitionDocument(state, definition)),
  }
}

function boardDocument({ board, count, figures }: BoardWish): BoardDocument {
  if (figures === undefined) return { board, count }
  const { framebufferMiB: framebuffer, bar1MiB: bar1, vfBar1MiB: vfBar1, vmmuSegmentMiB: vmmuSegment, vfs } = figures
  return { board, count, figures: { framebuffer, bar1, vfBar1, vmmuSegment, ...(vfs === null ? {} : { vfs }) } }
}

function gpuDocument(state: HostState, gpu: GpuState): GpuDocument {
  const board = boardOf(gpu)
  const mixed = board.mixedSize && profileOf(state).mixedSize
  return {
    gpu: gpu.bdf,
    vfs: gpu.hw.numVfs,
    autoprobe: gpu.nvkm.sriovDriversAutoprobe,
    ...(board.eccSupported ? { ecc: eccEnabled(gpu) } : {}),
    ...(gpu.eccPending === null ? {} : { eccAfterReset: gpu.eccPending }),
    ...migDocument(gpu),
    ...(mixed ? { mode: gpu.mgr?.heterogeneous ? 'heterogeneous' : 'homogeneous' } : {}),
    scheduler: schedulerDocument(schedulerOf(gpu)),
    ...(settingsOf(state, gpu).persist ? { persist: true as const } : {}),
  }
}

function migDocument(gpu: GpuState): Pick<GpuDocument, 'mig' | 'migAfterReset' | 'migTimeSlicing' | 'gpuInstances'> {
  const table = migOf(gpu)
  if (table === null) return {}
  const { enabled, timeSlicing } = migState(gpu)
  return {
    mig: enabled,
    ...(gpu.migPending === null ? {} : { migAfterReset: gpu.migPending }),
    ...(table.canTimeSlice ? { migTimeSlicing: timeSlicing } : {}),
    ...(enabled ? { gpuInstances: layoutOf(gpu).map(instanceDocument) } : {}),
  }
}

function instanceDocument({ profile, start, compute, mixed }: Partition): GpuInstanceDocument {
  const inside = compute.map((part) => ({ profile: part.profile.name, start: part.start }))
  return {
    profile: profile.name,
    start,
    computeInstances: inside,
    ...(mixed ? { mode: 'heterogeneous' as const } : {}),
  }
}

function schedulerDocument({ policy, arr, frequencyHz, averaging, timeSliceMs }: Scheduler): SchedulerDocument {
  if (policy === 'best-effort') return policy
  return {
    policy,
    arr,
    ...(frequencyHz === null ? {} : { frequency: frequencyHz }),
    ...(arr ? { averaging } : {}),
    ...(timeSliceMs === null ? {} : { timeSlice: timeSliceMs }),
  }
}

function vgpuDocument(state: HostState, at: VfAt): VgpuDocument {
  const { vf } = at
  const { opened } = vf
  const now = stateAtVf(state, at)
  return {
    uuid: vf.uuid ?? '',
    ...(vf.name === null ? {} : { name: vf.name }),
    type: shortTypeName(typeRef(state, vf.vgpuType).name),
    gpu: state.gpus[at.gpu]?.bdf ?? '',
    vf: vf.bdf,
    ...(vf.placementId === null ? {} : { placement: vf.placementId }),
    ...(vf.gpuInstanceId === null ? {} : { gpuInstance: vf.gpuInstanceId }),
    state: now === 'failed' || now === 'migrating' ? 'running' : now,
    ...(opened === null ? {} : { vm: opened.vm }),
    ...(opened === null || opened.vmUuid === null ? {} : { vmUuid: opened.vmUuid }),
    ...(opened === null || opened.guestOs === null
      ? {}
      : { guestOs: opened.guestOs, policy: opened.policy, tcc: opened.tcc }),
    ...attrsDocument(vf.attrs),
  }
}

function definitionDocument(state: HostState, definition: Definition): DefinitionDocument {
  const { uuid, name, vgpuType, gpu, vf, placementId, start, attrs } = definition
  return {
    uuid,
    ...(name === null ? {} : { name }),
    type: shortTypeName(typeRef(state, vgpuType).name),
    gpu,
    ...(vf === null ? {} : { vf }),
    ...(placementId === null ? {} : { placement: placementId }),
    start,
    ...attrsDocument(attrs),
  }
}

function attrsDocument(attrs: readonly VgpuAttr[]): { attrs?: AttrDocument[] } {
  return attrs.length === 0 ? {} : { attrs: attrs.map(({ name, value }) => ({ [name]: value })) }
}
