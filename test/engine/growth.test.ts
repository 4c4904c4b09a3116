import { describe, expect, it } from 'vitest'
import { applyPlan } from '../../src/engine/declare/apply-plan.ts'
import { describeHost } from '../../src/engine/declare/describe.ts'
import type { DefinitionRequest, Desired, VgpuRequest } from '../../src/engine/declare/desired.ts'
import { diffHost } from '../../src/engine/declare/diff.ts'
import { diffViews } from '../../src/engine/declare/diff-views.ts'
import { definitionNamed, startsAny } from '../../src/engine/definitions/index-of.ts'
import { configured } from '../../src/engine/select.ts'
import { boundHost } from './bound-host.ts'
import { gpuOf, hostOf, uuidOf } from './host-of.ts'

const FEW = 150
const TIMES = 4

function desired(count: number, start: 'auto' | 'manual'): Desired {
  const definitions = Array.from({ length: count }, (_, n): DefinitionRequest => {
    return { at: `file:${n}`, types: ['L40-1B'], name: `d${n}`, gpu: '0', start, attrs: [] }
  })
  return { host: null, types: [], gpus: [], vgpus: null, definitions }
}

/** A host that counts reads of its definitions. */
function counted() {
  const { state } = hostOf()
  const seen = { reads: 0 }
  state.definitions = new Proxy(state.definitions, {
    get(target, key, receiver) {
      seen.reads += 1
      return Reflect.get(target, key, receiver)
    },
    getOwnPropertyDescriptor(target, key) {
      seen.reads += 1
      return Reflect.getOwnPropertyDescriptor(target, key)
    },
  })
  return { state, host: boundHost(state), seen }
}

type Counted = ReturnType<typeof counted>
const source = ({ number }: { number: number }, attempt: number) => uuidOf(number + attempt * 100_000)
const apply = ({ state }: Counted, count: number, start: 'auto' | 'manual') =>
  applyPlan(state, desired(count, start), source)
const manual = (made: Counted, count: number) => apply(made, count, 'manual')
const auto = (made: Counted, count: number) => apply(made, count, 'auto')
const nothing = () => []

const WORK: [string, (made: Counted, count: number) => unknown, (made: Counted, count: number) => unknown][] = [
  ['apply makes them', nothing, manual],
  ['apply lets them start at boot', manual, auto],
  ['apply lets them start no more', auto, manual],
  ['apply takes them away', auto, (made) => apply(made, 0, 'auto')],
  ['apply finds them as they are to be', manual, manual],
  ['diff', auto, ({ state }, count) => diffViews(diffHost(desired(count, 'manual'), state))],
  ['export', manual, ({ state }) => describeHost(state)],
  ['list', manual, ({ host }) => host.listVgpus({ active: false, defined: true })],
  ['autostart --all', manual, ({ host }) => host.autostartVgpus({ selectors: [], all: true, on: true })],
  ['autostart --all --off', auto, ({ host }) => host.autostartVgpus({ selectors: [], all: true, on: false })],
  ['undefine --all', auto, ({ host }) => host.undefineVgpus({ selectors: [], all: true })],
  [
    'undefine by name',
    auto,
    ({ host }, count) => host.undefineVgpus({ selectors: Array.from({ length: count }, (_, n) => `d${n}`) }),
  ],
  ['reboot', auto, ({ host }) => host.rebootHost()],
  [
    'a file of mdevctl',
    nothing,
    ({ host, state }, count) => {
      const devices = Array.from({ length: count }, (_, n) => {
        return { parent: gpuOf(state).bdf, uuid: uuidOf(n), type: 'nvidia-869', start: 'auto' as const, attrs: [] }
      })
      return host.defineAll({ devices, uuid: '' })
    },
  ],
]

describe('E 6: definitions are read in proportion to their number by', () => {
  it.each(WORK)('%s', (_, prepare, work) => {
    const reads = (count: number) => {
      const made = counted()
      prepare(made, count)
      made.seen.reads = 0
      work(made, count)
      return made.seen.reads
    }
    const [few, many] = [reads(FEW), reads(FEW * TIMES)]
    expect(few).toBeGreaterThan(0)
    expect(many).toBeLessThanOrEqual(few * TIMES * 1.2)
  })
})

