import type { Migration } from '../../engine/state.ts'
import { cancelDeparture, finishDeparture, forget, withdraw } from '../../engine/verbs/migrate.ts'
import { NvError } from '../../errors/nv-error.ts'
import type { Side } from './side.ts'

/**
 * Brings one migration to its end, from wherever it was left. The target's record decides: is it `arrived`, the source
 * gives back what it held; otherwise the target first gives up expecting it, and only when that is on disk does the
 * source run again. So two processes that do this at once come to the same end, and so does one that is killed and
 * another after it.
 * @throws NvError of a step that failed; what was done before stands, the rest is for the next command
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

/** A migration that could not be settled now, and why. */
export interface Unsettled {
  record: Migration
  why: string
}

/**
 * Settles what a host has unsettled, by way of the other hosts' directories. A directory that is gone or cannot be used
 * leaves its migrations as they are: what became of the vGPU there is for a person to say.
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

/** A guest that could go on is not left standing because one message failed. */
const ATTEMPTS = 3

/** Settles one migration. @returns what was in the way, or null */
function hindrance(own: Side, record: Migration, peerOf: (dir: string) => Side): string | null {
  try {
    const peer = peerOf(record.peer)
    if (peer.exists()) {
      if (record.phase === 'leaving') settle(own, peer, record.id)
      else settle(peer, own, record.id)
      return null
    }
    if (record.phase !== 'expected') return `${record.peer} is gone`
    // nobody can send it any more
    own.change((state) => withdraw(state, record.id))
    return null
  } catch (error) {
    if (error instanceof NvError) return error.message
    throw error
  }
}

/** What a person is told of one. */
export function describe({ record, why }: Unsettled): string {
  const { uuid, peer, phase } = record
  return phase === 'leaving'
    ? `vGPU ${uuid} is migrating to ${peer} and stands still: ${why}; nvgpu migrate ${uuid} --abort --force runs it here`
    : `vGPU ${uuid} came from ${peer}, which does not know yet: ${why}`
}
