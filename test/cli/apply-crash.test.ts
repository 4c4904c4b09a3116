import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SCHEMA } from '../../src/contract/state/schema-number.ts'
import { applyPlan } from '../../src/engine/declare/apply-plan.ts'
import type { Desired } from '../../src/engine/declare/desired.ts'
import { checkHost } from '../../src/engine/invariants.ts'
import { newHost } from '../../src/engine/new-host.ts'
import type { HostState } from '../../src/engine/state.ts'
import type { Files } from '../../src/store/disk/files.ts'
import { Store } from '../../src/store/store.ts'
import { boundHost } from '../engine/bound-host.ts'
import { interruptedApply } from '../reliability/interrupts.ts'
import { chosenSeed } from '../reliability/random.ts'
import { SpyFiles } from '../store/spy-files.ts'

const MODEL = { schema: SCHEMA, initial: () => newHost(), check: checkHost }

let dir: string
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'nvgpu-apply-'))
  fs.chmodSync(dir, 0o700)
})
afterEach(() => {
  fs.rmSync(dir, { recursive: true, force: true })
})

/** A GPU with so many vGPUs of one type. */
function fleet(type: string, count: number): Desired {
  const vgpus = [{ at: 'fleet', types: [type] as const, state: 'running' as const, count }]
  const gpu = { at: 'fleet', which: { selector: '0' }, vfs: 8 }
  return { host: null, types: [], gpus: [gpu], vgpus, definitions: null }
}

const uuids = ({ number }: { number: number }, attempt: number) =>
  `00000000-0000-4000-8000-${String(number * 1000 + attempt).padStart(12, '0')}`

let operations = 0
const next = () => {
  operations += 1
  return operations
}

function apply(desired: Desired, files?: Files): void {
  const store = Store.open<HostState>({ dir, model: MODEL, ...(files === undefined ? {} : { files }) })
  const operation = { id: `apply-${next()}`, time: '2026-11-22T00:00:00.000Z', command: 'apply' }
  store.transact(operation, (state) => {
    applyPlan(state, desired, uuids)
  })
}

function types(): string[] {
  const state = Store.open<HostState>({ dir, model: MODEL }).read()
  return boundHost(state)
    .vgpuViews()
    .map(({ vgpuType }) => vgpuType.name)
}

/** Every file of the state directory, byte for byte. */
function contents(): string[] {
  const files = fs.readdirSync(dir, { recursive: true, encoding: 'utf8' }).map((name) => path.join(dir, name))
  const plain = files.filter((file) => fs.statSync(file).isFile()).sort()
  return plain.map((file) => `${file} ${fs.readFileSync(file, 'latin1')}`)
}

class Killed extends Error {}

describe('an apply that is killed', () => {
  it('before any file operation leaves the old host or the new one', () => {
    apply(fleet('L40-4Q', 4))
    const before = types()
    expect(before).toHaveLength(4)
    const wanted = Array.from({ length: 2 }, () => 'NVIDIA L40-8Q')
    const copy = `${dir}.copy`
    fs.cpSync(dir, copy, { recursive: true })
    const found = { old: 0, new: 0 }
    for (let nth = 0; ; nth += 1) {
      fs.rmSync(dir, { recursive: true })
      fs.cpSync(copy, dir, { recursive: true })
      const files = new SpyFiles()
      let calls = 0
      files.before = () => {
        calls += 1
        if (calls > nth) throw new Killed()
      }
      let done = true
      try {
        apply(fleet('L40-8Q', 2), files)
      } catch {
        done = false
      }
      const after = types()
      const state = after.join() === before.join() ? 'old' : 'new'
      if (state === 'new') expect(after).toEqual(wanted)
      found[state] += 1
      // and the next apply brings it to where it was to go
      apply(fleet('L40-8Q', 2))
      expect(types()).toEqual(wanted)
      if (done) break
      expect(nth).toBeLessThan(500)
    }
    fs.rmSync(copy, { recursive: true })
    expect(found.old).toBeGreaterThan(3)
    expect(found.new).toBeGreaterThan(0)
  })

  it('at any of its steps leaves the old host', () => {
    apply(fleet('L40-4Q', 4))
    const before = contents()
    const steps = 4 + 2
    for (let nth = 0; nth < steps; nth += 1) {
      const store = Store.open<HostState>({ dir, model: MODEL })
      const operation = { id: `killed-${nth}`, time: '2026-11-22T00:00:00.000Z', command: 'apply' }
      expect(() =>
        store.transact(operation, (state) => {
          applyPlan(state, fleet('L40-8Q', 2), uuids, (_step, index) => {
            if (index === nth) throw new Killed()
          })
        }),
      ).toThrow(Killed)
      expect(contents()).toEqual(before)
    }
  })
})

describe('the built command under SIGINT', () => {
  it('leaves the old host or the new one, at whatever system call it comes', async ({ skip }) => {
    const seed = chosenSeed()
    const { counts, failures, skipped } = await interruptedApply({ seed, rounds: 24 })
    if (skipped !== undefined) skip(skipped)
    console.log(`interrupts: NVGPU_SEED=${seed}: ${counts}`)
    expect(failures).toEqual([])
  })
})
