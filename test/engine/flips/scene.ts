import {
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_ENUMERATE_VGPU_PER_PGPU as ENUMERATE,
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_GET_VGPU_FB_USAGE as FB_USAGE,
} from '../../../src/abi/ctrl2080.ts'
import * as rpc from '../../../src/abi/gsp-rpc.ts'
import { NV_VF_DOORBELL_OFFSET, VGPU_CPU_GSP_CTRL_BUFF_REGION } from '../../../src/abi/vgpu-gsp.ts'
import { findBoard } from '../../../src/catalog/boards.ts'
import { Machine } from '../../../src/engine/machine.ts'
import { newHost, poweredOn } from '../../../src/engine/new-host.ts'
import type { GpuState, ProfileName } from '../../../src/engine/state.ts'
import { NvError } from '../../../src/errors/nv-error.ts'
import { type Flip, flipped, flippingPort } from './flip.ts'
import { TYPE } from './targets.ts'

const MESSAGE_TYPE = VGPU_CPU_GSP_CTRL_BUFF_REGION.fields.message_type.offset

/** The life of a host with one vGPU, step by step. */
type Step = readonly [name: string, act: (machine: Machine, flip: Flip | null) => unknown]

const vf = (machine: Machine, index = 0) => {
  const found = machine.gpu.vfs[index]
  if (!found) throw new Error(`no VF ${index}`)
  return found
}
const identity = {
  uuid: '01020304-0506-4708-8900-0a0b0c0d0e0f',
  uuidBytes: Uint8Array.from({ length: 16 }, (_, i) => i + 1),
}

/** Events as GSP may send them about a vGPU with this first channel. */
const eventsOf = (channel: number): readonly (readonly [number, Uint8Array])[] => [
  [
    rpc.NV_VGPU_MSG_EVENT_POST_EVENT,
    rpc.rpc_post_event_v17_00.encode({ hClient: 0xc1d00000, hEvent: 5, notifyIndex: 2 }),
  ],
  [
    rpc.NV_VGPU_MSG_EVENT_VGPU_GSP_PLUGIN_TRIGGERED,
    rpc.rpc_vgpu_gsp_plugin_triggered_v17_00.encode({ gfid: 1, notifyIndex: 2 }),
  ],
  [rpc.NV_VGPU_MSG_EVENT_VGPU_CONFIG, rpc.rpc_vgpu_config_event_v17_00.encode({ notifyIndex: 4 })],
  [rpc.NV_VGPU_MSG_EVENT_GSP_RUN_CPU_SEQUENCER, sequencer()],
  [rpc.NV_VGPU_MSG_EVENT_GPUACCT_PERFMON_UTIL_SAMPLES, perfmon()],
  [
    rpc.NV_VGPU_MSG_EVENT_RC_TRIGGERED,
    rpc.rpc_rc_triggered_v17_02.encode({ nv2080EngineType: 1, chid: channel * 8, exceptType: 31, scope: 1 }),
  ],
  [
    rpc.NV_VGPU_MSG_EVENT_OS_ERROR_LOG,
    rpc.rpc_os_error_log_v17_00.encode({ exceptType: 31, chid: channel, errString: 'fault' }),
  ],
]

const STEPS: readonly Step[] = [
  ['boot', (machine) => machine.nvkm.probe()],
  ['VFs', (machine) => machine.writeNumVfs('2').map(({ error }) => error.message)],
  ['select', (machine) => machine.vfio(vf(machine)).setCurrentVgpuType(TYPE[machine.profile.name])],
  ['open', (machine) => machine.vfio(vf(machine)).open({ vm: 'vm', pid: 7 }, identity)],
  ['facts', (machine) => machine.mgr.facts()],
  ['guest', (machine) => machine.mgr.rpc(0).getGuestInfo()],
  ['enumerate', (machine) => ENUMERATE.params.decode(asked(machine, ENUMERATE.cmd, ENUMERATE.params.size))],
  ['usage', (machine) => FB_USAGE.params.decode(asked(machine, FB_USAGE.cmd, FB_USAGE.params.size))],
  ['reset', (machine) => machine.vfio(vf(machine)).file().reset()],
  ['save', (machine) => save(machine)],
  ['events', sendEvents],
  ['suspend', (machine) => machine.nvkm.suspend()],
  ['resume', (machine) => machine.nvkm.resume()],
  ['close', (machine) => machine.vfio(vf(machine)).close()],
  ['mixed sizes', (machine) => machine.mgr.setHeterogeneous(true)],
  ['unbind', (machine) => [0, 1].map((index) => machine.vfio(vf(machine, index)).remove())],
  ['unload', (machine) => machine.nvkm.remove()],
]

/** What a flip changed: the step, and the error or the first place that differs; null for nothing. */
export type Notice = { step: string; how: string } | null

interface Played {
  step: string
  error: NvError | null
  view: string
}

/** Plays the life with and without a flip. */
export function noticed(profile: ProfileName, flip: Flip): Notice {
  const plain = plainLife(profile)
  for (const [index, now] of [...play(profile, flip)].entries()) {
    const before = plain[index]
    if (now.error) return { step: now.step, how: `${now.error.errno} from ${now.error.at}` }
    if (before && before.view !== now.view) return { step: now.step, how: firstDifference(before.view, now.view) }
  }
  return null
}

const lives = new Map<ProfileName, Played[]>()

function plainLife(profile: ProfileName): Played[] {
  const known = lives.get(profile) ?? [...play(profile, null)]
  const failed = known.find(({ error }) => error)
  if (failed) throw new Error(`the plain life fails at ${failed.step}: ${failed.error?.message}`)
  lives.set(profile, known)
  return known
}

