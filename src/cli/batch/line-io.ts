import { NvError } from '../../abi/nv-error.ts'
import type { Io, Writer } from '../io.ts'

/**
 * What a line may touch. Its output is gathered, for it is printed only when the change is on disk; UUIDs and times are
 * chosen once, for a lost race makes the line run again; and what cannot be taken back it may not do at all.
 */
export class LineIo {
  readonly io: Io
  readonly #chosen: string[] = []
  readonly #moments: Date[] = []
  #nextId = 0
  #nextMoment = 0
  #out: string[] = []
  #err: string[] = []

  constructor(outer: Io) {
    this.io = {
      stdout: gathering(this, 'out', outer.stdout),
      stderr: gathering(this, 'err', outer.stderr),
      env: outer.env,
      readStdin: () => {
        throw refusal('standard input is the batch’s')
      },
      now: () => (this.#moments[this.#nextMoment++] ??= outer.now()),
      uuid: () => (this.#chosen[this.#nextId++] ??= outer.uuid()),
      files: {
        read: (path, limit) => outer.files.read(path, limit),
        write: () => {
          throw refusal('a line writes no files: it may run more than once')
        },
      },
      scripts: outer.scripts,
      sleep: () => Promise.reject(refusal('a line cannot wait')),
    }
  }

  /** Before the line runs, again perhaps. */
  begin(): void {
    this.#nextId = 0
    this.#nextMoment = 0
    this.#out = []
    this.#err = []
  }

  get output(): string {
    return this.#out.join('')
  }

  get errors(): string {
    return this.#err.join('')
  }

  take(stream: 'out' | 'err', data: string | Uint8Array): void {
    const text = typeof data === 'string' ? data : new TextDecoder().decode(data)
    if (stream === 'out') this.#out.push(text)
    else this.#err.push(text)
  }
}

function gathering(line: LineIo, stream: 'out' | 'err', outer: Writer): Writer {
  return {
    write: (data) => line.take(stream, data),
    get isTTY() {
      return outer.isTTY
    },
    get columns() {
      return outer.columns
    },
  }
}

/** What all lines share: the environment without what is the batch's own, and directories of scripts, looked at once. */
export function outerIo(io: Io): Io {
  const { NVGPU_STATE_DIR: _dir, NVGPU_DRY_RUN: _dry, NVGPU_OPERATION_ID: _id, ...env } = io.env
  const known = new Map<string, ReturnType<Io['scripts']['list']>>()
  const list = async (dir: string) => {
    const found = known.get(dir) ?? io.scripts.list(dir)
    known.set(dir, found)
    if ((await found)?.length) throw refusal(`the scripts in ${dir} run around one change: run this command on its own`)
    return found
  }
  return { ...io, env, scripts: { ...io.scripts, list } }
}

function refusal(message: string): NvError {
  return new NvError({ errno: 'EINVAL', code: 'unsupported', at: 'batch', message })
}
