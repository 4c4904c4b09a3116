import { NVA081_CTRL_VGPU_INFO } from '../abi/nva081.ts'
import { oddValue } from '../abi/odd-number.ts'
import { textProblem } from '../abi/text.ts'
import type { Fault, GpuState, HostState, PluginState, Range } from '../engine/state.ts'
import { ringProblems } from './ring-shape.ts'

/** Judges a value: adds what is wrong at or below `path` to `problems`. `of` is only there for the compiler. */
interface Shape<T> {
  (value: unknown, path: string, problems: string[]): void
  readonly of?: T
}
type Of<S> = S extends Shape<infer T> ? T : never

/** Stop after this many: a wrong file is wrong everywhere. */
const ENOUGH = 5

/**
 * What keeps a JSON value from being a HostState: missing, foreign or ill-typed members, each with its path.
 * Only the shape is judged here; whether the values fit together is the engine's checkHost to say.
 */
export function hostProblems(value: unknown): string[] {
  const problems: string[] = []
  HOST(value, 'host', problems)
  return problems
}

/**
 * Every text of a host is printed one day, and none has a reason to hold what steers a terminal. Names may be as they were
 * before they had to be seen and to read as nothing else: an old host is brought back by its own export.
 */
const text: Shape<string> = (value, path, problems) => {
  if (typeof value !== 'string') problems.push(`${path} is no text`)
  else told(textProblem(value), path, problems)
}
/** As `text`, but the value of an attribute may have tabs, as in sysfs. */
const attrValue: Shape<string> = (value, path, problems) => {
  text(typeof value === 'string' ? value.replaceAll('\t', ' ') : value, path, problems)
}

function told(problem: string | null, path: string, problems: string[]): void {
  if (problem !== null) problems.push(`${path} ${problem}`)
}

const truth: Shape<boolean> = (value, path, problems) => {
  if (typeof value !== 'boolean') problems.push(`${path} is neither true nor false`)
}
/** Whole and not negative: every number of the state is a size, an address, an index or a time. */
const number: Shape<number> = (value, path, problems) => {
  if (Number.isSafeInteger(value) && Number(value) >= 0) return
  const odd = oddValue(value)
  problems.push(`${path} is no whole number from 0 to 2^53-1${odd === undefined ? '' : `: it is ${odd}`}`)
}
/** "offset:hex" runs, as engine/sparse.ts writes them. */
const bytes = sparse(Number.MAX_SAFE_INTEGER)
const address: Shape<string> = (value, path, problems) => {
  if (typeof value !== 'string' || !ADDRESS.test(value)) {
    problems.push(`${path} is no PCI address`)
  }
}

/** Bytes whose runs all lie below `size`. */
function sparse(size: number): Shape<string> {
  return (value, path, problems) => {
    const runs = typeof value === 'string' ? value.split(' ') : ['?']
    if (value !== '' && !runs.every((run) => endOf(run) <= size)) problems.push(`${path} is no sparse byte string`)
  }
}

/** Where a run ends; infinity for what is no run. */
function endOf(run: string): number {
  const colon = run.indexOf(':')
  const length = (run.length - colon - 1) / 2
  if (!/^[0-9a-f]{1,13}:[0-9a-f]+$/.test(run) || !Number.isInteger(length)) return Number.POSITIVE_INFINITY
  return Number.parseInt(run.slice(0, colon), 16) + length
}

function oneOf<const W extends string | null>(...words: readonly W[]): Shape<W> {
  return (value, path, problems) => {
    if (!words.some((word) => word === value)) problems.push(`${path} is none of ${words.join(', ')}`)
  }
}

function nullable<T>(shape: Shape<T>): Shape<T | null> {
  return (value, path, problems) => {
    if (value !== null) shape(value, path, problems)
  }
}

function listOf<T>(shape: Shape<T>, least = 0): Shape<T[]> {
  return (value, path, problems) => {
    if (!Array.isArray(value)) {
      problems.push(`${path} is no list`)
      return
    }
    if (value.length < least) problems.push(`${path} has fewer than ${least} entries`)
    for (const [index, item] of value.entries()) {
      if (problems.length >= ENOUGH) return
      shape(item, `${path}[${index}]`, problems)
    }
  }
}

function recordOf<T>(key: RegExp, shape: Shape<T>): Shape<Record<string, T>> {
  return (value, path, problems) => {
    if (!isRecord(value)) {
      problems.push(`${path} is no object`)
      return
    }
    for (const name of Object.keys(value)) {
      if (problems.length >= ENOUGH) return
      if (!key.test(name)) problems.push(`${path} has a foreign key ${JSON.stringify(name)}`)
      else shape(value[name], `${path}.${name}`, problems)
    }
  }
}

