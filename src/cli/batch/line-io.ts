import type { Io, Writer } from '../../app/io.ts'
import { NvError } from '../../errors/nv-error.ts'
import type { Control, Text } from '../../errors/text.ts'

/** UUIDs and times of a line. They are chosen once, because a lost race makes the line run again. */
export interface Chosen {
  readonly ids: string[]
  readonly moments: Date[]
}

/** The I/O of a line. Its output is collected and printed after the commit; irreversible actions are refused. */
export class LineIo {
  readonly io: Io
  #chosen: Chosen = { ids: [], moments: [] }
  #nextId = 0
  #nextMoment = 0
  readonly #out: Piece[] = []
  readonly #err: Piece[] = []

  constructor(outer: Io) {
    this.io = {
      stdout: gathering(outer.stdout, this.#out),
      stderr: gathering(outer.stderr, this.#err),
      env: outer.env,
      readStdin: () => {
        throw refusal('standard input is the batch’s')
      },
      now: () => (this.#chosen.moments[this.#nextMoment++] ??= outer.now()),
      uuid: () => (this.#chosen.ids[this.#nextId++] ??= outer.uuid()),
      files: {
        read: (path, limit) => outer.files.read(path, limit),
        pieces: (path) => outer.files.pieces(path),
        write: () => Promise.reject(refusal('a line writes no files: it may run more than once')),
        replace: () => Promise.reject(refusal('a line writes no files: it may run more than once')),
        append: () => Promise.reject(refusal('a line writes no files: it may run more than once')),
      },
      scripts: outer.scripts,
      sleep: () => Promise.reject(refusal('a line cannot wait')),
    }
  }

  /** Called before each run of the line. */
  begin(chosen: Chosen): void {
    this.#chosen = chosen
    this.#nextId = 0
    this.#nextMoment = 0
    this.#out.length = 0
    this.#err.length = 0
  }

  get output(): Text {
    return textOf(this.#out)
  }

  get errors(): string {
    return this.#err.join('')
  }
}

type Piece = string | Control

function gathering(outer: Writer, into: Piece[]): Writer {
  return {
    ...outer,
    write: (text) => {
      if (typeof text === 'string') into.push(text)
      else for (const piece of text) into.push(piece)
    },
    data: (data) => {
      into.push(typeof data === 'string' ? data : new TextDecoder().decode(data))
    },
  }
}

/** Joins the pieces of an output. */
function textOf(pieces: readonly Piece[]): Text {
  const [only = ''] = pieces
  return pieces.length <= 1 && typeof only === 'string' ? only : [...pieces]
}

/**
 * Shared by all lines: the environment without the batch's own variables, and the lists of script directories, each
 * read once.
 */
export function outerIo(io: Io): Io {
  const { NVGPU_STATE_DIR: _dir, NVGPU_DRY_RUN: _dry, NVGPU_OPERATION_ID: _id, ...env } = io.env
  const known = new Map<string, ReturnType<Io['scripts']['list']>>()
  const list = async (dir: string) => {
    const found = known.get(dir) ?? io.scripts.list(dir)
    known.set(dir, found)
    if ((await found)?.length) throw refusal(`the scripts in ${dir} run around one change: run this command on its own`)
    return found
  }
  return { ...io, stdout: asItIs(io.stdout), stderr: asItIs(io.stderr), env, scripts: { ...io.scripts, list } }
}

/** A stream's properties, read once. */
function asItIs({ isTTY, columns }: Writer): Writer {
  return { write: () => {}, data: () => {}, isTTY, columns }
}

function refusal(message: string): NvError {
  return new NvError({ errno: 'EINVAL', code: 'unsupported', at: 'batch', message })
}