describe('E 6: GPUs are read in proportion to the named vGPUs by', () => {
  it.each(['running', 'configured', 'paused'] as const)('apply that makes them %s', (wanted) => {
    const reads = (gpus: number) => {
      const { state } = hostOf({ gpus })
      const seen = { reads: 0 }
      state.gpus = new Proxy(state.gpus, {
        get(target, key, receiver) {
          seen.reads += 1
          return Reflect.get(target, key, receiver)
        },
      })
      const of = (n: number) => ({ gpu: String(n), at: `file:${n}` })
      const numbers = Array.from({ length: gpus }, (_, n) => n)
      const vgpus = numbers.flatMap((n) =>
        ['a', 'b', 'c', 'd'].map((letter): VgpuRequest => {
          return { ...of(n), name: `${letter}${n}`, types: ['L40-1B'], state: wanted, count: 1 }
        }),
      )
      const rows = numbers.map((n) => ({ at: `file:${n}`, which: { selector: String(n) }, vfs: 4 }))
      applyPlan(state, { host: null, types: [], gpus: rows, vgpus, definitions: null }, source)
      expect(configured(state)).toHaveLength(4 * gpus)
      return seen.reads
    }
    const [few, many] = [reads(4), reads(4 * TIMES)]
    expect(many).toBeLessThanOrEqual(few * TIMES * 1.2)
  })

  it('a name that two vGPUs cannot have is refused in the middle of apply', () => {
    const { state, host } = hostOf({ gpus: 2 })
    host.enableVfs({ gpu: '1', count: 2 })
    host.createVgpu({ type: 'L40-1B', uuid: uuidOf(1), name: 'a', gpu: '1', start: true })
    const request = { at: 'file:1', which: { selector: '0' }, vfs: 2 }
    const vgpu = { at: 'file:2', uuid: uuidOf(2), name: 'a', types: ['L40-1B'], count: 1 } as const
    const wanted = { host: null, types: [], gpus: [{ ...request, vgpus: [vgpu] }], vgpus: null, definitions: null }
    expect(() => applyPlan(state, wanted, source)).toThrow(/the name "a" belongs to the vGPU/)
  })
})

describe('E 6: what definitions are found by', () => {
  it('follows each of their changes', () => {
    const { state, host } = hostOf({ gpus: 2 })
    const [first, second] = [gpuOf(state, 0).bdf, gpuOf(state, 1).bdf]
    const found = (name: string) => definitionNamed(state, name)?.uuid
    expect([found('a'), startsAny(state, first)]).toEqual([undefined, false])
    host.defineVgpu({ uuid: uuidOf(1), type: 'L40-4Q', gpu: '0', name: 'a', start: 'auto' })
    expect([found('a'), startsAny(state, first), startsAny(state, second)]).toEqual([uuidOf(1), true, false])
    host.modifyVgpu({ vgpu: 'a', name: 'b', gpu: '1' })
    expect([found('a'), found('b'), startsAny(state, first), startsAny(state, second)]).toEqual([
      undefined,
      uuidOf(1),
      false,
      true,
    ])
    host.defineVgpu({ uuid: uuidOf(2), type: 'L40-4Q', gpu: '1', name: 'a', start: 'auto' })
    host.autostartVgpus({ selectors: ['b'], on: false })
    expect(startsAny(state, second)).toBe(true)
    expect(() => host.modifyVgpu({ vgpu: 'b', name: 'a' })).toThrow(/belongs to the defined vGPU/)
    host.undefineVgpus({ selectors: ['a'] })
    expect([found('a'), startsAny(state, second)]).toEqual([undefined, false])
    host.modifyVgpu({ vgpu: 'b', name: 'a' })
    state.definitions = {}
    expect(found('a')).toBeUndefined()
  })
})
