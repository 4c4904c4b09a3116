import { writeSync } from 'node:fs'
import { AlreadyDone } from '../../src/store/already-done.ts'
import { Store } from '../../src/store/store.ts'
import type { Tree } from './tree.ts'

/** Runs `count` operations from number `first` on and says each one's number once it is acknowledged. */
const [dir = '', name = '', first = '0', count = '0'] = process.argv.slice(2)

const gpus = ['0000:c1:00.0', '0000:c2:00.0'].map((bdf) => ({ bdf, count: 0, notes: [], padding: '' }))
const model = {
  schema: 1,
  initial: (): Tree => ({ schema: 1, total: 0, name: 'hammered', gpus: structuredClone(gpus) }),
  check: () => [],
}
const store = Store.open<Tree>({ dir, model })

for (let number = Number(first); number < Number(count); number++) {
  try {
    store.transact({ id: `${name}-${number}`, time: '', command: 'x'.repeat(200) }, (state) => {
      state.total += 2
      for (const gpu of state.gpus) gpu.count++
    })
  } catch (error) {
    if (!(error instanceof AlreadyDone)) throw error
  }
  writeSync(1, `${number}\n`)
}
