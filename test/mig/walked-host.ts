import fs from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'
import type { Context } from '../../src/app/context.ts'
import { redo, undo } from '../../src/app/history/bring-back.ts'
import { Side } from '../../src/app/migration/side.ts'
import { nodeIo } from '../../src/app/node-io.ts'
import { STATE } from '../../src/contract/state-contract.ts'
import { copyState } from '../../src/engine/copy-state.ts'
import { checkHost } from '../../src/engine/invariants.ts'
import { newHost } from '../../src/engine/new-host.ts'
import type { HostState } from '../../src/engine/state.ts'
import { NvError } from '../../src/errors/nv-error.ts'
import { Store } from '../../src/store/store.ts'
import { boundHost, type Host } from '../engine/bound-host.ts'
import { lasting } from '../engine/host-of.ts'

/** A state directory in which every change is made as a command makes it, and what was there before each. */
export class WalkedHost {
  readonly side: Side
  readonly #dir: string
  /** The states before the changes that `undo` can revert, the newest last. */
  #past: HostState[] = []
  /** The newest state, until the next change. */
  #read: HostState | null = null
  #operations = 0

  constructor(dir: string, options: Parameters<typeof newHost>[0]) {
    fs.mkdirSync(dir)
    this.#dir = dir
    this.side = new Side(dir, () => {
      this.#operations += 1
      return { id: `${path.basename(dir)}-${this.#operations}`, time: '2026-01-01T00:00:00Z', command: 'walk' }
    })
    this.side.change((state) => Object.assign(state, newHost(options)))
  }

  /** What is on the disk. */
  get state(): HostState {
    this.#read ??= this.side.read(copyState)
    return this.#read
  }

  /** Runs a verb; a refused one leaves no trace in the tree nor on the disk. @returns the refusal, or null */
  change(act: (host: Host) => unknown): NvError | null {
    const before = this.state
    const newest = this.#newest()
    try {
      this.side.change((state) => {
        try {
          return act(boundHost(state))
        } catch (error) {
          if (error instanceof NvError) expect(lasting(state), error.message).toEqual(lasting(before))
          throw error
        }
      })
    } catch (error) {
      if (!(error instanceof NvError)) throw error
      expect(this.side.read(copyState)).toEqual(before)
      return error
    }
    if (this.#newest() > newest) {
      this.#past.push(before)
      this.#read = null
    }
    return null
  }

  /** A migration changed it. From here on `undo` refuses to go back: one between two hosts is not undone on one of them. */
  otherwiseChanged(): void {
    this.#past = []
    this.#read = null
  }

  /** Reverts the newest changes, and with `again` repeats them: the whole tree is each time as it was. @returns their number */
  async undo(times: number, again: boolean): Promise<number> {
    const undone: HostState[] = []
    for (; undone.length < times && this.#past.length > 0; ) {
      undone.push(this.state)
      await undo(this.#context('undo'), undefined, false)
      this.#read = null
      expect(this.state).toEqual(this.#past.pop())
    }
    for (const after of again ? [...undone].reverse() : []) {
      this.#past.push(this.state)
      await redo(this.#context('redo'), false)
      this.#read = null
      expect(this.state).toEqual(after)
    }
    return undone.length
  }

  #newest(): number {
    const model = { schema: STATE.schema, contract: STATE, initial: () => newHost(), check: checkHost }
    return Store.open<HostState>({ dir: this.#dir, model }).history(1).at(-1)?.seq ?? 0
  }

  #context(word: string): Context {
    const settings = { stateDir: this.#dir, dryRun: false, operationId: undefined }
    return { io: nodeIo, settings, argv: [word] }
  }
}
