import { SCHEMA } from '../../src/contract/state/schema-number.ts'
import { checkHost } from '../../src/engine/invariants.ts'
import { newHost } from '../../src/engine/new-host.ts'
import type { HostState } from '../../src/engine/state.ts'
import { Store } from '../../src/store/store.ts'

/** Has the log end, and so everything of it put into shards and files of words. */
export function checkpoint(dir: string): void {
  const model = { schema: SCHEMA, initial: () => newHost(), check: checkHost }
  const operation = { id: `fill-${serial++}`, time: '', command: 'x'.repeat(30_000) }
  Store.open<HostState>({ dir, model }).transact(operation, (state) => {
    state.now += 1
  })
}

let serial = 0
