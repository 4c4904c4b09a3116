import { disableVfs, enableVfs } from '../../src/engine/verbs/vfs.ts'
import * as P from '../../src/live/fuse/protocol.ts'
import type { Answer } from '../../src/live/fuse/request.ts'
import { type Random, seeded } from '../reliability/random.ts'
import { Kernel } from './memory-host.ts'

const NAMES = ['sys', 'bus', 'pci', 'devices', 'pci0000:c0', '0000:c0:01.0', '0000:c1:00.0', '0000:c1:00.4', 'drivers']
const FILES = ['vendor', 'config', 'sriov_numvfs', 'driver', 'uevent', 'remove', 'nvidia', 'current_vgpu_type', 'power']
const ODD = ['', '.', '..', 'a/b', 'x'.repeat(300), '\xff\xfe', '__proto__', 'constructor']
const MDEVCTL = ['etc', 'mdevctl.d', '6f1c2f0e-8a45-4f0c-9d0b-3f1f0a8c1d01', 'dev', 'vfio', 'proc', 'driver']
const OPCODES = Object.values(P.OPCODE)
const LARGEST_ERROR = 511

/**
 * Sends random requests, most of them nearly right, while the host changes. Everything that was handed out is given back
 * in the end.
 * @returns what went wrong
 */
export function randomRequests(seed: number, rounds: number): string[] {
  const random = seeded(seed)
  const kernel = new Kernel(2)
  const { sizes } = kernel.session
  const nodes = new Map<number, number>()
  const handles: { opcode: number; fh: number }[] = []
  for (let round = 0; round < rounds; round++) {
    if (random.chance(0.01)) changeHost(kernel, random)
    const opcode = random.chance(0.95) ? random.pick(OPCODES) : random.below(1 << 16)
    const nodeid = random.chance(0.9) ? random.pick([P.ROOT_ID, ...nodes.keys()]) : random.below(1 << 20)
    // The kernel forgets nothing that it was not given, and initialises once.
    if (opcode === P.OPCODE.FORGET || opcode === P.OPCODE.BATCH_FORGET || opcode === P.OPCODE.INIT) continue
    if (opcode === P.OPCODE.RELEASE || opcode === P.OPCODE.RELEASEDIR) continue
    const answer = kernel.send(opcode, nodeid, bodyOf(opcode, random, handles))
    const problem = problemOf(answer)
    if (problem !== undefined) return [`seed ${seed}, round ${round}, opcode ${opcode}: ${problem}`]
    note(opcode, answer, nodes, handles)
  }
  if (kernel.host.bugs.length > 0) return [`seed ${seed}: ${String(kernel.host.bugs[0])}`]
  for (const { opcode, fh } of handles) {
    kernel.send(
      opcode === P.OPCODE.OPEN ? P.OPCODE.RELEASE : P.OPCODE.RELEASEDIR,
      1,
      P.fuse_release_in.encode({ fh: BigInt(fh) }),
    )
  }
  for (const [nodeid, count] of nodes) {
    kernel.send(P.OPCODE.FORGET, nodeid, P.fuse_forget_in.encode({ nlookup: BigInt(count) }))
  }
  const left = kernel.session.sizes
  const isClean = left.inodes === sizes.inodes && left.handles === sizes.handles
  return isClean ? [] : [`seed ${seed}: ${left.inodes - sizes.inodes} inodes and ${left.handles} handles leaked`]
}

function changeHost({ host }: Kernel, random: Random): void {
  const isEmpty = host.state.gpus[0]?.vfs.length === 0
  host.alter((state) => {
    if (isEmpty) enableVfs(state, { count: 1 + random.below(4) })
    else disableVfs(state)
  })
}

function bodyOf(opcode: number, random: Random, handles: readonly { fh: number }[]): Uint8Array {
  if (random.chance(0.05)) return randomBytes(random, random.below(200))
  const fh = BigInt(handles.length > 0 && random.chance(0.9) ? random.pick(handles).fh : random.below(1 << 30))
  const offset = random.chance(0.9) ? BigInt(random.below(8192)) : 2n ** 63n - BigInt(random.below(4096))
  switch (opcode) {
    case P.OPCODE.LOOKUP:
      return Buffer.from(`${nameFrom(random)}${random.chance(0.98) ? '\0' : ''}`)
    case P.OPCODE.UNLINK:
      return Buffer.from(`${nameFrom(random)}\0`)
    case P.OPCODE.CREATE:
      return Buffer.concat([P.fuse_create_in.encode({ flags: 1 }), Buffer.from(`${nameFrom(random)}\0`)])
    case P.OPCODE.OPEN:
    case P.OPCODE.OPENDIR:
      return P.fuse_open_in.encode({ flags: random.pick([0, 1, 2, 3, 0o1000, 0o2001]) })
    case P.OPCODE.READ:
    case P.OPCODE.READDIR:
      return P.fuse_read_in.encode({
        fh,
        offset: random.chance(0.5) ? 0n : offset,
        size: random.pick([0, 1, 100, 4096, 65_536]),
      })
    case P.OPCODE.WRITE: {
      const size = random.below(64)
      const text = Buffer.from('{"mdev_type":"nvidia-874"}')
      const bytes = random.chance(0.1) ? text : randomBytes(random, random.chance(0.95) ? size : random.below(64))
      return Buffer.concat([P.fuse_write_in.encode({ fh, offset, size }), bytes])
    }
    default:
      return randomBytes(random, random.below(128))
  }
}

function nameFrom(random: Random): string {
  return random.pick(random.chance(0.9) ? [...NAMES, ...FILES, ...MDEVCTL] : ODD)
}

function problemOf(answer: Answer): string | undefined {
  if (answer instanceof Uint8Array || answer === 'later' || answer === 'none') return undefined
  const isError = Number.isInteger(answer) && answer >= 0 && answer <= LARGEST_ERROR
  return isError ? undefined : `answered ${String(answer)}`
}

function note(
  opcode: number,
  answer: Answer,
  nodes: Map<number, number>,
  handles: { opcode: number; fh: number }[],
): void {
  if (!(answer instanceof Uint8Array)) return
  if (opcode === P.OPCODE.LOOKUP || opcode === P.OPCODE.CREATE) {
    const nodeid = P.fuse_entry_out.get(answer, 'nodeid')
    nodes.set(nodeid, (nodes.get(nodeid) ?? 0) + 1)
  }
  if (opcode === P.OPCODE.CREATE) {
    const fh = P.fuse_open_out.get(answer.subarray(P.fuse_entry_out.size), 'fh')
    handles.push({ opcode: P.OPCODE.OPEN, fh })
  } else if (opcode === P.OPCODE.OPEN || opcode === P.OPCODE.OPENDIR) {
    handles.push({ opcode, fh: P.fuse_open_out.get(answer, 'fh') })
  }
}

function randomBytes(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.below(256))
}
