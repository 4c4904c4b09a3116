import type { Migration } from '../../engine/state.ts'
import { cancelDeparture, finishDeparture, forget, withdraw } from '../../engine/verbs/migrate.ts'
import { NvError } from '../../errors/nv-error.ts'
import type { Side } from './side.ts'

/**
 * Completes one migration, whatever step it stopped at. The target's record decides: if it is `arrived`, the source
 * releases its resources. Otherwise the target first stops expecting the vGPU, and the source resumes it only when that
 * is on disk. So concurrent and interrupted attempts reach the same end.
 * @throws NvError of a step that failed; the steps before it stand, the next command does the rest
 */
export function settle(source: Side, target: Side, id: string): 'arrived' | 'withdrawn' {
  const outcome = target.change((state) => withdraw(state, id))
  if (outcome === 'arrived') {
    source.change((state) => finishDeparture(state, id))
    target.change((state) => forget(state, id))
  } else {
    source.change((state) => cancelDeparture(state, id))
  }
  return outcome
}

/** A migration that could not be settled yet, and the reason. */
export interface Unsettled {
  record: Migration
  why: string
}

/**
 * Settles the migrations of a host through the other hosts' directories. Migrations with a missing or unusable
 * directory stay as they are, for a person to decide.
 * @param peerOf the side of a state directory
 */
export function settlePending(own: Side, peerOf: (dir: string) => Side): Unsettled[] {
  return own
    .read((state) => [...state.migrations])
    .flatMap((record) => {
      let why: string | null = null
      for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
        why = hindrance(own, record, peerOf)
        if (why === null) return []
      }
      return [{ record, why: why ?? '' }]
    })
}

/** A failed message must not keep a guest paused that could run. */
const ATTEMPTS = 3

/** Settles one migration. @returns the obstacle, or null */
function hindrance(own: Side, record: Migration, peerOf: (dir: string) => Side): string | null {
  try {
    const peer = peerOf(record.peer)
    if (peer.exists()) {
      if (record.phase === 'leaving') settle(own, peer, record.id)
      else settle(peer, own, record.id)
      return null
    }
    if (record.phase !== 'expected') return `${record.peer} is gone`
    // No process can send it any more.
    own.change((state) => withdraw(state, record.id))
    return null
  } catch (error) {
    if (error instanceof NvError) return error.message
    throw error
  }
}

/** The remark about one migration. */
export function describe({ record, why }: Unsettled): string {
  const { uuid, peer, phase } = record
  return phase === 'leaving'
    ? `vGPU ${uuid} is migrating to ${peer} and is stopped: ${why}; nvgpu migrate ${uuid} --abort --force runs it here`
    : `vGPU ${uuid} came from ${peer}, which does not know yet: ${why}`
}
