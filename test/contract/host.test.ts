import fc from 'fast-check'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { readHostFile } from '../../src/app/documents/host-file.ts'
import { hostProblem } from '../../src/contract/read-host.ts'
import { newHost } from '../../src/engine/new-host.ts'
import { findVgpu } from '../../src/engine/select.ts'
import { NvError } from '../../src/errors/nv-error.ts'
import { boundHost } from '../engine/bound-host.ts'

vi.mock('../../src/engine/select.ts', { spy: true })

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

let exported = ''
beforeAll(() => {
  const state = newHost({ gpus: 2 })
  const host = boundHost(state)
  host.enableVfs({ gpu: '0', count: 3 })
  host.createVgpu({
    type: 'L40-4Q',
    gpu: '0',
    uuid: '11111111-2222-4333-8444-555555555555',
    name: 'desk7',
    start: true,
  })
  host.createVgpu({ type: 'L40-4Q', gpu: '0', uuid: '11111111-2222-4333-8444-666666666666', start: false })
  exported = JSON.stringify(state)
})

describe('the shape of a host', () => {
  it('is that of hosts in every state of life', () => {
    expect(hostProblem(JSON.parse(exported))).toBeUndefined()
    const state = newHost({ profile: 'rfc-v1' })
    const host = boundHost(state)
    expect(hostProblem(state)).toBeUndefined()
    host.uploadTypes([host.typeRecord('L40-1B')])
    host.enableVfs({ count: 2 })
    host.createVgpu({ type: '869', uuid: '11111111-2222-4333-8444-555555555555', start: true })
    host.stopVgpus({ selectors: [], all: true })
    expect(hostProblem(state)).toBeUndefined()
    expect(hostProblem(newHost({ vgpu: false }))).toBeUndefined()
  })

  it('has the channel offsets of a task as a text, and of before by engine type', () => {
    const problem = (chidOffset: unknown) => {
      const state = JSON.parse(exported)
      Object.assign(state.gpus[0].gsp.plugins[1], { chidOffset })
      return hostProblem(state)
    }
    for (const good of ['512:1,9-13', '512:1 640:9-13,19', '', { 1: 512, 9: 512 }])
      expect(problem(good)).toBeUndefined()
    for (const bad of ['512', '512:1 ', '512:1,', '512:a', '512:1-', { x: 1 }, ['512:1'], null]) {
      expect(problem(bad), JSON.stringify(bad)).toContain('chidOffset')
    }
  })

  it('has no member that may be left out, replaced by another kind of value, or joined by a foreign one', () => {
    const odd: Json[] = [null, true, -1, 0.5, 2 ** 60, 'x', [], {}]
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat(1000)), fc.constantFrom('drop', 'replace', 'add'), (choices, fault) => {
        const tree: Json = JSON.parse(exported)
        const { parent, key } = pick(tree, () => choices.next().value ?? 0)
        const before = JSON.stringify(parent)
        if (fault === 'add' && !Array.isArray(parent)) parent['__foreign-'] = 1
        else if (fault === 'drop' && !Array.isArray(parent)) delete parent[key]
        else put(parent, key, odd[(choices.next().value ?? 0) % odd.length] ?? null)
        fc.pre(JSON.stringify(parent) !== before)
        // It is told, or it is a host all the same (a nullable member, a record, a list): then nothing may go wrong.
        if (hostProblem(tree) !== undefined) return
        expectSafe(JSON.stringify(tree))
      }),
      { numRuns: 400 },
    )
  })
})

describe('an imported file', () => {
  it('is refused where GSP was sent a type whose record is neither there nor in the catalogue', () => {
    const tree = JSON.parse(exported)
    expect(tree.gpus[0].gsp.types[0]).toEqual({ vgpuType: 869, blob: null })
    tree.gpus[0].gsp.types[0].vgpuType = 5000
    expect(() => readHostFile('x.json', new TextEncoder().encode(JSON.stringify(tree)))).toThrow(
      'x.json is no host: GSP has no record of type 5000',
    )
  })

  it.each(['日本', 'x'.repeat(33)])(
    'is refused where the driver of a guest is %s, which no message carries',
    (version) => {
      const tree = JSON.parse(exported)
      tree.gpus[0].gsp.plugins[1].guest.guestDriverVersion = version
      expect(() => readHostFile('x.json', new TextEncoder().encode(JSON.stringify(tree)))).toThrow(
        'x.json is no host: NV2080_GUEST_VM_INFO.guestDriverVersion: ',
      )
    },
  )

  it('has each vGPU looked at without a search for it among all', () => {
    vi.mocked(findVgpu).mockClear()
    readHostFile('x.json', new TextEncoder().encode(exported))
    expect(findVgpu).not.toHaveBeenCalled()
  })

  it('is taken or refused with an NvError whatever stands in it', () => {
    const place = fc.nat(1_000_000)
    fc.assert(
      fc.property(
        fc.array(fc.tuple(place, fc.constantFrom('0', '9', '"', 'f', '-', '{', 'e')), { minLength: 1, maxLength: 3 }),
        (edits) => {
          let text = exported
          for (const [at, character] of edits) {
            const index = at % text.length
            text = text.slice(0, index) + character + text.slice(index + 1)
          }
          expectSafe(text)
        },
      ),
      { numRuns: 300 },
    )
    for (const text of ['', 'null', '1', '"x"', '[]', '{}', '['.repeat(100_000), '\u0000', '{"schema":1}'])
      expectSafe(text)
    expect(() => readHostFile('x', new Uint8Array([0xff, 0xfe]))).toThrow(NvError)
  })
})

/** Either the file is refused in words, or every view of the host can be made. */
function expectSafe(text: string): void {
  try {
    const host = boundHost(readHostFile('file', new TextEncoder().encode(text)))
    host.gpuViews()
    host.vgpuViews().map((vgpu) => host.vgpuViewOf(vgpu.uuid))
  } catch (error) {
    if (!(error instanceof NvError)) throw error
    expect(['invalid-file', 'newer-schema']).toContain(error.code)
  }
}

/** A random place in the tree. */
function pick(tree: Json, next: () => number): { parent: Json[] | { [key: string]: Json }; key: string } {
  let parent: Json = tree
  for (;;) {
    if (parent === null || typeof parent !== 'object') throw new Error('no container')
    const keys = Object.keys(parent)
    const key = keys[next() % keys.length] ?? ''
    const child: Json | undefined = Array.isArray(parent) ? parent[Number(key)] : parent[key]
    if (child === null || typeof child !== 'object' || Object.keys(child).length === 0 || next() % 8 === 0) {
      return { parent, key }
    }
    parent = child
  }
}

function put(parent: Json[] | { [key: string]: Json }, key: string, value: Json): void {
  if (Array.isArray(parent)) parent[Number(key)] = value
  else parent[key] = value
}
