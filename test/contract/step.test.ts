import { describe, expect, it } from 'vitest'
import { planOf } from '../../src/contract/plan.ts'
import { HOST, type HostState } from '../../src/contract/state/host.ts'
import { type StateContract, stateContract } from '../../src/contract/state-contract.ts'
import { type Step, upgraded } from '../../src/contract/upgrade/steps.ts'
import { checkHost } from '../../src/engine/invariants.ts'
import { Store } from '../../src/store/store.ts'
import { scratch } from '../store/scratch.ts'
import { copyState, stateFixtures } from '../store/state-fixtures.ts'

/** A made-up step: from schema 2 on the release of the driver has a prefix. */
const PREFIX: Step = { to: 2, run: (tree) => ({ ...tree, driverVersion: `R${String(tree.driverVersion)}` }) }
const SECOND = stateContract(planOf(HOST), 2, [PREFIX])
const FIRST = stateContract(planOf(HOST), 1, [])

const newDir = scratch()
let operations = 0
const operation = () => {
  operations += 1
  return { id: `op-${operations}`, time: '2026-01-01T00:00:00Z', command: 'test' }
}

function open(dir: string, contract: StateContract): Store<HostState> {
  const initial = () => expect.fail('there is a state')
  return Store.open<HostState>({ dir, model: { schema: contract.schema, contract, initial, check: checkHost } })
}

const facts = ({ schema, driverVersion, now, gpus }: HostState) => ({ schema, driverVersion, now, gpus: gpus.length })
const tick = (state: HostState) => {
  state.now += 1
}

describe('a step between two schemas', () => {
  it.each(stateFixtures())('F 1: is made by the first change of $name, and by every look before it', ({ state }) => {
    const dir = newDir()
    copyState(state, dir)
    const old = facts(open(dir, FIRST).read())
    const expected = { ...old, schema: 2, driverVersion: `R${old.driverVersion}` }
    expect(facts(open(dir, SECOND).read())).toEqual(expected)
    expect(facts(open(dir, FIRST).read())).toEqual(old)

    open(dir, SECOND).transact(operation(), tick)
    expect(facts(open(dir, SECOND).read())).toEqual({ ...expected, now: old.now + 1 })
    open(dir, SECOND).transact(operation(), tick)
    expect(facts(open(dir, SECOND).read())).toEqual({ ...expected, now: old.now + 2 })
    expect(() => open(dir, FIRST).read()).toThrow(expect.objectContaining({ code: 'newer-schema' }))
    const { findings } = open(dir, SECOND).fsck({ repair: false })
    expect(findings.filter(({ severity }) => severity !== 'note')).toEqual([])
    const { seq = 0 } = open(dir, SECOND).history().at(-1) ?? {}
    expect(open(dir, SECOND).at(seq - 2)).toMatchObject({
      schema: 2,
      driverVersion: expected.driverVersion,
      now: old.now,
    })
  })

  it('F 1: loses no change that an older program makes meanwhile', () => {
    const [fixture] = stateFixtures()
    const dir = newDir()
    copyState(fixture?.state ?? '', dir)
    const before = open(dir, FIRST).read().now
    let runs = 0
    open(dir, SECOND).transact(operation(), (state) => {
      runs += 1
      if (runs === 1) open(dir, FIRST).transact(operation(), tick)
      tick(state)
    })
    const { now, schema } = open(dir, SECOND).read()
    expect([runs, schema, now]).toEqual([2, 2, before + 2])
  })

  it('F 1: follows the one before it', () => {
    const steps: Step[] = [2, 3, 4].map((to) => ({
      to,
      run: (tree) => ({ ...tree, path: `${String(tree.path)}${to}` }),
    }))
    expect(upgraded(steps, { schema: 2, path: '' })).toEqual({ schema: 4, path: '34' })
    expect(upgraded(steps, { schema: 4, path: '' })).toEqual({ schema: 4, path: '' })
  })
})
