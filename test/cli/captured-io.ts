import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { nodeScripts } from '../../src/app/callouts/scripts.ts'
import type { Io, Writer } from '../../src/app/io.ts'
import { nodeIo } from '../../src/app/node-io.ts'
import { printed, shown } from '../../src/app/printed.ts'
import { run } from '../../src/cli/run.ts'

export interface Outcome {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
  readonly bytes: Uint8Array
}

export interface World {
  readonly env?: Record<string, string>
  readonly tty?: boolean
  readonly columns?: number
  readonly stdin?: string | Uint8Array
  readonly time?: Date
  /** Called before the command is told the time, given a UUID, given a file, or put to sleep. */
  readonly meanwhile?: (what: 'now' | 'uuid' | 'read' | 'sleep') => void
}

/** A host of its own: a throw-away state directory, a clock that stands, UUIDs that count. */
export class Bench {
  readonly dir = fs.mkdtempSync(path.join(os.tmpdir(), 'nvgpu-cli-'))
  readonly stateDir = path.join(this.dir, 'state')
  #uuids = 0

  /** Runs words of a command line in process. */
  async run(argv: readonly string[], world: World = {}): Promise<Outcome> {
    const out = capture(world)
    const err = capture(world)
    const stdin = typeof world.stdin === 'string' ? Buffer.from(world.stdin) : (world.stdin ?? Buffer.alloc(0))
    const io: Io = {
      stdout: out.writer,
      stderr: err.writer,
      env: { NVGPU_STATE_DIR: this.stateDir, ...world.env },
      readStdin: () => stdin,
      now: () => {
        world.meanwhile?.('now')
        return world.time ?? new Date(2026, 10, 22, 18, 38, 53)
      },
      sleep: async () => world.meanwhile?.('sleep'),
      uuid: () => {
        world.meanwhile?.('uuid')
        this.#uuids += 1
        return `00000000-0000-4000-8000-${String(this.#uuids).padStart(12, '0')}`
      },
      scripts: nodeScripts,
      files: {
        ...nodeIo.files,
        read: (name, limit) => {
          world.meanwhile?.('read')
          return nodeIo.files.read(name, limit)
        },
      },
    }
    const status = await run(argv, io)
    const bytes = Buffer.concat(out.chunks)
    return { status, stdout: bytes.toString('utf8'), stderr: Buffer.concat(err.chunks).toString('utf8'), bytes }
  }

  /** The same from one text; words are separated by blanks. */
  async sh(line: string, world: World = {}): Promise<Outcome> {
    return this.run(
      line.split(' ').filter((word) => word !== ''),
      world,
    )
  }

  /** A file in the bench's own directory. */
  file(name: string, content?: string | Uint8Array): string {
    const full = path.join(this.dir, name)
    if (content !== undefined) fs.writeFileSync(full, content)
    return full
  }

  dispose(): void {
    fs.rmSync(this.dir, { recursive: true, force: true })
  }
}

function capture(world: World): { chunks: Uint8Array[]; writer: Writer } {
  const chunks: Uint8Array[] = []
  const put = (data: string | Uint8Array) => {
    chunks.push(typeof data === 'string' ? Buffer.from(data) : data)
  }
  return {
    chunks,
    writer: {
      write: (text) => put(printed(text)),
      data: (data) => put(world.tty === true ? shown(data) : data),
      isTTY: world.tty === true,
      columns: world.tty === true ? (world.columns ?? 120) : undefined,
    },
  }
}
