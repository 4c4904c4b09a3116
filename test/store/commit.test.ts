import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { AlreadyDone } from '../../src/store/already-done.ts'
import { Store } from '../../src/store/store.ts'
import { scratch } from './scratch.ts'
import { SpyFiles } from './spy-files.ts'
import { fill, gpu, increment, incrementBoth, model, operation, type Tree } from './tree.ts'

const newDir = scratch()

const open = (dir: string, files = new SpyFiles()) => Store.open<Tree>({ dir, model, files })

describe('a store', () => {
  it('reads the initial state where nothing is, and leaves nothing behind', () => {
    const dir = newDir()
    expect(open(dir).read()).toEqual(model.initial())
    expect(existsSync(dir)).toBe(false)
  })

  it('keeps a change for the next process and returns what the verb returned', () => {
    const dir = newDir()
    expect(open(dir).transact(operation(), incrementBoth)).toBe(2)
    const state = open(dir).read()
    expect(state.total).toBe(2)
    expect(state.gpus.map(({ count }) => count)).toEqual([1, 1])
  })

  it('lets nobody else into what it makes, whatever the umask', () => {
    const dir = newDir()
    const umask = process.umask(0o277)
    try {
      open(dir).transact(operation(), fill)
      open(dir).transact(operation(), increment())
      open(dir).transact(operation(), fill)
    } finally {
      process.umask(umask)
    }
    const modes = [dir, `${dir}/shards`].map((path) => statSync(path).mode & 0o777)
    expect(modes).toEqual([0o700, 0o700])
    const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    expect(files.length).toBeGreaterThan(3)
    for (const { parentPath, name } of files) expect(statSync(`${parentPath}/${name}`).mode & 0o777).toBe(0o600)
  })

  it('syncs exactly once a commit, the first one too, and never for a reader', () => {
    const files = new SpyFiles()
    const dir = newDir()
    for (let round = 0; round < 5; round++) {
      files.clear()
      // A new object each time is what a new process is; the same one again is a batch.
      open(dir, files).transact(operation(), increment())
      expect(files.count('fdatasync')).toBe(1)
      expect(files.count('fsync')).toBe(0)
      expect(files.count('write')).toBe(1)
    }
    files.clear()
    open(dir, files).read().gpus.at(0)
    expect(files.count('write', 'fsync', 'fdatasync', 'mkdir', 'rename', 'unlink')).toBe(0)
  })

  it('writes nothing when the verb changes nothing', () => {
    const files = new SpyFiles()
    const dir = newDir()
    expect(open(dir, files).transact(operation(), (state) => state.gpus.length)).toBe(2)
    expect(existsSync(dir)).toBe(false)
    open(dir).transact(operation(), increment())
    files.clear()
    open(dir, files).transact(operation(), (state) => {
      for (const each of state.gpus) each.count += 0
    })
    expect(files.count('write', 'fdatasync')).toBe(0)
  })

  it('commits nothing when the verb throws, and passes the error on', () => {
    const dir = newDir()
    const refusal = new Error('no')
    const verb = (state: Tree) => {
      increment()(state)
      throw refusal
    }
    expect(() => open(dir).transact(operation(), verb)).toThrow(refusal)
    expect(existsSync(dir)).toBe(false)
  })

  it('commits what a refused verb did when the refusal asks for it', () => {
    const dir = newDir()
    const refusal = Object.assign(new Error('no'), { commitAnyway: true })
    const verb = (state: Tree) => {
      increment()(state)
      throw refusal
    }
    expect(() => open(dir).transact(operation(), verb)).toThrow(refusal)
    expect(open(dir).read().total).toBe(1)
  })

  it('refuses a verb that breaks the rules of the model, as a bug', () => {
    const dir = newDir()
    const store = open(dir)
    store.transact(operation(), incrementBoth)
    const verb = (state: Tree) => {
      for (const each of state.gpus) each.count++
    }
    expect(() => store.transact(operation(), verb)).toThrow(/breaks its rules: the counts give 4/)
    expect(open(dir).read().gpus[0]?.count).toBe(1)
  })

  it('does not apply an operation twice, before and after checkpoints, and says which change it was', () => {
    const dir = newDir()
    open(dir).transact(operation('once'), increment())
    const again = () => open(dir).transact(operation('once'), increment())
    expect(again).toThrow(AlreadyDone)
    try {
      again()
    } catch (error) {
      expect(error).toMatchObject({ id: 'once', seq: 1 })
    }
    for (let round = 0; round < 12; round++) open(dir).transact(operation(), fill)
    expect(existsSync(`${dir}/log.0.jsonl`)).toBe(false)
    expect(again).toThrow(AlreadyDone)
    expect(open(dir).read().total).toBe(1)
  })

  it('syncs before it says that an operation has been done, for its writer may have been killed before', () => {
    const dir = newDir()
    open(dir).transact(operation('once'), increment())
    const files = new SpyFiles()
    expect(() => open(dir, files).transact(operation('once'), increment())).toThrow(AlreadyDone)
    expect(files.count('fdatasync')).toBe(1)
    expect(files.count('write')).toBe(0)
  })

  it('carries the whole initial state in the first record, so that another default later changes nothing', () => {
    const dir = newDir()
    open(dir).transact(operation(), increment(1))
    const other = { ...model, initial: (): Tree => ({ schema: 1, total: 9, name: 'other', gpus: [] }) }
    const state = Store.open<Tree>({ dir, model: other }).read()
    expect(state).toMatchObject({ name: 'first', total: 1 })
    expect(state.gpus).toHaveLength(2)
  })

  it('tells its history with commands and patches, the newest last, across checkpoints', () => {
    const dir = newDir()
    const store = open(dir)
    const ids = Array.from({ length: 9 }, (_, index) => {
      store.transact(operation(`h${index}`), index % 3 === 2 ? fill : increment())
      return `h${index}`
    })
    const entries = open(dir).history()
    expect(entries.map(({ id }) => id)).toEqual(ids)
    expect(entries.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(entries[3]).toMatchObject({ command: 'nvgpu test h3', time: '2026-01-02T03:04:05.678Z' })
    expect(entries[3]?.patch).toEqual([
      [['total'], 3],
      [['gpus', 0, 'count'], 3],
    ])
    expect(
      open(dir)
        .history(2)
        .map(({ id }) => id),
    ).toEqual(['h7', 'h8'])
    expect(open(newDir()).history()).toEqual([])
  })

  it('can have its whole state replaced', () => {
    const dir = newDir()
    const store = open(dir)
    store.transact(operation(), incrementBoth)
    store.transact(operation(), fill)
    store.transact(operation(), (state) => {
      state.name = 'new'
      state.total = 5
      state.gpus = [{ ...gpu(4), count: 5 }, gpu(1), gpu(7)]
    })
    const expected = { schema: 1, total: 5, name: 'new', gpus: [{ ...gpu(4), count: 5 }, gpu(1), gpu(7)] }
    expect(open(dir).read()).toEqual(expected)
    store.transact(operation(), fill)
    expect({ ...open(dir).read(), name: 'new' }).toEqual(expected)
    store.transact(operation(), (state) => {
      state.gpus.length = 0
      state.gpus.push(gpu(1), { ...gpu(2), count: 5 })
    })
    expect(open(dir).read().gpus).toEqual([gpu(1), { ...gpu(2), count: 5 }])
  })

  it('refuses two GPUs of one address, or one without', () => {
    const store = open(newDir())
    expect(() => store.transact(operation(), (state) => state.gpus.push(gpu(1)))).toThrow(/two GPUs/)
    const climbing = { ...gpu(1), bdf: '../../etc' }
    expect(() => store.transact(operation(), (state) => state.gpus.push(climbing))).toThrow(/PCI address/)
  })

  it('passes over files that are not its own', () => {
    const dir = newDir()
    mkdirSync(dir, { mode: 0o700 })
    const names = ['README', 'snap.x.json', 'snap.01.json', 'log.1.jsonl.bak', '.snap.3.json']
    for (const name of names) writeFileSync(`${dir}/${name}`, 'mine')
    const store = open(dir)
    for (let round = 0; round < 12; round++) store.transact(operation(), fill)
    for (const name of names) expect(readFileSync(`${dir}/${name}`, 'utf8')).toBe('mine')
    expect(open(dir).read().name).toMatch(/^b/)
  })

  it('takes as operation id only what cannot be mistaken in a list of ids', () => {
    for (const id of ['', 'a b', '"', 'x'.repeat(129)]) {
      expect(() => open(newDir()).transact(operation(id), increment())).toThrow(/operation id/)
    }
  })

  it('stands by a change whose log could not be closed: the disk had confirmed it', () => {
    const dir = newDir()
    const files = new SpyFiles()
    const close = files.close.bind(files)
    files.close = (fd) => {
      close(fd)
      throw Object.assign(new Error('EIO: i/o error, close'), { code: 'EIO', syscall: 'close' })
    }
    open(dir).transact(operation(), increment())
    expect(open(dir, files).transact(operation(), increment())).toBe(2)
    expect(open(dir, files).read().total).toBe(2)
  })
})
