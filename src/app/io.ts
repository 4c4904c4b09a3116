import type { Text } from '../errors/text.ts'

/** All I/O of a command, so that the binary and a test call the same `run`. */
export interface Io {
  readonly stdout: Writer
  readonly stderr: Writer
  readonly env: Readonly<Record<string, string | undefined>>
  /** Reads standard input to its end, or until there are more than `limit` bytes. */
  readStdin(limit: number): Uint8Array
  /** Wall clock. */
  now(): Date
  /** A fresh random UUID, RFC 4122 version 4, lower case. */
  uuid(): string
  readonly files: InputFiles
  readonly scripts: Scripts
  /** Microseconds of real time that a screen has been up; the load model is evaluated that much later. */
  readonly elapsed?: number
  /**
   * Calls `act` once when a signal asks the process to end; returns a function that cancels this. Without it, a signal
   * ends the process.
   */
  onInterrupt?(act: (signal: 'SIGINT' | 'SIGTERM') => void): () => void
  /** Resolves after this many milliseconds of real time; for verbs that watch. */
  sleep(ms: number): Promise<void>
}

export interface Writer {
  /** Text for people: terminal controls in it are escaped, also in a pipe, except our own. */
  write(text: Text): void
  /** Data for a program, byte for byte; on a terminal it is escaped like text. */
  data(data: string | Uint8Array): void
  readonly isTTY: boolean
  /** Width of the terminal in characters; undefined without a terminal or if the terminal does not know. */
  readonly columns: number | undefined
  /** Height of the terminal in lines. */
  readonly rows?: number | undefined
  /** The reader is gone, so endless output ends. Known after a write. */
  readonly closed?: boolean
  /** The terminal's stream, if there is a terminal, for a library that draws on it. */
  readonly stream?: NodeJS.WriteStream | undefined
}

/** Files that a user names. The store has its own interface for the state directory. Errors are those of node:fs. */
export interface InputFiles {
  /** Reads to the end, or until there are more than `limit` bytes. */
  read(path: string, limit: number): Uint8Array
  /** Reads a file of any size piece by piece. */
  pieces(path: string): Iterable<Uint8Array>
  /** Creates or replaces the file in one rename; it is on the disk when this resolves. */
  write(path: string, bytes: Uint8Array): Promise<void>
  /** Replaces the file while its content is `old`, or makes it where there is none (null). @returns whether it did */
  replace(path: string, old: Uint8Array | null, bytes: Uint8Array): Promise<boolean>
  /** Appends to the file. */
  append(path: string, bytes: Uint8Array): Promise<void>
}

/** Scripts that a user installed in a directory. */
export interface Scripts {
  /**
   * Executable files of a directory, sorted by name, without hidden files and backups; null without such a directory.
   * Throws NvError `permission` for a script that other users can write.
   */
  list(dir: string): Promise<readonly string[] | null>
  /** Runs a script to its end. Never throws because of the script. */
  run(call: ScriptCall): Promise<ScriptResult>
}

export interface ScriptCall {
  /** Absolute path. */
  readonly file: string
  readonly args: readonly string[]
  readonly stdin: string
  /** The complete environment. */
  readonly env: Readonly<Record<string, string>>
  readonly timeoutMs: number
  /** Limit of characters on standard output and on standard error; the script is stopped behind it. */
  readonly limit: number
}

export interface ScriptResult {
  /** Exit status; null if `why` tells why there is none. */
  readonly status: number | null
  readonly why: 'timeout' | 'overflow' | 'signal' | 'spawn' | null
  readonly stdout: string
  readonly stderr: string
}
