import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Desired } from '../../src/engine/declare/desired.ts'
import { makeSo } from '../../src/engine/declare/perform.ts'
import { checkHost, Host, newHost } from '../../src/engine/host.ts'
import { type HostState, SCHEMA } from '../../src/engine/state.ts'
import type { Files } from '../../src/store/files.ts'
import { Store } from '../../src/store/store.ts'
import { words } from '../reliability/stage.ts'
import { ended, recordPoints, tamper, whyNoStrace } from '../reliability/strace.ts'
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
    makeSo(new Host(state), desired, uuids)
  })
}

function types(): string[] {
  const state = Store.open<HostState>({ dir, model: MODEL }).read()
  return new Host(state).vgpus().map(({ vgpuType }) => vgpuType.name)
}

/** Every file of the state directory, byte for byte. */
function contents(): string[] {
  const files = fs.readdirSync(dir, { recursive: true, encoding: 'utf8' }).map((name) => path.join(dir, name))
  const plain = files.filter((file) => fs.statSync(file).isFile()).sort()
  return plain.map((file) => `${file} ${fs.readFileSync(file, 'latin1')}`)
}

class Killed extends Error {}

describe('an apply that is killed', () => {
  it('before any file operation leaves the old host or the new one', { timeout: 120_000 }, () => {
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
          makeSo(new Host(state), fleet('L40-8Q', 2), uuids, (_step, index) => {
            if (index === nth) throw new Killed()
          })
        }),
      ).toThrow(Killed)
      expect(contents()).toEqual(before)
    }
  })
})

const NO_STRACE = whyNoStrace()
if (NO_STRACE !== undefined) console.log(`skipped: ${NO_STRACE}`)

describe('the built command under SIGINT', () => {
  it.skipIf(NO_STRACE !== undefined)(
    'leaves the old host or the new one, at whatever system call it comes',
    { timeout: 180_000 },
    async () => {
      const place = path.join(dir, 'place')
      fs.mkdirSync(place)
      const nvgpu = (line: string, where: string) =>
        ended(process.execPath, [path.resolve('bin/nvgpu.cjs'), ...words(where, line)], where)
      fs.writeFileSync(path.join(place, 'old.yaml'), 'gpus: [{gpu: 0, vfs: 8}]\nvgpus: [{type: L40-4Q, count: 4}]\n')
      fs.writeFileSync(path.join(place, 'new.yaml'), 'gpus: [{gpu: 0, vfs: 4}]\nvgpus: [{type: L40-8Q, count: 2}]\n')
      expect((await nvgpu('apply -f @old.yaml', place)).status).toBe(0)
      const copy = (name: string) => {
        const made = path.join(dir, name)
        fs.cpSync(place, made, { recursive: true })
        return made
      }
      const line = 'apply -f @new.yaml'
      const { points, ending } = await recordPoints(copy('recorded'), line)
      expect(ending.status).toBe(0)
      const left: string[] = []
      for (const [index, point] of points.entries()) {
        const at = copy(`interrupted${index}`)
        const { ending: cut, hit } = await tamper(at, line, point, 'signal=INT')
        // which of the threads is the first to ask how many processors there are differs: then another call is hit, or none
        const struck = hit === point.subject
        // at the very last call, which is the end of the process, it may come too late
        if (struck && point.call !== 'exit_group')
          expect(cut.signal === 'SIGINT' || cut.status === 130, JSON.stringify(point)).toBe(true)
        expect(cut.stderr).toBe('')
        const { stdout } = await nvgpu('vgpu list -o csv', at)
        const old = stdout.split('\n').filter((row) => row.includes('L40-4Q')).length
        const fresh = stdout.split('\n').filter((row) => row.includes('L40-8Q')).length
        expect([
          [4, 0],
          [0, 2],
        ]).toContainEqual([old, fresh])
        if (struck) left.push(old > 0 ? 'old' : 'new')
        // nothing is said of what was not committed
        if (old > 0) expect(cut.stdout).toBe('')
        fs.rmSync(at, { recursive: true })
      }
      expect(left.length).toBeGreaterThan(points.length * 0.9)
      const first = left.indexOf('new')
      expect(first).toBeGreaterThan(3)
      expect(left.slice(first)).not.toContain('old')
    },
  )
})
