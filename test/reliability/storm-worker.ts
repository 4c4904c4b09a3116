import { writeSync } from 'node:fs'
import { AlreadyDone } from '../../src/store/already-done.ts'
import { Store } from '../../src/store/store.ts'
import { count, type Ledger, ledgerModel } from './ledger.ts'

/**
 * `DIR NAME FIRST COUNT`: operations from number FIRST on, each told in one line when it is acknowledged: what it was, when
 * it began and ended on the machine's one clock, and which number it was given in the order of all. Some only read.
 */
const [dir = '', name = '', first = '0', total = '0'] = process.argv.slice(2)
const store = Store.open<Ledger>({ dir, model: ledgerModel })

const sum = (state: Ledger) => Object.values(state.done).reduce((all, done) => all + done, 0)
const tell = (kind: 'change' | 'repeat' | 'read', number: number, began: bigint, order: number) =>
  writeSync(1, `${kind} ${number} ${began} ${process.hrtime.bigint()} ${order}\n`)

for (let number = Number(first); number <= Number(total); number++) {
  if (number % 5 === 0) {
    const began = process.hrtime.bigint()
    tell('read', number, began, sum(store.read()))
  }
  const began = process.hrtime.bigint()
  try {
    const order = store.transact({ id: `${name}-${number}`, time: '', command: 'x'.repeat(100) }, (state) => {
      count(name, number)(state)
      return sum(state)
    })
    tell('change', number, began, order)
  } catch (error) {
    if (!(error instanceof AlreadyDone)) throw error
    tell('repeat', number, began, error.seq ?? 0)
  }
}
