import os from 'node:os'
import { describe, expect, it } from 'vitest'
import { copyState } from '../../src/engine/copy-state.ts'
import type { SysfsNode } from '../../src/engine/sysfs/node.ts'
import { defineVgpu } from '../../src/engine/verbs/definitions.ts'
import { disableVfs, enableVfs } from '../../src/engine/verbs/vfs.ts'
import * as P from '../../src/live/fuse/protocol.ts'
import { Kernel } from './memory-host.ts'
import { randomRequests } from './random-requests.ts'

const { errno: E } = os.constants
const DEVICES = 'sys/devices/pci0000:c0/0000:c0:01.0'
const UUID = '6f1c2f0e-8a45-4f0c-9d0b-3f1f0a8c1d01'
const VF = `${DEVICES}/0000:c1:00.4`

/** Flags of an open directory: its listing goes into the kernel's cache, or it may come from there as well. */
const FILL = P.FOPEN_CACHE_DIR
const KEEP = P.FOPEN_CACHE_DIR | P.FOPEN_KEEP_CACHE

function openDirectory(kernel: Kernel, nodeid: number): { fh: bigint; flags: number } {
  const answer = kernel.send(P.OPCODE.OPENDIR, nodeid, P.fuse_open_in.encode({}))
  if (!(answer instanceof Uint8Array)) throw new Error(`OPENDIR: ${answer}`)
  return { fh: BigInt(P.fuse_open_out.get(answer, 'fh')), flags: P.fuse_open_out.get(answer, 'open_flags') }
}

function list(kernel: Kernel, nodeid: number, fh: bigint): void {
  kernel.send(P.OPCODE.READDIR, nodeid, P.fuse_read_in.encode({ fh, offset: 0n, size: 65_536 }))
}

describe('requests of the kernel', () => {
  it('G 6: an open file keeps its object: when it is gone, and another has its name, it answers ENODEV', () => {
    const kernel = new Kernel()
    const file = kernel.walk(`${VF}/vendor`)
    const fh = kernel.open(file)
    expect(kernel.read(file, fh)).toBe('0x10de\n')
    kernel.host.alter((state) => disableVfs(state))
    expect(kernel.read(file, fh)).toBe(E.ENODEV)
    kernel.host.alter((state) => enableVfs(state, { count: 2 }))
    expect(kernel.read(file, fh)).toBe(E.ENODEV)
    const again = kernel.walk(`${VF}/vendor`)
    expect(again).not.toBe(file)
    expect(kernel.read(again, kernel.open(again))).toBe('0x10de\n')
  })

  it('G 6: opening a path that the kernel still has looks it up once more if another object has its name', () => {
    const kernel = new Kernel()
    const file = kernel.walk(`${VF}/vendor`)
    kernel.host.alter((state) => disableVfs(state))
    expect(kernel.open(file)).toBe(BigInt(-E.ENOENT))
    kernel.host.alter((state) => enableVfs(state, { count: 2 }))
    expect([-E.ENOENT, -E.ESTALE].map(BigInt)).toContain(kernel.open(file))
  })

  it('G 6: text is read whole: a reader of small pieces gets one content, and a new read from 0 a fresh one', () => {
    const kernel = new Kernel()
    const file = kernel.walk(`${DEVICES}/0000:c1:00.0/sriov_numvfs`)
    const fh = kernel.open(file)
    expect(kernel.read(file, fh, 0n, 1)).toBe('2')
    kernel.host.alter((state) => disableVfs(state))
    expect(kernel.read(file, fh, 1n, 1)).toBe('\n')
    expect(kernel.read(file, fh, 2n, 1)).toBe('')
    expect(kernel.read(file, fh, 0n, 4)).toBe('0\n')
  })

  it('G 6: reading every file of the tree changes nothing of the host', () => {
    const { host } = new Kernel(4)
    const before = copyState(host.state)
    let files = 0
    const visit = (node: SysfsNode | undefined) => {
      if (node?.kind === 'directory') for (const name of node.names()) visit(node.entry(name))
      if (node?.kind !== 'file' || node.show === null) return
      files += 1
      try {
        node.show()
      } catch {}
    }
    visit(host.root)
    expect(files).toBeGreaterThan(300)
    expect(host.state).toEqual(before)
  })

  it('G 5: the kernel keeps a listing until the host has changed', () => {
    const kernel = new Kernel()
    const dir = kernel.walk(DEVICES)
    const flags = () => {
      const { fh, flags } = openDirectory(kernel, dir)
      list(kernel, dir, fh)
      kernel.send(P.OPCODE.RELEASEDIR, dir, P.fuse_release_in.encode({ fh }))
      return flags
    }
    expect([flags(), flags()]).toEqual([FILL, KEEP])
    kernel.host.alter((state) => disableVfs(state))
    expect([flags(), flags()]).toEqual([FILL, KEEP])
  })

  it('G 6: a listing is kept only once a program has dropped the old one, and none can still put it back', () => {
    const kernel = new Kernel()
    const dir = kernel.walk(DEVICES)
    const first = openDirectory(kernel, dir)
    // The first has its answer, and may not have run since: the kernel still has what it had before.
    expect([first.flags, openDirectory(kernel, dir).flags]).toEqual([FILL, FILL])
    list(kernel, dir, first.fh)
    expect(openDirectory(kernel, dir).flags).toBe(KEEP)
    kernel.host.alter((state) => disableVfs(state))
    // Those that were opened before the change may put their listing into the cache after it.
    expect([openDirectory(kernel, dir).flags, openDirectory(kernel, dir).flags]).toEqual([0, 0])
  })

  it('G 6: no name is kept in a directory whose entries can be removed: the kernel holds its lock during a removal', () => {
    const kernel = new Kernel()
    const seconds = (path: string, name: string) => {
      const answer = kernel.send(P.OPCODE.LOOKUP, kernel.walk(path), Buffer.from(`${name}\0`))
      return answer instanceof Uint8Array ? P.fuse_entry_out.get(answer, 'entry_valid') : -1
    }
    kernel.host.alter((state) => defineVgpu(state, { uuid: UUID, type: 'L40-4Q', vf: '0000:c1:00.4' }))
    expect(seconds('etc/mdevctl.d', '0000:c1:00.4')).toBe(1)
    expect(seconds('etc/mdevctl.d/0000:c1:00.4', UUID)).toBe(0)
  })

  it('G 7: 10,000 random requests: each has an answer of the protocol, nothing is a bug, nothing leaks', () => {
    expect(randomRequests(1, 10_000)).toEqual([])
  })
})
