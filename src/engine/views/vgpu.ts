import { MiB } from '../../abi/align.ts'
import type { VgpuLineView, VgpuView } from '../../contract/views/vgpu.ts'
import { boardOf } from '../board-of.ts'
import { displayLayouts } from '../guest/displays.ts'
import { frameRateLimit } from '../guest/licence.ts'
import { Framebuffer } from '../hw/framebuffer.ts'
import { knownType } from '../known-types.ts'
import { configured, findVgpu, stateAt, type VfAt } from '../select.ts'
import type { Extent, GpuState, HostState, VfState, VgpuState } from '../state.ts'
import type { VgpuType } from '../vgpu-mgr/types.ts'
import { definitionView } from './definition.ts'
import { guestInfo } from './gsp-answers.ts'
import { driverLoadedAt, pluginTask } from './gsp-inside.ts'
import { hex, typeRef } from './words.ts'

/** The configured vGPUs of one GPU, or of all. @throws NvError as gpuIndex */
export function vgpuViews(host: HostState, gpu?: string): VgpuView[] {
  return configured(host, gpu).map((at) => vgpuView(host, at))
}

/** The same vGPUs with the columns of the short listing only. */
export function vgpuLines(host: HostState, gpu?: string): VgpuLineView[] {
  return configured(host, gpu).map((at) => vgpuLine(host, at))
}

/** The configured vGPU that a selector names, with its task log. @throws NvError as findVgpu */
export function vgpuViewOf(host: HostState, selector: string, gpu?: string): VgpuView {
  return vgpuView(host, findVgpu(host, selector, gpu), true)
}

export function vgpuView(host: HostState, { gpu: index, vf }: VfAt, withLog = false): VgpuView {
  const gpu = stateAt(host, index)
  const vgpu = gpu.mgr?.vgpus[vf.index]
  const gfid = vf.index + 1
  const plugin = pluginTask(gpu, gfid)
  const guest = guestInfo(gpu, gfid)
  const type = knownType(host, boardOf(gpu), vf.vgpuType)
  return {
    uuid: vf.uuid ?? '',
    name: vf.name,
    state: stateOf(vf, vgpu),
    gpu: index,
    gpuBdf: gpu.bdf,
    vf: vf.bdf,
    vfIndex: vf.index,
    gfid,
    vgpuType: typeRef(host, vf.vgpuType),
    profileSizeMiB: (type?.profileSize ?? 0) / MiB,
    placementId: vf.placementId,
    gpuInstance: vf.gpuInstanceId,
    vm: vf.opened?.vm ?? null,
    pid: vf.opened?.pid ?? null,
    guestOs: vf.opened?.guestOs ?? null,
    guestDriver: guest?.guestDriverVersion ?? null,
    frameRateLimit: guest ? frameRateLimit(guest, driverLoadedAt(gpu, gfid), host.now) || null : null,
    displays: type ? [...displaysOf(type)] : [],
    framebuffer: vgpu?.fb ? { addr: hex(vgpu.fb.addr), size: vgpu.fb.size } : null,
    channels: vgpu?.chid ? { first: vgpu.chid.offset, count: vgpu.chid.num, plugin: vgpu.chid.plugin } : null,
    heap: vgpu?.heap ? { addr: hex(vgpu.heap.addr), size: vgpu.heap.size } : null,
    bar1: vgpu?.bar1 ? { offset: hex(vgpu.bar1.offset), size: vgpu.bar1.size } : null,
    client: vgpu?.client ? hex(vgpu.client) : null,
    plugin: plugin ? { state: plugin.state, sequence: vgpu?.rpcSeq ?? 0 } : null,
    failure: vgpu?.failed ? { xid: vgpu.failed.xid, text: vgpu.failed.text } : null,
    taskLog: withLog && plugin ? [...logLines(gpu, plugin.initTaskLog), ...logLines(gpu, plugin.vgpuTaskLog)] : [],
    attrs: vf.attrs.length === 0 ? [] : vf.attrs.map((attr) => ({ ...attr })),
    definition: vf.uuid === null ? null : definitionView(host, host.definitions[vf.uuid]),
  }
}

function vgpuLine(host: HostState, { gpu: index, vf }: VfAt): VgpuLineView {
  return {
    uuid: vf.uuid ?? '',
    name: vf.name,
    state: stateOf(vf, stateAt(host, index).mgr?.vgpus[vf.index]),
    gpu: index,
    vf: vf.bdf,
    vgpuType: typeRef(host, vf.vgpuType),
    vm: vf.opened?.vm ?? null,
  }
}

/** Display layouts of a type as text. The drivers' view of a type is always the same object. */
function displaysOf(type: VgpuType): readonly string[] {
  const known = displays.get(type)
  if (known !== undefined) return known
  const made = displayLayouts(type).map(({ heads, width, height }) => `${heads} x ${width}x${height}`)
  displays.set(type, made)
  return made
}

const displays = new WeakMap<VgpuType, readonly string[]>()

export function stateOf(vf: VfState, vgpu: VgpuState | undefined): VgpuView['state'] {
  if (!vf.opened) return 'configured'
  if (vf.mig.state === 'STOP_COPY') return 'migrating'
  if (vgpu?.failed || vf.mig.state === 'ERROR') return 'failed'
  return vf.paused === null ? 'running' : 'paused'
}

/** Text of a task's log buffer up to its first zero byte. */
function logLines(gpu: GpuState, log: Extent): string[] {
  const bytes = new Framebuffer(gpu.hw.fb).read(log.addr, Math.min(log.size, 4096))
  const end = bytes.indexOf(0)
  const text = String.fromCharCode(...bytes.subarray(0, end < 0 ? bytes.length : end))
  return text.split('\n').filter((line) => line !== '')
}
