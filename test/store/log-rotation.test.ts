import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { AlreadyDone } from '../../src/store/already-done.ts'
import { Store } from '../../src/store/store.ts'
import { scratch } from './scratch.ts'
import { SpyFiles } from './spy-files.ts'
import { fill, increment, model, operation, type Tree } from './tree.ts'

const newDir = scratch()
const open = (dir: string, files = new SpyFiles()) => Store.open<Tree>({ dir, model, files })

class Killed extends Error {}

/** File operations that stop before one of them on a path that ends like this, once. */
function stopping(call: string, ending: string, then: () => void): SpyFiles {
  const files = new SpyFiles()
  files.before = (name, path) => {
    if (name !== call || !path.endsWith(ending)) return
    files.before = () => {}
    then()
  }
  return files
}

describe('the end of a log', () => {
  it('F: comes less often the larger the host part grows, so that snapshots take time in proportion to the changes', () => {
    const dir = newDir()
    const store = open(dir)
    const epochAfter = (changes: number) => {
      for (let change = 0; change < changes; change++)
        store.transact(operation(), (state) => Object.assign(state, { [operation().id]: 'x'.repeat(4000) }))
      return store.fsck({ repair: false }).epoch
    }
    const [first, second] = [epochAfter(100), epochAfter(100)]
    expect(first).toBeGreaterThan(5)
    expect(second - first).toBeLessThan(first / 2)
  })

  it('stops nobody: one writer makes the checkpoint, the others go on in the next log meanwhile', () => {
    const dir = newDir()
    open(dir).transact(operation(), increment())
    const spy = new SpyFiles()
    const other = open(dir, spy)
    other.transact(operation(), increment(1))
    let total = 0
    const maker = open(
      dir,
      stopping('rename', '/snap.1.json', () => {
        spy.clear()
        total = other.transact(operation(), increment(1))
      }),
    )
    maker.transact(operation(), fill)
    expect(total).toBe(3)
    expect(spy.count('fdatasync', 'write')).toBe(2)
    expect(spy.count('rename', 'fsync', 'unlink', 'mkdir')).toBe(0)
    expect(readdirSync(dir)).toContain('snap.1.json')
    expect(open(dir).read()).toMatchObject({ total: 3, gpus: [{ count: 1 }, { count: 2 }] })
    expect(open(dir).fsck({ repair: false })).toMatchObject({ ok: true, seq: 4, findings: [] })
  })

  it('may be passed many times without reading a snapshot again, and no operation is forgotten', () => {
    const dir = newDir()
    const spy = new SpyFiles()
    const store = open(dir, spy)
    store.transact(operation('first'), increment())
    const readers = []
    for (let round = 0; round < 20; round++) {
      spy.clear()
      open(dir).transact(operation(`fill-${round}`), fill)
      store.transact(operation(`own-${round}`), increment(round % 2))
      readers.push(spy.calls.filter(({ call, path }) => call === 'open' && path.includes('/snap.')).length)
    }
    // An image is read anew when the files of its snapshot are about to be tidied away.
    expect(readers.filter((count) => count > 0).length).toBeLessThan(5)
    // The first is refused by what the store has in memory, the others after reading anew.
    for (const id of ['fill-14', 'own-14', 'first', 'own-0']) {
      expect(() => store.transact(operation(id), increment())).toThrow(AlreadyDone)
    }
    expect(open(dir).read().total).toBe(21)
  })

  it('is noticed by one who slept through the whole life of the next log', () => {
    const dir = newDir()
    const killed = stopping('open', '/log.1.jsonl', () => {
      throw new Killed()
    })
    open(dir).transact(operation(), increment())
    const sleeper = open(
      dir,
      stopping('open', '/log.1.jsonl', () => {
        for (let round = 0; round < 12; round++) open(dir).transact(operation(), fill)
        expect(existsSync(`${dir}/log.1.jsonl`)).toBe(false)
      }),
    )
    sleeper.transact(operation(), increment())
    expect(() => open(dir, killed).transact(operation(), fill)).toThrow(Killed)
    expect(readdirSync(dir)).toEqual(['log.0.jsonl'])
    expect(sleeper.transact(operation(), increment())).toBe(3)
    expect(open(dir).read().total).toBe(3)
    for (let round = 0; round < 2; round++) open(dir).transact(operation(), fill)
    expect(open(dir).read().total).toBe(3)
    expect(existsSync(`${dir}/log.1.jsonl`)).toBe(false)
  })

  it('whose checkpoint cannot be made is met before many changes, also by one who has it in memory', () => {
    const dir = newDir()
    const store = open(dir)
    store.transact(operation(), increment())
    const full = new SpyFiles()
    full.before = (call) => {
      if (call === 'rename')
        throw Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES', syscall: call })
    }
    const other = open(dir, full)
    const changes = () => {
      for (let round = 0; round < 20; round++) other.transact(operation(), fill)
    }
    expect(changes).toThrow(expect.objectContaining({ code: 'permission' }))
    expect(readdirSync(dir).filter((name) => name.startsWith('log.')).length).toBeLessThan(4)
    store.transact(operation(), increment())
    expect(open(dir).read().total).toBe(2)
  })
})

describe('a log that goes on without its snapshot', () => {
  /** log.0 has ended, log.1 has two changes, and whoever owed the snapshot between them was killed. */
  function unfinished(): string {
    const dir = newDir()
    const other = open(dir)
    other.transact(operation(), increment())
    const killed = stopping('rename', '/snap.1.json', () => {
      for (let round = 0; round < 2; round++) other.transact(operation(), increment(1))
      throw new Killed()
    })
    expect(() => open(dir, killed).transact(operation(), fill)).toThrow(Killed)
    return dir
  }

  it('is read, listed and completed by the next writer', () => {
    const dir = unfinished()
    expect(open(dir).read().total).toBe(3)
    expect(
      open(dir)
        .history()
        .map(({ seq }) => seq),
    ).toEqual([1, 2, 3, 4])
    expect(open(dir).transact(operation(), increment())).toBe(4)
    expect(readdirSync(dir)).toContain('snap.1.json')
  })

  it('has its bits turned back and is salvaged like any other', () => {
    for (const mended of [true, false]) {
      const dir = unfinished()
      const file = `${dir}/log.1.jsonl`
      const bytes = readFileSync(file)
      const at = bytes.indexOf('"total"],2')
      bytes[at + 9] = mended ? 0x36 : 0x39
      if (!mended) bytes.fill('x', 1, 9)
      writeFileSync(file, bytes)
      const { ok } = open(dir).fsck({ repair: true })
      expect([mended, ok, open(dir).read().total]).toEqual([mended, true, mended ? 3 : 1])
      expect(open(dir).transact(operation(), increment())).toBe(mended ? 4 : 2)
    }
  })

  it('is completed by a repair', () => {
    const dir = unfinished()
    const { ok, findings } = open(dir).fsck({ repair: true })
    expect(ok).toBe(true)
    expect(findings.map(({ file, mend }) => [file, mend])).toEqual([['log.0.jsonl', 'completed']])
    expect(open(dir).read().total).toBe(3)
  })
})
