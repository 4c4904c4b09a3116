import { newHost } from '../../src/engine/new-host.ts'
import type { HostState } from '../../src/engine/state.ts'
import type { SysfsDirectory } from '../../src/engine/sysfs/node.ts'
import { enableVfs } from '../../src/engine/verbs/vfs.ts'
import type { ChangeRequest, Host } from '../../src/live/fuse/host.ts'
import * as P from '../../src/live/fuse/protocol.ts'
import type { Answer } from '../../src/live/fuse/request.ts'
import { Session } from '../../src/live/fuse/session.ts'
import { worldOf } from '../../src/live/world.ts'

/** A host in memory, as the session sees it. */
export class MemoryHost implements Host {
  readonly state: HostState = newHost()
  readonly changes: ChangeRequest[] = []
  readonly bugs: unknown[] = []
  root: SysfsDirectory
  version = 0

  constructor(vfs: number) {
    if (vfs > 0) enableVfs(this.state, { count: vfs })
    this.root = worldOf(this.state, {})
  }

  /** A change of the host, as another process makes it. */
  alter(verb: (state: HostState) => void): void {
    verb(this.state)
    this.version += 1
    this.root = worldOf(this.state, {})
  }

  refresh(): void {}

  change(request: ChangeRequest): void {
    this.changes.push(request)
  }

  promise(): boolean {
    return true
  }

  bug(error: unknown): void {
    this.bugs.push(error)
  }
}

/** The kernel's side of a session. */
export class Kernel {
  readonly host: MemoryHost
  readonly session: Session
  #unique = 0n

  constructor(vfs = 2) {
    this.host = new MemoryHost(vfs)
    this.session = new Session(this.host)
    this.send(P.OPCODE.INIT, 0, P.fuse_init_in.encode({ major: 7, minor: 38 }))
  }

  send(opcode: number, nodeid: number, body: Uint8Array = new Uint8Array()): Answer {
    this.#unique += 2n
    const header = P.fuse_in_header.encode({ len: 40 + body.length, opcode, unique: this.#unique, nodeid })
    return this.session.answer(Buffer.concat([header, body])).answer
  }

  /** The inode at a path below the root, or the error number. */
  walk(path: string): number {
    let nodeid = P.ROOT_ID
    for (const name of path.split('/').filter((part) => part !== '')) {
      const answer = this.send(P.OPCODE.LOOKUP, nodeid, Buffer.from(`${name}\0`))
      if (!(answer instanceof Uint8Array)) return typeof answer === 'number' ? -answer : 0
      nodeid = P.fuse_entry_out.get(answer, 'nodeid')
    }
    return nodeid
  }

  open(nodeid: number, flags = 0): bigint {
    const answer = this.send(P.OPCODE.OPEN, nodeid, P.fuse_open_in.encode({ flags }))
    return answer instanceof Uint8Array ? BigInt(P.fuse_open_out.get(answer, 'fh')) : -BigInt(Number(answer))
  }

  /** The text of a read, or the error number. */
  read(nodeid: number, fh: bigint, offset = 0n, size = 4096): string | number {
    const answer = this.send(P.OPCODE.READ, nodeid, P.fuse_read_in.encode({ fh, offset, size }))
    return answer instanceof Uint8Array ? Buffer.from(answer).toString('latin1') : Number(answer)
  }
}
