/**
 * How many vGPUs a second come to be in one process: every rung, every message through the rings. Rounds of 32 on one GPU;
 * the best quarter of the rounds counts, for the others shared the machine. Prints JSON; its argument is the rounds.
 */
import { Session } from 'node:inspector'
import { newHost } from '../src/engine/new-host.ts'
import { enableVfs } from '../src/engine/verbs/vfs.ts'
import { createVgpu, destroyVgpus } from '../src/engine/verbs/vgpus.ts'

const PER_ROUND = 32
const rounds = Number(process.argv[2])
const host = newHost()
enableVfs(host, { count: PER_ROUND })
let created = 0

function round() {
  const start = process.hrtime.bigint()
  for (let index = 0; index < PER_ROUND; index++) {
    created += 1
    const uuid = `00000000-0000-4000-8000-${created.toString(16).padStart(12, '0')}`
    createVgpu(host, { type: 'L40-1B', uuid, uuidIsFresh: true, start: true })
  }
  const us = Number(process.hrtime.bigint() - start) / 1000
  destroyVgpus(host, { selectors: [], all: true })
  return us / PER_ROUND
}

const times = Array.from({ length: rounds }, round).sort((a, b) => a - b)
const best = times[Math.floor(rounds / 4)]

const session = new Session()
session.connect()
session.post('Profiler.enable')
session.post('Profiler.setSamplingInterval', { interval: 200 })
session.post('Profiler.start')
for (let index = 0; index < rounds; index++) round()
session.post('Profiler.stop', (_error, { profile }) => {
  const names = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame.functionName || 'unnamed']))
  const self = new Map()
  for (const id of profile.samples) self.set(names.get(id), (self.get(names.get(id)) ?? 0) + 1)
  const outside = ['(program)', '(idle)', '(root)']
  const dearest = [...self]
    .filter(([name]) => !outside.includes(name))
    .sort(([, a], [, b]) => b - a)
    .slice(0, 3)
    .map(([name, samples]) => ({ name, percent: (100 * samples) / profile.samples.length }))
  console.log(JSON.stringify({ perSecond: 1e6 / best, dearest }))
})
