/** A contending writer: makes its commits from START on, then prints when the last was durable. Arguments: DIR START (ms since 1970) COUNT NAME. */
import { Store } from '../src/store/store.ts'

const [dir, start, count, name] = process.argv.slice(2)
const row = { name: 'desk', type: 874, state: 'running', note: 'x'.repeat(120), count: 0 }
const gpus = [{ bdf: '0000:c1:00.0', vgpus: Array.from({ length: 32 }, () => ({ ...row })) }]
const model = { schema: 1, initial: () => ({ schema: 1, gpus: structuredClone(gpus) }), check: () => [] }
const store = Store.open({ dir, model })
while (Date.now() < Number(start));
for (let done = 0; done < Number(count); done++) {
  store.transact({ id: `${name}-${done}`, time: '', command: 'bench' }, (state) => {
    state.gpus[0].vgpus[done % 32].count += 1
  })
}
console.log(Date.now())
