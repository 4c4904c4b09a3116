import { cpSync, existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { NvError } from '../../src/errors/nv-error.ts'
import { AlreadyDone } from '../../src/store/already-done.ts'
import { Store } from '../../src/store/store.ts'
import { scratch } from './scratch.ts'
import { type Call, errno, SpyFiles } from './spy-files.ts'
import { fill, increment, incrementBoth, model, operation, type Tree } from './tree.ts'

const newDir = scratch()
const open = (dir: string, files = new SpyFiles()) => Store.open<Tree>({ dir, model, files })

class Killed extends Error {}

/** After the kill nothing works any more, as for a process that is gone; descriptors are still closed. */
function killedAt(at: number): SpyFiles {
  const files = new SpyFiles()
  files.before = () => {
    if (files.calls.length >= at) throw new Killed()
  }
  return files
}

interface Scene {
  readonly name: string
  readonly prepare: (dir: string) => void
  readonly verb: (state: Tree) => unknown
}

const many = (count: number) => (dir: string) => {
  const store = open(dir)
  for (let round = 0; round < count; round++) store.transact(operation(), round % 2 ? incrementBoth : fill)
}

const bothAndFill = (state: Tree) => {
  incrementBoth(state)
  fill(state)
}

const SCENES: Scene[] = [
  { name: 'the first change of a directory', prepare: () => {}, verb: incrementBoth },
  { name: 'a first change with a checkpoint in it', prepare: () => {}, verb: bothAndFill },
  { name: 'a change in a log', prepare: many(4), verb: incrementBoth },
  { name: 'a change with a checkpoint in it', prepare: many(4), verb: bothAndFill },
  { name: 'a change whose checkpoint tidies up', prepare: many(24), verb: bothAndFill },
]

/** The total before and after the verb, which counts two GPUs up, and that they agree with it. */
function total(dir: string): number {
  const { gpus, total } = open(dir).read()
  expect(gpus[0]?.count).toBe(gpus[1]?.count)
  expect(gpus.reduce((sum, { count }) => sum + count, 0)).toBe(total)
  return total
}

describe.each(SCENES)('a kill at any file operation of $name', ({ prepare, verb }) => {
  it('leaves the change there whole or not at all, and the next command works', () => {
    const template = newDir()
    prepare(template)
    const before = total(template)
    let outcomes = ''
    for (let at = 1, finished = false; !finished; at++) {
      const dir = newDir()
      copy(template, dir)
      finished = attempt(() => open(dir, killedAt(at)).transact(operation('killed'), verb))
      const after = total(dir)
      expect([before, before + 2]).toContain(after)
      if (finished) expect(after).toBe(before + 2)
      outcomes += after === before ? '-' : '+'
      const store = open(dir)
      // The retry with the same id is exactly once, however far the killed one got.
      try {
        store.transact(operation('killed'), verb)
      } catch (error) {
        expect(error).toBeInstanceOf(AlreadyDone)
      }
      expect(total(dir)).toBe(before + 2)
      store.transact(operation(), incrementBoth)
      expect(total(dir)).toBe(before + 4)
      expect(store.fsck({ repair: false })).toMatchObject({ ok: true })
    }
    expect(outcomes).toMatch(/^-{5,}\+{3,}$/)
  })
})

describe.each(SCENES.slice(0, 4))('a kill at file operations of $name', ({ prepare, verb }) => {
  it('can be followed by a second kill while the first is made good', () => {
    const template = newDir()
    prepare(template)
    const before = total(template)
    for (let first = 1, finished = false; !finished; first += 4) {
      const half = newDir()
      copy(template, half)
      finished = attempt(() => open(half, killedAt(first)).transact(operation('killed'), verb))
      for (let second = 2, done = false; !done; second += 5) {
        const dir = newDir()
        copy(half, dir)
        done = attempt(() => open(dir, killedAt(second)).transact(operation('next'), incrementBoth))
        expect([before, before + 2, before + 4]).toContain(total(dir))
        open(dir).transact(operation(), incrementBoth)
        total(dir)
      }
    }
  })
})

const ERRORS: readonly (readonly [string, readonly Call[]])[] = [
  [
    'EIO',
    ['read', 'write', 'fsync', 'fdatasync', 'rename', 'close', 'readdir', 'lstat', 'stat', 'unlink', 'mkdir', 'open'],
  ],
  ['ENOSPC', ['write', 'open', 'mkdir', 'rename', 'fsync', 'fdatasync']],
  ['EDQUOT', ['write', 'open', 'mkdir']],
  ['EMFILE', ['open', 'readdir']],
  ['EACCES', ['open', 'unlink', 'rename', 'mkdir', 'readdir', 'lstat']],
  ['EROFS', ['open', 'mkdir', 'rename', 'unlink']],
]

describe.each(SCENES)('an I/O error at any file operation of $name', ({ prepare, verb }) => {
  it.each(ERRORS)('ends in success or a named refusal, with nothing damaged: %s', (code, calls) => {
    const template = newDir()
    prepare(template)
    const before = total(template)
    for (const at of callsOf(template, verb, calls)) {
      const dir = newDir()
      copy(template, dir)
      const files = new SpyFiles()
      files.before = (call) => {
        if (files.calls.length === at) throw errno(code, call)
      }
      let error: unknown
      try {
        open(dir, files).transact(operation(), verb)
      } catch (thrown) {
        error = thrown
      }
      const after = total(dir)
      const where = files.calls[at - 1]
      if (error === undefined) {
        expect([at, where, after]).toEqual([at, where, before + 2])
      } else {
        expect(error).toBeInstanceOf(NvError)
        const refused = error instanceof NvError ? error.code : ''
        if (refused !== 'outcome-unknown') expect([at, where, refused, after]).toEqual([at, where, refused, before])
        expect(['outcome-unknown', 'io-error', 'disk-full', 'permission']).toContain(refused)
      }
      open(dir).transact(operation(), incrementBoth)
      expect(total(dir)).toBe(after + 2)
    }
  })
})

describe('a disk that does not confirm', () => {
  it('is reported as an unknown outcome, never as success and never as not done', () => {
    const dir = newDir()
    open(dir).transact(operation(), increment())
    const files = new SpyFiles()
    files.before = (call) => {
      if (call === 'fdatasync') throw errno('EIO', call)
    }
    const attempt = () => open(dir, files).transact(operation('unsure'), increment())
    expect(attempt).toThrow(expect.objectContaining({ code: 'outcome-unknown', errno: 'EIO' }))
    expect(open(dir).read().total).toBe(2)
    expect(() => open(dir).transact(operation('unsure'), increment())).toThrow(AlreadyDone)
  })

  it('has the state carried over into new files, for later syncs may lie about the old one', () => {
    const dir = newDir()
    open(dir).transact(operation(), increment())
    const files = new SpyFiles()
    files.before = (call) => {
      if (call === 'fdatasync' && files.count('fdatasync') === 1) throw errno('EIO', call)
    }
    expect(() => open(dir, files).transact(operation(), increment())).toThrow(/could not be confirmed/)
    expect(files.readdir(dir)).toContain('snap.1.json')
    expect(open(dir).read().total).toBe(2)
  })
})

describe('a full disk', () => {
  it('changes nothing, says what is missing, and the half-written record is dead', () => {
    const dir = newDir()
    open(dir).transact(operation(), increment())
    const files = new SpyFiles()
    const { write } = files
    // The first write is cut short, as the kernel does with the last room; the next finds none.
    let writes = 0
    files.write = (fd, bytes, position) => {
      if (writes++ === 0) return write(fd, bytes.subarray(0, bytes.length >> 1), position)
      throw errno('ENOSPC', 'write')
    }
    files.statfs = () => ({ type: 0xef53, free: 100 })
    const attempt = () => open(dir, files).transact(operation(), increment())
    expect(attempt).toThrow(expect.objectContaining({ code: 'disk-full', errno: 'ENOSPC' }))
    expect(() => attempt()).toThrow(/it takes \d+ bytes and 100 are free, \d+ too few; nothing was changed/)
    expect(open(dir).read().total).toBe(1)
    expect(open(dir).transact(operation(), increment())).toBe(2)
  })

  it('is reported too when every write comes back short', () => {
    const dir = newDir()
    const files = new SpyFiles()
    const { write } = files
    files.write = (fd, bytes, position) => write(fd, bytes.subarray(0, 20), position)
    const attempt = () => open(dir, files).transact(operation(), increment())
    expect(attempt).toThrow(expect.objectContaining({ code: 'disk-full' }))
    expect(open(dir).read().total).toBe(0)
    expect(open(dir).transact(operation(), increment())).toBe(1)
  })

  it('leaves a change that was cut at any byte there whole or dead, and the next one unharmed', () => {
    const dir = newDir()
    open(dir).transact(operation(), increment())
    for (let cut = 0, whole = false; !whole; cut++) {
      const copied = newDir()
      copy(dir, copied)
      const files = new SpyFiles()
      const { write } = files
      files.write = (fd, bytes, position) => {
        whole = cut === bytes.length
        write(fd, bytes.subarray(0, cut), position)
        lacksAtMostNewline = cut >= bytes.length - 1
        throw new Killed()
      }
      let lacksAtMostNewline = false
      expect(() => open(copied, files).transact(operation('cut'), increment())).toThrow(Killed)
      expect([cut, open(copied).read().total]).toEqual([cut, lacksAtMostNewline ? 2 : 1])
      open(copied).transact(operation(), increment())
      expect([cut, open(copied).read().total]).toEqual([cut, lacksAtMostNewline ? 3 : 2])
    }
  })
})

/** The numbers of the file operations that the verb performs and that are among `calls`. */
function callsOf(template: string, verb: Scene['verb'], calls: readonly Call[]): number[] {
  const dir = newDir()
  copy(template, dir)
  const files = new SpyFiles()
  open(dir, files).transact(operation(), verb)
  const numbers = files.calls.flatMap(({ call }, index) => (calls.includes(call) ? [index + 1] : []))
  expect(numbers.length).toBeGreaterThan(0)
  return numbers
}

function attempt(step: () => unknown): boolean {
  try {
    step()
    return true
  } catch (error) {
    if (!(error instanceof Killed)) throw error
    return false
  }
}

function copy(from: string, to: string): void {
  if (existsSync(from)) cpSync(from, to, { recursive: true })
}
