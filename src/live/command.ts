import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import os from 'node:os'

/** Signals that are passed on to the command. Those of the keyboard reach it by themselves. */
const PASSED_ON = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGALRM'] as const
const KEYBOARD = ['SIGINT', 'SIGQUIT'] as const
const BY_SIGNAL = 128

/** A program to start, in place of which the command runs: it execs the command. */
export interface Start {
  readonly file: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
}

/**
 * Runs a command in this process group, with this process's streams, to its end.
 * @returns its exit status; if a signal ends it, the same signal ends this process
 */
export async function runCommand({ file, args, env }: Start): Promise<number> {
  // A signal may come as soon as the command runs, which is before `spawn` returns.
  const passing = passSignals(() => child)
  const child = spawn(file, args, { stdio: 'inherit', env })
  const [status, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (...ended) => resolve(ended))
  })
  passing.stop()
  if (status !== null) return status
  if (signal === null) return BY_SIGNAL
  return endBy(signal)
}

function passSignals(command: () => ChildProcess): { stop(): void } {
  const passOn = (signal: NodeJS.Signals) => void command().kill(signal)
  const unlessTyped = (signal: NodeJS.Signals) => {
    if (!isInForeground()) passOn(signal)
  }
  for (const signal of PASSED_ON) process.on(signal, passOn)
  for (const signal of KEYBOARD) process.on(signal, unlessTyped)
  return {
    stop() {
      for (const signal of PASSED_ON) process.off(signal, passOn)
      for (const signal of KEYBOARD) process.off(signal, unlessTyped)
    },
  }
}

/** Whether the terminal sends its signals to this process group. */
function isInForeground(): boolean {
  // pid (name) state ppid pgrp session tty_nr tpgid …; the name may have blanks
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1)?.split(' ') ?? []
  const [, , group, , , foreground] = fields
  return group === foreground
}

/** Ends this process by a signal, as the command was. */
async function endBy(signal: NodeJS.Signals): Promise<number> {
  const number = os.constants.signals[signal]
  // Node handles or ignores some signals: removing a handler of ours restores the kernel's default.
  if (signal !== 'SIGKILL' && signal !== 'SIGSTOP') {
    const handler = () => {}
    process.on(signal, handler)
    process.off(signal, handler)
  }
  process.kill(process.pid, signal)
  await new Promise((resolve) => setTimeout(resolve, 1000))
  return BY_SIGNAL + number
}
