import fs from 'node:fs'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { planOf } from '../../src/contract/plan.ts'
import { judge } from '../../src/contract/problems.ts'
import { GPU } from '../../src/contract/state/gpu.ts'
import { HOST, type HostState } from '../../src/contract/state/host.ts'
import { NVKM } from '../../src/contract/state/nvkm.ts'
import { QUEUE } from '../../src/contract/state/parts.ts'
import { VF } from '../../src/contract/state/vf.ts'
import { type StateContract, stateContract } from '../../src/contract/state-contract.ts'
import { count, defaulted, listOf, text } from '../../src/contract/values.ts'
import { checkHost } from '../../src/engine/invariants.ts'
import { newHost } from '../../src/engine/new-host.ts'
import { Store } from '../../src/store/store.ts'
import { scratch } from '../store/scratch.ts'
import { copyState, stateFixtures } from '../store/state-fixtures.ts'

/** The contract with one more field in each kind of place. */
const METER = v.strictObject({ watts: count })
const NEXT_VF = v.strictObject({ ...VF.entries, meter: defaulted(METER, () => ({ watts: 7 })) })
const NEXT_NVKM = v.strictObject({
  ...NVKM.entries,
  queue: defaulted(v.strictObject({ ...QUEUE.entries, lost: defaulted(count, 0) }), () => ({
    sent: 0,
    received: 0,
    writePtr: 0,
    readPtr: 0,
    lost: 0,
  })),
})
const NEXT_GPU = v.strictObject({
  ...GPU.entries,
  nvkm: NEXT_NVKM,
  vfs: defaulted(listOf(NEXT_VF), () => []),
  fans: defaulted(listOf(count), () => [1, 2]),
})
const NEXT_HOST = v.strictObject({ ...HOST.entries, motto: defaulted(text, 'none'), gpus: listOf(NEXT_GPU) })
type NextHost = v.InferOutput<typeof NEXT_HOST>

const NEXT = stateContract(planOf(NEXT_HOST), 1, [])

const newDir = scratch()
let operations = 0
const operation = () => {
  operations += 1
  return { id: `op-${operations}`, time: '2026-01-01T00:00:00Z', command: 'test' }
}

/** The directory as a program with the next contract sees it, and as today's does. */
function open<S extends HostState>(dir: string, contract?: StateContract): Store<S> {
  const initial = (): S => {
    throw new Error('there is a state')
  }
  const model = { schema: 1, initial, check: checkHost, ...(contract === undefined ? {} : { contract }) }
  return Store.open<S>({ dir, model })
}

function added(state: NextHost): unknown[] {
  return [
    state.motto,
    ...state.gpus.map(({ fans, nvkm, vfs }) => [fans, nvkm.queue.lost, vfs.map(({ meter }) => meter.watts)]),
  ]
}

function expectWhole(state: NextHost): void {
  const whole = { ...state, gpus: [...state.gpus] }
  expect(judge(NEXT_HOST, 'host', whole)).toHaveProperty('value')
}

describe('a field that is added to the contract', () => {
  it.each(stateFixtures())('F 1: needs no more than its default in $name', ({ state: from }) => {
    const dir = newDir()
    copyState(from, dir)
    const before = open<NextHost>(dir, NEXT).read()
    const fresh = ['none', ...before.gpus.map(({ vfs }) => [[1, 2], 0, vfs.map(() => 7)])]
    expect(added(before)).toEqual(fresh)
    expectWhole(before)
    const { seq } = open<NextHost>(dir, NEXT).history().at(-1) ?? { seq: 0 }
    expect(open<NextHost>(dir, NEXT).transact(operation(), () => 'nothing to change')).toBe('nothing to change')
    expect(open<NextHost>(dir, NEXT).history().at(-1)?.seq).toBe(seq)

    open<NextHost>(dir, NEXT).transact(operation(), (state) => {
      state.motto = 'more'
      for (const { fans, nvkm, vfs } of state.gpus) {
        fans.push(3)
        nvkm.queue.lost += 1
        for (const { meter } of vfs) meter.watts += 1
      }
    })
    const changed = ['more', ...before.gpus.map(({ vfs }) => [[1, 2, 3], 1, vfs.map(() => 8)])]
    expect(added(open<NextHost>(dir, NEXT).read())).toEqual(changed)
    expect(added(asNext(open<NextHost>(dir, NEXT).at(seq)))).toEqual(fresh)
    const { findings } = open<NextHost>(dir, NEXT).fsck({ repair: false })
    expect(findings.filter(({ severity }) => severity !== 'note')).toEqual([])
  })

  it('F 1: is filled into what a program that does not know it goes on writing', () => {
    const dir = newDir()
    const today = () => Store.open<HostState>({ dir, model: { schema: 1, initial: () => newHost(), check: checkHost } })
    today().transact(operation(), (state) => {
      state.now += 1
    })
    open<NextHost>(dir, NEXT).transact(operation(), (state) => {
      state.motto = 'more'
    })
    today().transact(operation(), (state) => {
      for (const { nvkm } of state.gpus) nvkm.queue = { sent: 0, received: 0, writePtr: 0, readPtr: 0 }
      state.gpus.push(...newHost({ gpus: 2 }).gpus.slice(1))
    })
    expect(added(open<NextHost>(dir, NEXT).read())).toEqual(['more', [[1, 2], 0, []], [[1, 2], 0, []]])
  })

  it('F 1: is filled into an export that lacks it', () => {
    for (const { exported } of stateFixtures()) {
      const tree = NEXT.fill([], JSON.parse(fs.readFileSync(exported, 'utf8')))
      const judged = judge(NEXT_HOST, 'host', tree)
      expect('value' in judged && judged.value.motto).toBe('none')
    }
  })
})

function asNext(tree: unknown): NextHost {
  const judged = judge(NEXT_HOST, 'host', tree)
  if ('problem' in judged) throw new Error(judged.problem)
  return judged.value
}
