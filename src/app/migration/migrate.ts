import type { MigrationView } from '../../contract/views/migration.ts'
import { COPY_DEFAULTS, type CopyOptions } from '../../engine/migration/copy.ts'
import type { HostState } from '../../engine/state.ts'
import {
  type Arrived,
  arriveVgpu,
  cancelDeparture,
  type Departed,
  departVgpu,
  expectVgpu,
  forget,
  migrationOf,
  travellerOf,
  withdraw,
} from '../../engine/verbs/migrate.ts'
import type { RestoreRequest } from '../../engine/verbs/save.ts'
import { NvError } from '../../errors/nv-error.ts'
import { shellQuote } from '../../errors/shell-quote.ts'
import { RetryPolicy } from '../../store/retry.ts'
import { given } from '../given.ts'
import { settle } from './settle.ts'
import type { Side } from './side.ts'

export interface MigrateRequest {
  selector: string
  gpu?: string
  /** The place of the vGPU at the target. */
  place: RestoreRequest
  copy: Partial<CopyOptions>
  dirtyRate?: number
}

/** A completed migration, and its unfinished clean-up. */
export interface Migrated {
  view: MigrationView
  warnings: string[]
}

/**
 * Moves a vGPU from one state directory to another. Five commits: the target expects it, the source stops it, the
 * target runs it (this one decides), the source releases its resources, the target drops its record. It starts over if
 * a command on one of the hosts cancelled it half way.
 * @param newId an identifier that no migration had before
 * @throws NvError; the vGPU then runs at the source, or will after the next command there
 */
export function migrate(source: Side, target: Side, request: MigrateRequest, newId: () => string): Migrated {
  const retry = new RetryPolicy(target.dir)
  for (;;) {
    const id = newId()
    try {
      return attemptOnce(source, target, request, id)
    } catch (error) {
      if (!(error instanceof NvError) || (error.errno !== 'ECANCELED' && error.errno !== 'ESTALE')) throw error
      source.pause(retry.nextPause())
    }
  }
}

function attemptOnce(source: Side, target: Side, request: MigrateRequest, id: string): Migrated {
  const { selector, gpu, place, copy, dirtyRate } = request
  const traveller = source.read((state) => travellerOf(state, selector, gpu))
  there(target, () => target.change((state) => expectVgpu(state, { id, peer: source.dir, traveller, place })))
  let departed: Departed
  let arrived: Arrived
  try {
    const departure = {
      id,
      selector,
      peer: target.dir,
      copy,
      ...given({ gpu, dirtyRate }),
    }
    departed = source.change((state) => departVgpu(state, departure))
    arrived = there(target, () => target.change((state) => arriveVgpu(state, { id, file: departed.file, place })))
  } catch (error) {
    // The next command on either host settles the rest; the cause is reported.
    ifRefused(() => settle(source, target, id))
    throw error
  }
  const view = report(source, target, { id, copy, departed, arrived })
  const refused = ifRefused(() => settle(source, target, id))
  const warnings = refused
    ? [`the next command on either host releases the resources of the vGPU here: ${refused.message}`]
    : []
  return { view, warnings }
}

/** Runs a step that the target may refuse: the hint then names the target's directory. */
function there<R>({ dir }: Side, act: () => R): R {
  try {
    return act()
  } catch (error) {
    if (!(error instanceof NvError) || !error.hint?.startsWith('nvgpu ')) throw error
    const { errno, code, at, message, object } = error
    const hint = error.hint.replace('nvgpu', () => `nvgpu --state-dir ${shellQuote(dir)}`)
    throw new NvError({ errno, code, at, message, hint, cause: error, ...given({ object }) })
  }
}

/** Runs an act. @returns its refusal, or null */
function ifRefused(act: () => unknown): NvError | null {
  try {
    act()
    return null
  } catch (error) {
    if (error instanceof NvError) return error
    throw error
  }
}

