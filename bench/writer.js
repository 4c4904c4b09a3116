/** A contending writer: commits until the time is up, then prints how many. Arguments: DIR START END (ms since 1970) NAME. */
import { Store } from '../src/store/store.ts'

const [dir, start, end, name] = process.argv.slice(2)
const row = { name: 'desk', type: 874, state: 'running', note: 'x'.repeat(120), count: 0 }
const gpus = [{ bdf: '0000:c1:00.0', vgpus: Array.from({ length: 32 }, () => ({ ...row })) }]
const model = { schema: 1, initial: () => ({ schema: 1, gpus: structuredClone(gpus) }), check: () => [] }
const store = Store.open({ dir, model })
while (Date.now() < Number(start));
let done = 0
while (Date.now() < Number(end)) {
  store.transact({ id: `${name}-${done}`, time: '', command: 'bench' }, (state) => {
    state.gpus[0].vgpus[done % 32].count += 1
  })
  done += 1
}
console.log(done)