function object<M extends Readonly<Record<string, Shape<unknown>>>>(members: M): Shape<{ [K in keyof M]: Of<M[K]> }> {
  const names = Object.keys(members)
  return (value, path, problems) => {
    if (!isRecord(value)) {
      problems.push(`${path} is no object`)
      return
    }
    for (const name of Object.keys(value)) {
      if (!Object.hasOwn(members, name)) problems.push(`${path} has a foreign key ${JSON.stringify(name)}`)
    }
    for (const name of names) {
      if (problems.length >= ENOUGH) return
      if (!Object.hasOwn(value, name)) problems.push(`${path}.${name} is missing`)
      else members[name]?.(value[name], `${path}.${name}`, problems)
    }
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

// The members below follow engine/state.ts; HOST's type makes the compiler miss none that is added there.
const HEX = /^(0x)?[0-9a-f]{1,16}$/
const NUMBER_KEY = /^\d{1,10}$/
const NAME = /^\w{1,64}$/
const UUID_KEY = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const ADDRESS = /^[0-9a-f]{4}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/
const EXTENT = object({ addr: number, size: number })
const QUEUE = object({ sent: number, received: number, writePtr: number, readPtr: number })

/** `target` is there in BAR1 ranges only. */
const RANGE: Shape<Range> = (value, path, problems) => {
  const targeted = isRecord(value) && Object.hasOwn(value, 'target')
  object({ offset: number, size: number, owner: text, ...(targeted ? { target: number } : {}) })(value, path, problems)
}
const POOL = object({ base: number, size: number, used: listOf(RANGE) })
const TYPE_RECORD = sparse(NVA081_CTRL_VGPU_INFO.size)
const TYPE = object({ vgpuType: number, blob: TYPE_RECORD })
/** PCIe extended configuration space. */
const CONFIG = sparse(4096)
/** The largest task log of the heap. */
const LOG = sparse(0x40000)

const HW = object({
  config: CONFIG,
  regs: recordOf(HEX, number),
  fb: object({ size: number, pages: recordOf(HEX, sparse(4096)) }),
  numVfs: number,
})

/** By engine type as before, or the text that engine/gsp/controls.ts writes now. */
const CHANNEL_OFFSETS: Shape<PluginState['chidOffset']> = (value, path, problems) => {
  if (typeof value !== 'string') recordOf(NUMBER_KEY, number)(value, path, problems)
  else if (!/^(\d{1,10}:\d{1,3}(-\d{1,3})?(,\d{1,3}(-\d{1,3})?)*( (?!$)|$))*$/.test(value)) {
    problems.push(`${path} is no list of channel offsets`)
  }
}

const PLUGIN = object({
  gfid: number,
  state: oneOf('booting', 'ready', 'negotiated', 'running', 'stopped-work', 'saving', 'restoring', 'stopped'),
  dbdf: number,
  vgpuType: number,
  vmPid: number,
  numChannels: number,
  numPluginChannels: number,
  chidOffset: CHANNEL_OFFSETS,
  fb: EXTENT,
  heap: EXTENT,
  initTaskLog: EXTENT,
  vgpuTaskLog: EXTENT,
  uuid: text,
  instance: number,
  busMaster: truth,
  encoderCapacity: number,
  guest: nullable(
    object({
      guestOs: number,
      guestDriverVersion: text,
      guestDriverBranch: text,
      guestNegotiatedVgpuVersion: number,
      frameRateLimit: number,
      licensed: truth,
    }),
  ),
  migration: nullable(
    object({ cursor: number, records: number, sent: recordOf(HEX, number), deferred: bytes, ended: truth }),
  ),
})

const GSP = object({
  power: oneOf('off', 'booting', 'running', 'suspended', 'failed'),
  boot: listOf(object({ at: number, step: text, note: text, errno: nullable(text) })),
  wprMeta: bytes,
  systemInfo: bytes,
  registry: bytes,
  vmmuSegmentSize: number,
  eccEnabled: truth,
  heterogeneous: truth,
  scheduler: number,
  notifications: listOf(number),
  queue: QUEUE,
  clients: recordOf(HEX, recordOf(HEX, object({ class: number, parent: number }))),
  types: listOf(object({ vgpuType: number, blob: nullable(TYPE_RECORD) })),
  plugins: recordOf(NUMBER_KEY, PLUGIN),
})

const NVKM = object({
  supportVgpuMgr: truth,
  registryDwords: text,
  driver: oneOf('nvkm', null),
  running: truth,
  srMeta: bytes,
  enabled: truth,
  clients: listOf(text),
  vmmuSegmentSize: number,
  queue: QUEUE,
  clientIds: listOf(number),
  internal: object({ client: number, device: number, subdevice: number }),
  fbTotal: number,
  engines: listOf(number),
  events: recordOf(NAME, number),
  chid: object({ used: POOL, reserved: POOL }),
  fb: POOL,
  bar1: POOL,
  handle: truth,
  sriovDriversAutoprobe: truth,
  pfListeners: listOf(number),
})

const VGPU = object({
  id: number,
  gfid: number,
  dbdf: number,
  vgpuType: number,
  pid: number,
  uuid: text,
  version: number,
  status: truth,
  chid: nullable(object({ offset: number, num: number, plugin: number })),
  fb: nullable(EXTENT),
  heap: nullable(EXTENT),
  bar1: nullable(object({ offset: number, size: number })),
  client: nullable(number),
  bootloaded: truth,
  failed: nullable(object({ xid: number, text, at: number })),
  rpcSeq: nullable(number),
})

const ATTR = object({ name: text, value: attrValue })

const VF = object({
  index: number,
  bdf: address,
  driver: oneOf('nvidia-vgpu-vfio', 'vfio-pci', null),
  config: CONFIG,
  vgpuType: number,
  placementId: nullable(number),
  uuid: nullable(text),
  name: nullable(text),
  attrs: listOf(ATTR),
  opened: nullable(
    object({ vm: text, pid: number, policy: oneOf('closes', 'ignores'), guestOs: nullable(text), tcc: truth }),
  ),
  paused: oneOf('user', 'host', null),
  mig: object({
    state: oneOf('ERROR', 'STOP', 'RUNNING', 'STOP_COPY', 'RESUMING', 'PRE_COPY'),
    restored: truth,
  }),
  saved: nullable(object({ size: number, bytes })),
  vconfig: CONFIG,
  unbound: truth,
  bar0Mapped: truth,
  regs: recordOf(HEX, number),
  logs: object({ initTask: LOG, vgpuTask: LOG, kernel: LOG }),
  disconnected: truth,
  driverOverride: nullable(text),
})

const TRACE_RECORD = object({
  seq: number,
  at: number,
  kind: oneOf('rpc', 'bar', 'gsp', 'pf'),
  direction: text,
  name: text,
  client: nullable(number),
  object: nullable(number),
  size: number,
  status: nullable(number),
  bytes,
})

const GPU_MEMBERS = object({
  board: text,
  bdf: address,
  uuid: text,
  hw: HW,
  gsp: GSP,
  nvkm: NVKM,
  mgr: nullable(
    object({
      refs: number,
      client: number,
      bar0Mapped: truth,
      eccEnabled: truth,
      heterogeneous: truth,
      types: listOf(number),
      vgpus: recordOf(NUMBER_KEY, VGPU),
    }),
  ),
  vfs: listOf(VF),
  eccPending: nullable(truth),
  scheduler: nullable(number),
  load: object({
    seed: number,
    next: number,
    samples: listOf(object({ at: number, gfid: number, gr: number, fb: number, nvenc: number, nvdec: number })),
  }),
  klog: object({
    seq: number,
    next: number,
    lines: listOf(object({ seq: number, at: number, level: oneOf('err', 'warn', 'info', 'debug'), text })),
  }),
  trace: object({ next: number, records: listOf(TRACE_RECORD) }),
})

/** Only a GPU of the right shape can be asked whether its rings fit their counters. */
const GPU: Shape<GpuState> = (value, path, problems) => {
  const before = problems.length
  GPU_MEMBERS(value, path, problems)
  if (problems.length === before) problems.push(...ringProblems(value as GpuState, path))
}

const FAULT: Shape<Fault> = object({
  id: number,
  point: text,
  effect: text,
  after: number,
  times: number,
  hits: number,
  struck: number,
})

const DEFINITION = object({
  uuid: text,
  name: nullable(text),
  vgpuType: number,
  gpu: address,
  vf: nullable(number),
  placementId: nullable(number),
  start: oneOf('auto', 'manual'),
  attrs: listOf(ATTR),
})

const HOST: Shape<HostState> = object({
  schema: number,
  now: number,
  profile: oneOf('rfc-v1', 'v2', 'vgpu17'),
  driverVersion: text,
  tracing: truth,
  migrations: listOf(object({ id: text, phase: oneOf('leaving', 'expected', 'arrived'), uuid: text, peer: text })),
  overlay: listOf(TYPE),
  faults: listOf(FAULT),
  pciIds: listOf(
    object({
      driver: text,
      vendor: number,
      device: number,
      subvendor: number,
      subdevice: number,
      class: number,
      classMask: number,
    }),
  ),
  definitions: recordOf(UUID_KEY, DEFINITION),
  boot: recordOf(ADDRESS, object({ numVfs: number, heterogeneous: truth, scheduler: nullable(number), kept: truth })),
  suspended: truth,
  gpus: listOf(GPU, 1),
})
