import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { NvError } from '../../errors/nv-error.ts'
import { shellQuote } from '../../errors/shell-quote.ts'
import type { ScriptCall, ScriptResult, Scripts } from '../io.ts'

/** Mode bits that let other users write. */
const OTHERS_WRITE = 0o022
const STICKY = 0o1000
const ANY_EXECUTE = 0o111

/** Runs the files of a directory as this user; only root or this user may be able to write them. */
export const nodeScripts: Scripts = { list: async (dir) => listScripts(dir), run: runScript }

function listScripts(dir: string): string[] | null {
  const names = namesOf(dir)
  if (names === null) return null
  return names
    .filter((name) => !name.startsWith('.') && !name.endsWith('~'))
    .sort()
    .map((name) => `${dir}/${name}`)
    .filter((file) => {
      const facts = fs.statSync(file, { throwIfNoEntry: false })
      return facts?.isFile() === true && (facts.mode & ANY_EXECUTE) !== 0
    })
    .map(trusted)
}

function namesOf(dir: string): string[] | null {
  try {
    return fs.readdirSync(dir)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT') return null
    throw new NvError({
      errno: code === 'ENOTDIR' ? 'ENOTDIR' : 'EACCES',
      code: 'permission',
      at: 'callouts',
      message: `${dir} cannot be read as a directory of scripts`,
      hint: `ls -ld ${shellQuote(dir)}`,
      object: dir,
      cause: error,
    })
  }
}

/** The file behind a name, if no other user can change it or a directory above it. */
function trusted(file: string): string {
  const real = fs.realpathSync(file)
  for (const each of [real, ...ancestors(path.dirname(file)), ...ancestors(path.dirname(real))]) {
    const { uid, mode } = fs.statSync(each)
    const mine = uid === 0 || uid === process.geteuid?.()
    const sticky = each !== real && (mode & STICKY) !== 0
    if (mine && (sticky || (mode & OTHERS_WRITE) === 0)) continue
    throw new NvError({
      errno: 'EPERM',
      code: 'permission',
      at: 'callouts',
      message: `${file} is not run: ${each} ${mine ? 'can be written by others' : `belongs to user ${uid}`}`,
      hint: mine ? `chmod go-w ${shellQuote(each)}` : `ls -ld ${shellQuote(each)}`,
      object: file,
    })
  }
  return real
}

function ancestors(dir: string): string[] {
  const above = path.dirname(dir)
  return above === dir ? [dir] : [dir, ...ancestors(above)]
}

/** Runs without a shell, in its own process group. The whole group is killed on a time-out or on too much output. */
function runScript({ file, args, stdin, env, timeoutMs, limit }: ScriptCall): Promise<ScriptResult> {
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd: '/', env, shell: false, detached: true, stdio: ['pipe', 'pipe', 'pipe'] })
    const said = { stdout: '', stderr: '' }
    let why: ScriptResult['why'] = null
    const stop = (reason: ScriptResult['why']) => {
      why ??= reason
      if (child.pid !== undefined) killGroup(child.pid)
    }
    const timer = setTimeout(() => stop('timeout'), timeoutMs)
    // The script ends with an interrupted command; the signal then has its usual effect on this process.
    const interrupted = (signal: NodeJS.Signals) => {
      stop('signal')
      forget()
      process.kill(process.pid, signal)
    }
    const forget = () => {
      clearTimeout(timer)
      for (const signal of SIGNALS) process.removeListener(signal, interrupted)
    }
    for (const signal of SIGNALS) process.on(signal, interrupted)
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        said[stream] = (said[stream] + text).slice(0, limit)
        if (said[stream].length === limit) stop('overflow')
      })
    }
    const done = (status: number | null) => {
      forget()
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy()
      resolve({ status: why === null ? status : null, why: why ?? (status === null ? 'signal' : null), ...said })
    }
    child.on('error', () => {
      why ??= 'spawn'
      done(null)
    })
    child.on('close', done)
    // Processes that a script leaves running may keep its output open; the script itself has ended.
    child.on('exit', (status) => setTimeout(() => done(status), LINGER_MS))
    child.stdin.on('error', () => {})
    child.stdin.end(stdin)
  })
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** Wait at most this long for the end of the output of a script that has ended. */
const LINGER_MS = 200

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // it has ended meanwhile
  }
}
