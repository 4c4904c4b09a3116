import type { Text } from '../errors/text.ts'

/** Everything a command may touch of the world outside, so that the binary and a test call the same `run`. */
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
  /** Microseconds of real time that a screen has been up: what the load model is asked for lies that much later. */
  readonly elapsed?: number
  /** Calls `act` when somebody wants the process to end, once; answers how to stop that. Without it a signal ends it. */
  onInterrupt?(act: (signal: 'SIGINT' | 'SIGTERM') => void): () => void
  /** Resolves after this many milliseconds of real time; for verbs that watch. */
  sleep(ms: number): Promise<void>
}

export interface Writer {
  /** Text for people: what in it would steer a terminal is escaped, in a pipe too, but for controls of our own. */
  write(text: Text): void
  /** Data for a program, byte for byte; a terminal is none, and there it is escaped as text is. */
  data(data: string | Uint8Array): void
  readonly isTTY: boolean
  /** Width of the terminal in characters; undefined where there is none, and where it does not know. */
  readonly columns: number | undefined
  /** Height of the terminal in lines. */
  readonly rows?: number | undefined
  /** Nobody reads any more: what goes on for ever ends here. Known after a write. */
  readonly closed?: boolean
  /** The terminal itself, where there is one, for a library that draws on it. */
  readonly stream?: NodeJS.WriteStream | undefined
}

/** Files a user names. The state directory has its own interface in the store. Errors are those of node:fs. */
export interface InputFiles {
  /** Reads to the end, or until there are more than `limit` bytes. */
  read(path: string, limit: number): Uint8Array
  /** Creates or replaces the file in one rename; it is on the disk when this resolves. */
  write(path: string, bytes: Uint8Array): Promise<void>
}

/** Scripts that a user has put into a directory for us to run. */
export interface Scripts {
  /**
   * Executable files of a directory in the order of their names, hidden ones and backups left out; null where there is no
   * such directory. Throws NvError `permission` for one that somebody else could have written.
   */
  list(dir: string): Promise<readonly string[] | null>
  /** Runs one to its end. Never throws for what the script does. */
  run(call: ScriptCall): Promise<ScriptResult>
}

export interface ScriptCall {
  /** Absolute. */
  readonly file: string
  readonly args: readonly string[]
  readonly stdin: string
  /** All of its environment. */
  readonly env: Readonly<Record<string, string>>
  readonly timeoutMs: number
  /** Characters of standard output, and of standard error, after which it is stopped. */
  readonly limit: number
}

export interface ScriptResult {
  /** Exit status; null where `why` says what happened instead. */
  readonly status: number | null
  readonly why: 'timeout' | 'overflow' | 'signal' | 'spawn' | null
  readonly stdout: string
  readonly stderr: string
}