function* play(profile: ProfileName, flip: Flip | null): Generator<Played> {
  const board = findBoard('L40')
  if (!board) throw new Error('no L40')
  const state = newHost({ profile })
  const gpu = poweredOn(board, 0, { vgpu: true, registryDwords: '' })
  state.gpus = [gpu]
  const pointers = () => ({
    gspRead: gpu.gsp.queue.readPtr,
    gspWrite: gpu.gsp.queue.writePtr,
    hostWrite: gpu.nvkm.queue.writePtr,
  })
  const machine = new Machine(state, gpu, { port: (port) => flippingPort(port, flip, pointers) })
  flipMailbox(machine, flip)
  for (const [step, act] of STEPS) {
    try {
      const answer = act(machine, flip)
      yield { step, error: null, view: JSON.stringify([answer ?? null, viewOf(gpu)]) }
    } catch (error) {
      yield {
        step,
        error:
          error instanceof NvError
            ? error
            : new NvError({ errno: 'EIO', code: 'io-error', at: 'the driver itself', message: String(error) }),
        view: '',
      }
      return
    }
  }
}

/** Flips a bit of the mailbox around the first doorbell of a message. */
function flipMailbox(machine: Machine, flip: Flip | null): void {
  if (flip?.in !== 'mailbox') return
  const ring = machine.bar0.onDoorbell
  let done = false
  machine.bar0.onDoorbell = (value) => {
    const heap = machine.gpu.mgr?.vgpus[0]?.heap?.addr ?? 0
    const hit = !done && machine.framebuffer.read32(heap + MESSAGE_TYPE) === flip.message
    const turn = () =>
      machine.framebuffer.write(heap + flip.offset, flipped(machine.framebuffer.read(heap + flip.offset, 1), 0))
    if (hit) done = true
    if (hit && flip.side === 'before') turn()
    ring(value)
    if (hit && flip.side === 'after') turn()
  }
  if (NV_VF_DOORBELL_OFFSET === 0) throw new Error('no doorbell')
}

function asked(machine: Machine, cmd: number, size: number): Uint8Array {
  return machine.ops.rmCtrlRd({ handle: machine.gpu.mgr?.client ?? 0 }, cmd, new Uint8Array(size))
}

function sendEvents(machine: Machine, flip: Flip | null): void {
  for (const [event, payload] of eventsOf(machine.gpu.mgr?.vgpus[0]?.chid?.offset ?? 0)) {
    const own = payload.slice()
    machine.gsp.postEvent(event, flip?.in === 'event' && flip.event === event ? flipped(own, flip.offset) : own)
    machine.interrupt()
  }
}

function save(machine: Machine): unknown {
  const device = machine.migration(vf(machine))
  device.setState('STOP_COPY')
  const bytes = [...device.read()].map((part) => Array.from(part))
  device.setState('RUNNING')
  return bytes
}

/** The parts of a GPU that somebody acts on: no time, no counters of the rings, no bytes that are only kept. */
function viewOf(gpu: GpuState): unknown {
  const { systemInfo: _info, registry: _registry, wprMeta: _meta, queue: _own, types, plugins, ...gsp } = gpu.gsp
  const { queue: _queue, srMeta: _sr, ...nvkm } = gpu.nvkm
  return {
    gsp: {
      ...gsp,
      boot: gsp.boot.map(({ step, errno }) => [step, errno]),
      types: types.map(({ vgpuType }) => vgpuType),
      plugins: Object.fromEntries(
        Object.entries(plugins).map(([gfid, { guest, ...plugin }]) => [
          gfid,
          { ...plugin, guest: guest && { ...guest, since: null } },
        ]),
      ),
    },
    nvkm,
    mgr: gpu.mgr && {
      ...gpu.mgr,
      vgpus: Object.values(gpu.mgr.vgpus).map((vgpu) => ({ ...vgpu, failed: vgpu.failed?.text ?? null })),
    },
    vfs: gpu.vfs.map(({ logs: _logs, ...rest }) => rest),
    regs: gpu.hw.regs,
    samples: gpu.load.samples,
    klog: gpu.klog.lines.map(({ text }) => text),
  }
}

function firstDifference(before: string, now: string): string {
  return differ(JSON.parse(before), JSON.parse(now), '') ?? 'the order of members'
}

function differ(a: unknown, b: unknown, path: string): string | null {
  if (a === b) return null
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return named(path)
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const found = differ(a[key as keyof typeof a], b[key as keyof typeof b], `${path}.${key}`)
    if (found !== null) return found
  }
  return null
}

/** `.0…` is the answer that the host got, `.1…` the state. */
function named(path: string): string {
  if (path.startsWith('.0')) return `the answer${path.slice(2)}`
  return path.slice(3)
}

function sequencer(): Uint8Array {
  const words = [0, 0x1000, 5]
  const payload = new Uint8Array(40 + words.length * 4)
  payload.set(rpc.rpc_run_cpu_sequencer_v17_00.encode({ bufferSizeDWord: 3, cmdIndex: 3 }))
  for (const [i, word] of words.entries()) new DataView(payload.buffer).setUint32(40 + i * 4, word, true)
  return payload
}

function perfmon(): Uint8Array {
  const engine = { util: 100, procId: 7, subProcessID: 1 }
  const sample = { timeStamp: 1000, fb: engine, gr: engine, nvenc: engine, nvdec: engine }
  return rpc.rpc_gpuacct_perfmon_util_samples_v17_00.encode({
    params: { type: 2, bufSize: 72, count: 1, tracker: 0, samples: [sample] },
  })
}
