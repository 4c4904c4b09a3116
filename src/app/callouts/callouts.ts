import { resolve } from 'node:path'
import { type MdevConfig, readMdevAttrs } from '../../engine/definitions/mdevctl.ts'
import type { VgpuAttr } from '../../engine/state.ts'
import { NvError } from '../../errors/nv-error.ts'
import { oneLine } from '../../errors/printable.ts'
import type { Context } from '../context.ts'
import type { ScriptResult } from '../io.ts'
import { type Capabilities, HANDSHAKE, LEGACY, readCapabilities } from './capabilities.ts'

/** An event of a device that a script is told about, in mdevctl's words. */
export interface CalloutEvent {
  readonly action: 'start' | 'stop' | 'define' | 'undefine' | 'modify'
  readonly uuid: string
  /** Address of its VF, or of its GPU if the event names no VF. */
  readonly parent: string
  readonly config: MdevConfig
}

/** Limits of a script: milliseconds of run time, and characters on each of its streams. */
const TIMEOUT_MS = 30_000
const OUTPUT_LIMIT = 64 * 1024

/** Exit status of a script that does not handle a type. */
const NOT_MINE = 2

/**
 * mdevctl's protocol with the scripts of a directory: `-t type -e event -a action -s state -u uuid -p parent`, the
 * configuration as JSON on standard input. The first callout that does not exit with 2 handles the device and gets the
 * events that follow. Notifiers get the outcome of every event; their results are ignored.
 */
export class Callouts {
  readonly #context: Context
  readonly #callouts: readonly string[]
  readonly #notifiers: readonly string[]
  readonly #owners = new Map<CalloutEvent, string>()
  readonly #capabilities = new Map<string, Capabilities>()

  constructor(context: Context, scripts: { callouts: readonly string[]; notifiers: readonly string[] }) {
    this.#context = context
    this.#callouts = scripts.callouts
    this.#notifiers = scripts.notifiers
  }

  /** Before the change. @returns the refusal, after notifiers got it; null to go on */
  async pre(event: CalloutEvent): Promise<NvError | null> {
    let silent: string | undefined
    for (const file of this.#callouts) {
      if (!(await this.#handshake(file, event)).supports('pre', event.action)) {
        silent ??= file
        continue
      }
      const result = await this.#run(file, event, { event: 'pre', action: event.action, state: 'none' })
      if (result.status === NOT_MINE) continue
      if (result.status !== 0) {
        await this.#notify(event, 'none')
        return refused(file, event, result)
      }
      this.#owners.set(event, file)
      return null
    }
    // No script took the event. A script that takes no pre event may still take the later ones.
    if (silent !== undefined) this.#owners.set(event, silent)
    return null
  }

  /** Applies a change to a live device, if its callout supports that. */
  async live(event: CalloutEvent): Promise<NvError | null> {
    const file = this.#owners.get(event)
    if (file === undefined || !(await this.#handshake(file, event)).supports('live', event.action)) return null
    const result = await this.#run(file, event, { event: 'live', action: event.action, state: 'none' })
    return result.status === 0 || result.status === NOT_MINE ? null : refused(file, event, result)
  }

  /** After the change, or after its failure. The script's status is reported and changes nothing. */
  async post(event: CalloutEvent, state: 'success' | 'failure'): Promise<void> {
    const file = this.#owners.get(event)
    if (file !== undefined && (await this.#handshake(file, event)).supports('post', event.action)) {
      const result = await this.#run(file, event, { event: 'post', action: event.action, state })
      if (result.status !== 0 && result.status !== NOT_MINE)
        this.#say(`callout ${baseName(file)} after ${event.action}: ${outcome(result)}`)
    }
    await this.#notify(event, state)
  }

  /** The attributes of a live device, as its callout sees them; null if no callout answers. */
  async attributes(event: CalloutEvent): Promise<VgpuAttr[] | NvError | null> {
    for (const file of this.#callouts) {
      if (!(await this.#handshake(file, event)).supports('get', 'attributes')) continue
      const result = await this.#run(file, event, { event: 'get', action: 'attributes', state: 'none' }, '')
      if (result.status === NOT_MINE) continue
      if (result.status !== 0) return refused(file, event, result)
      return result.stdout.trim() === '' ? null : parseAttributes(file, event, result.stdout)
    }
    return null
  }

  async #handshake(file: string, event: CalloutEvent): Promise<Capabilities> {
    const key = `${file} ${event.config.mdev_type}`
    const before = this.#capabilities.get(key)
    if (before) return before
    const call = { event: 'get', action: 'capabilities', state: 'none' }
    const result = await this.#run(file, event, call, HANDSHAKE, true)
    const known = (result.status === 0 ? readCapabilities(result.stdout) : undefined) ?? LEGACY
    this.#capabilities.set(key, known)
    return known
  }

  async #notify(event: CalloutEvent, state: 'none' | 'success' | 'failure'): Promise<void> {
    for (const file of this.#notifiers) {
      await this.#run(file, event, { event: 'notify', action: event.action, state }, undefined, true)
    }
  }

  async #run(
    file: string,
    { uuid, parent, config }: CalloutEvent,
    call: { event: string; action: string; state: string },
    stdin = JSON.stringify(config),
    silent = false,
  ): Promise<ScriptResult> {
    const { io, settings } = this.#context
    const words = { t: config.mdev_type, e: call.event, a: call.action, s: call.state, u: uuid, p: parent }
    const result = await io.scripts.run({
      file,
      args: Object.entries(words).flatMap(([letter, word]) => [`-${letter}`, word]),
      stdin,
      env: {
        PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        LC_ALL: 'C',
        NVGPU_STATE_DIR: resolve(settings.stateDir),
      },
      timeoutMs: TIMEOUT_MS,
      limit: OUTPUT_LIMIT,
    })
    if (!silent && result.status !== NOT_MINE) {
      for (const line of lines(result.stderr)) this.#say(`${baseName(file)}: ${line}`)
    }
    return result
  }

  #say(text: string): void {
    this.#context.io.stderr.write(`nvgpu: ${oneLine(text)}\n`)
  }
}

function parseAttributes(file: string, event: CalloutEvent, text: string): VgpuAttr[] | NvError {
  try {
    const value: unknown = JSON.parse(text)
    return readMdevAttrs(baseName(file), value, event.uuid)
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    return refusal(file, event, `its attributes are no JSON list: ${problem}`)
  }
}

function refused(file: string, event: CalloutEvent, result: ScriptResult): NvError {
  return refusal(file, event, outcome(result))
}

function refusal(file: string, { action, uuid, parent }: CalloutEvent, why: string): NvError {
  return new NvError({
    errno: 'ECANCELED',
    code: 'callout-refused',
    at: `callout ${baseName(file)}`,
    message: `${action} of ${uuid} on ${parent}: ${oneLine(why)}`,
    hint: 'repeat with --force to ignore the refusal',
    object: file,
  })
}

function outcome({ status, why, stderr }: ScriptResult): string {
  const last = lines(stderr).at(-1)
  const what = {
    timeout: `did not end within ${TIMEOUT_MS / 1000} s`,
    overflow: `wrote more than ${OUTPUT_LIMIT / 1024} KiB`,
    signal: 'was ended by a signal',
    spawn: 'could not be run',
  }
  return why === null ? `${last === undefined ? '' : `${last}, `}exit status ${status}` : what[why]
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '')
}

function baseName(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1)
}