/** The same on copies of both hosts: refusals are reported, nothing is kept. */
export function rehearse(source: Side, target: Side, request: MigrateRequest, id: string): MigrationView {
  const { selector, gpu, place, copy, dirtyRate } = request
  return source.read((from) =>
    target.read((to) => {
      const at = given({ gpu })
      const rate = given({ dirtyRate })
      const traveller = travellerOf(from, selector, gpu)
      there(target, () => expectVgpu(to, { id, peer: source.dir, traveller, place }))
      const departed = departVgpu(from, { id, selector, peer: target.dir, copy, ...at, ...rate })
      const arrived = there(target, () => arriveVgpu(to, { id, file: departed.file, place }))
      return report(source, target, { id, copy, departed, arrived })
    }),
  )
}

/** The outcome of `--abort`. */
export type Aborted = 'nothing' | 'runs-here' | 'runs-there'

/**
 * Ends an unsettled migration by hand. If the other directory is available, it is settled as any command would.
 * Otherwise `force` confirms that the vGPU does not run there.
 * @throws NvError not-found, busy (the other directory is gone and no force)
 */
export function abort(own: Side, selector: string, force: boolean, peerOf: (dir: string) => Side): Aborted {
  const record = own.read((state) => migrationOf(state, selector))
  if (!record) return 'nothing'
  const leaving = record.phase === 'leaving'
  const peer = peerOf(record.peer)
  if (!force || reachable(peer)) {
    if (!peer.exists()) throw unreachable(record.peer, record.uuid)
    const outcome = leaving ? settle(own, peer, record.id) : settle(peer, own, record.id)
    return (outcome === 'arrived') === leaving ? 'runs-there' : 'runs-here'
  }
  own.change((state: HostState) => {
    if (leaving) cancelDeparture(state, record.id)
    else if (record.phase === 'expected') withdraw(state, record.id)
    else forget(state, record.id)
  })
  return record.phase === 'expected' ? 'runs-there' : 'runs-here'
}

function reachable(side: Side): boolean {
  let there = false
  ifRefused(() => {
    there = side.exists()
  })
  return there
}

function report(
  source: Side,
  target: Side,
  { id, copy, departed, arrived }: { id: string; copy: Partial<CopyOptions>; departed: Departed; arrived: Arrived },
): MigrationView {
  const { precopy, bandwidth } = { ...COPY_DEFAULTS, ...copy }
  const { rounds, stopCopy, vgpu: from } = departed
  const { vgpu: to } = arrived
  return {
    id,
    uuid: to.uuid,
    name: to.name,
    vgpuType: to.vgpuType,
    state: to.state,
    from: { stateDir: source.dir, gpuBdf: from.gpuBdf, vf: from.vf },
    to: { stateDir: target.dir, gpuBdf: to.gpuBdf, vf: to.vf },
    mode: precopy ? 'pre-copy' : 'stop-and-copy',
    bandwidth,
    rounds: rounds.map((round, i) => ({ round: i + 1, ...round })),
    stopCopy,
    converged: departed.converged,
    bytes: rounds.reduce((sum, round) => sum + round.bytes, stopCopy.bytes),
    streamBytes: departed.file.length,
    totalUs: departed.totalUs + arrived.totalUs,
    downtimeUs: departed.stoppedUs + arrived.installUs,
  }
}

/**
 * A directory without a host reads as a new one, which no vGPU fits.
 * @param vgpu the vGPU that is to move there, for the hint
 * @throws NvError ENOENT, ENOTEMPTY (other files)
 */
export function requireHost(target: Side, vgpu: string): void {
  let other: NvError | null = null
  try {
    if (target.exists()) return
  } catch (error) {
    if (!(error instanceof NvError) || error.errno !== 'ENOTEMPTY') throw error
    other = error
  }
  throw new NvError({
    errno: other?.errno ?? 'ENOENT',
    code: 'not-found',
    at: 'migrate',
    message: other?.message ?? `there is no host in ${target.dir}`,
    hint: `nvgpu migrate ${shellQuote(vgpu)} --to DIR, with DIR the state directory of a host`,
    object: target.dir,
  })
}

function unreachable(dir: string, uuid: string): NvError {
  return new NvError({
    errno: 'EBUSY',
    code: 'busy',
    at: 'migrate',
    message: `${dir} is gone, so it is unknown whether vGPU ${uuid} runs there`,
    hint: `nvgpu migrate ${uuid} --abort --force`,
    object: uuid,
  })
}
