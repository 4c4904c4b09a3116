import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SCHEMA } from '../../src/contract/state/schema-number.ts'
import { checkHost } from '../../src/engine/invariants.ts'
import { newHost } from '../../src/engine/new-host.ts'
import type { HostState } from '../../src/engine/state.ts'
import { LOG_LIMIT } from '../../src/store/disk/layout.ts'
import { Store } from '../../src/store/store.ts'
import { Bench, type Outcome } from '../cli/captured-io.ts'
import type { Scene } from './scenes.ts'

/** Names of what a scene has: its host, and a place for files and other hosts. */
const STATE = 'state'

/** Directories for scenes, all below one that goes when the process ends. */
export class Stage {
  readonly root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'nvgpu-stage-'))
  readonly #bench = new Bench()
  #serial = 0

  dispose(): void {
    rmSync(this.root, { recursive: true, force: true })
    this.#bench.dispose()
  }

  /** A new place on which the scene's own command can be run. With `checkpoint` the next change makes one. */
  async set(scene: Scene, checkpoint: boolean): Promise<string> {
    const place = this.empty()
    for (const [name, text] of Object.entries(scene.files ?? {})) writeFileSync(join(place, name), text)
    for (const line of scene.before) {
      const outcome = await this.run(place, line)
      if (outcome.status !== 0) throw new Error(`${scene.verb}: ${line}: ${outcome.stderr}`)
    }
    if (scene.before.length) {
      emptyLog(stateOf(place))
      if (checkpoint) fillLog(stateOf(place))
    }
    return place
  }

  /** How many checkpoints its state directory has had. */
  checkpoints(place: string): number {
    return existsSync(stateOf(place)) ? newestEpoch(stateOf(place)) : 0
  }

  empty(): string {
    const place = join(this.root, String(this.#serial++))
    mkdirSync(place)
    return place
  }

  copy(place: string): string {
    const copy = this.empty()
    cpSync(place, copy, { recursive: true })
    return copy
  }

  remove(place: string): void {
    rmSync(place, { recursive: true, force: true })
  }

  /** Runs a command line of a scene in this process. */
  async run(place: string, line: string, env: Record<string, string> = {}): Promise<Outcome> {
    return this.#bench.run(words(place, line), { env: { NVGPU_STATE_DIR: join(place, STATE), ...env } })
  }

  /** The host at a place, and the others there, as one text. */
  async look(place: string): Promise<string> {
    const hosts = [await this.run(place, 'host export')]
    if (existsSync(join(place, 'there'))) hosts.push(await this.run(place, 'host export --state-dir #there'))
    for (const { status, stderr } of hosts) if (status !== 0) throw new Error(`it does not load: ${stderr}`)
    return hosts
      .map(({ stdout }) => stdout)
      .join('\n')
      .replaceAll(place, '')
  }
}

/** The words of a scene's command line, at a place. */
export function words(place: string, line: string): string[] {
  return line.split(' ').map((word) => word.replace(/^[@#]/, `${place}/`))
}

/** The state directory of a scene at a place. */
export function stateOf(place: string): string {
  return join(place, STATE)
}

/** Brings the log to the brink: whatever is added next passes the limit. */
function fillLog(dir: string): void {
  const overhead = grow(dir, 1) - 1
  const room = LOG_LIMIT - 8 - logSize(dir) - overhead
  if (room > 0) grow(dir, room)
}

/** Begins a new log if there is not much room in this one. */
function emptyLog(dir: string): void {
  if (logSize(dir) > LOG_LIMIT / 4) grow(dir, LOG_LIMIT)
}

/** Adds a record with a command line of so many letters; answers by how much the log grew, if it went on. */
function grow(dir: string, letters: number): number {
  const model = { schema: SCHEMA, initial: () => newHost(), check: checkHost }
  const before = logSize(dir)
  // An undo of a change that is not kept, so that redo still has its change.
  const step = { kind: 'undo', of: 0 } as const
  const operation = { id: `fill-${serial++}`, time: '', command: 'x'.repeat(letters), step }
  Store.open<HostState>({ dir, model }).transact(operation, (state) => {
    state.now += 1
  })
  return logSize(dir) - before
}

let serial = 100

function logSize(dir: string): number {
  return statSync(join(dir, `log.${newestEpoch(dir)}.jsonl`)).size
}

function newestEpoch(dir: string): number {
  return Math.max(...readdirSync(dir).flatMap((name) => Number(/^log\.(\d+)\.jsonl$/.exec(name)?.[1] ?? [])))
}
