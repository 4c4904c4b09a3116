import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Store } from '../../src/store/store.ts'
import { scratch } from './scratch.ts'
import { SpyFiles } from './spy-files.ts'
import { fill, increment, model, operation, type Tree } from './tree.ts'

const newDir = scratch()
const open = (dir: string, files = new SpyFiles()) => Store.open<Tree>({ dir, model, files })

function used(): string {
  const dir = newDir()
  open(dir).transact(operation(), fill)
  open(dir).transact(operation(), increment())
  return dir
}

/** Reading, writing, history and repair all refuse with the same words, and nothing is written. */
function expectRefusal(dir: string, facts: object, files = new SpyFiles()): void {
  const store = open(dir, files)
  const refusal = expect.objectContaining({ name: 'NvError', ...facts })
  expect(() => store.read().gpus.map(({ count }) => count)).toThrow(refusal)
  expect(() => store.transact(operation(), increment())).toThrow(refusal)
  expect(files.count('write', 'rename', 'unlink')).toBe(0)
}

describe('a state directory is refused', () => {
  it('when the path is a file, or leads through one', () => {
    const path = newDir()
    writeFileSync(path, 'a file')
    expectRefusal(path, { code: 'invalid-argument', errno: 'ENOTDIR' })
    expectRefusal(`${path}/below`, { code: 'invalid-argument', errno: 'ENOTDIR' })
    expect(readFileSync(path, 'utf8')).toBe('a file')
  })

  it('when a symbolic link stands in its place, with or without a slash behind it', () => {
    const dir = used()
    const link = newDir()
    symlinkSync(dir, link)
    expectRefusal(link, { code: 'permission', errno: 'ELOOP', hint: `readlink -f ${link}` })
    expectRefusal(`${link}/`, { code: 'permission' })
  })

  it.each([0o770, 0o702, 0o777])('when others may write in it: %o', (mode) => {
    const dir = used()
    chmodSync(dir, mode)
    expectRefusal(dir, { code: 'permission', hint: `chmod 700 ${dir}` })
  })

  it('when it belongs to another user, with the mend', () => {
    const dir = used()
    const files = new SpyFiles()
    const { lstat } = files
    files.lstat = (path) => ({ ...lstat(path), uid: 4711 })
    const uid = process.geteuid?.() ?? 0
    expectRefusal(dir, { code: 'permission', hint: `chown -R ${uid} ${dir}` }, files)
  })

  it('when root meets one that really is another user’s', (context) => {
    if (process.geteuid?.() !== 0) context.skip('only root can give a directory away')
    const dir = used()
    chownSync(dir, 4711, 4711)
    expectRefusal(dir, { code: 'permission' })
  })

  it.each([
    ['NFS', 0x6969],
    ['CIFS', 0xff534d42],
    ['9p', 0x01021997],
  ])('when it is on a network file system: %s', (name, type) => {
    const files = new SpyFiles()
    files.statfs = () => ({ type, free: 1e9 })
    expectRefusal(used(), { code: 'network-filesystem', message: expect.stringContaining(name) }, files)
    const missing = `${newDir()}/a/b`
    expect(() => open(missing, files).transact(operation(), increment())).toThrow(/network file system/)
    expect(existsSync(missing)).toBe(false)
  })

  it('K 3: when it has other files and no host, with the names of three', () => {
    const dir = newDir()
    mkdirSync(dir)
    for (const name of ['notes.txt', 'log.txt', '.profile', 'shards.txt', 'lost+found'])
      writeFileSync(`${dir}/${name}`, '')
    const message = `there is no host in ${dir}, and the directory has other files: .profile, log.txt, notes.txt and 1 more`
    const facts = { code: 'invalid-argument', errno: 'ENOTEMPTY', message }
    expectRefusal(dir, facts)
    for (const repair of [false, true]) expect(() => open(dir).fsck({ repair })).toThrow(expect.objectContaining(facts))
    for (const step of [() => open(dir).history(), () => open(dir).at(0)])
      expect(step).toThrow(expect.objectContaining(facts))
    expect(readdirSync(dir).length).toBe(5)
    rmSync(`${dir}/notes.txt`)
    expectRefusal(dir, { ...facts, message: expect.stringMatching(/: \.profile, log\.txt, shards\.txt$/) })
  })

  it.each([
    ['nothing', []],
    ['an empty first log', ['log.0.jsonl']],
    ['what a crash and a repair leave', ['snap.3.json.tmp-17-0', 'log.1.jsonl.aside', 'shards']],
    ['a socket of NVML, in a file system of its own', ['nvml.sock', 'lost+found']],
  ])('K 3: but not when it has %s', (_what, names) => {
    const dir = newDir()
    mkdirSync(dir, { mode: 0o700 })
    for (const name of names) {
      if (/^(shards|lost)/.test(name)) mkdirSync(`${dir}/${name}`, { mode: 0o700 })
      else writeFileSync(`${dir}/${name}`, '', { mode: 0o600 })
    }
    expect(open(dir).history()).toEqual([])
    expect(open(dir).read().total).toBe(0)
    open(dir).transact(operation(), increment())
    expect(open(dir).read().total).toBe(1)
  })

  it('K 3: nor when others put files beside a host', () => {
    const dir = used()
    writeFileSync(`${dir}/notes.txt`, '')
    open(dir).transact(operation(), increment())
    expect(open(dir).read().total).toBe(2)
  })

  it('when its name is empty or no path at all', () => {
    for (const dir of ['', 'a\0b']) expect(() => open(dir)).toThrow(/no usable name/)
  })

  it('when a newer version wrote the snapshot, or the log', () => {
    const newer = { ...model, schema: 2, initial: (): Tree => ({ ...model.initial(), schema: 2 }) }
    for (const verb of [increment(), fill]) {
      const dir = newDir()
      Store.open<Tree>({ dir, model: newer }).transact(operation(), verb)
      expectRefusal(dir, { code: 'newer-schema' })
      expect(() => open(dir).fsck({ repair: true })).toThrow(expect.objectContaining({ code: 'newer-schema' }))
    }
  })
})

describe('inside the state directory', () => {
  it.each(['log.1.jsonl', 'snap.1.json', 'shards/0000-c1-00.0.1.json', 'shards'])(
    'no symbolic link is followed: %s',
    (name) => {
      const dir = used()
      const outside = newDir()
      renameSync(`${dir}/${name}`, outside)
      symlinkSync(outside, `${dir}/${name}`)
      expectRefusal(dir, { code: name === 'shards' ? 'corrupt' : 'permission' })
    },
  )

  it('a FIFO or a directory under one of its names is damage, and nothing hangs', () => {
    for (const name of ['log.1.jsonl', 'snap.1.json', 'shards/0000-c1-00.0.1.json']) {
      for (const make of [(path: string) => execFileSync('mkfifo', [path]), mkdirSync]) {
        const dir = used()
        rmSync(`${dir}/${name}`)
        make(`${dir}/${name}`)
        expectRefusal(dir, { code: 'corrupt', hint: 'nvgpu host fsck --repair' })
      }
    }
  })

  const KINDS = ['log.1.jsonl', 'snap.1.json', 'shards/0000-c1-00.0.1.json', 'shards']

  it.each(KINDS)('E 4: what others can write is refused, and its mode is set by a repair: %s', (name) => {
    const dir = used()
    const mode = name === 'shards' ? 0o700 : 0o600
    for (const more of [0o020, 0o002]) {
      chmodSync(`${dir}/${name}`, mode | more)
      const hint = `chmod ${mode.toString(8)} ${dir}/${name}`
      expectRefusal(dir, { code: 'permission', errno: 'EPERM', hint })
      const finding = { file: name, severity: 'damage', mend: `its mode is set to 0${mode.toString(8)}` }
      expect(open(dir).fsck({ repair: false })).toMatchObject({ ok: false, findings: [finding] })
      expect(open(dir).fsck({ repair: true })).toMatchObject({ ok: true, findings: [{ ...finding, mended: true }] })
      expect(open(dir).fsck({ repair: false })).toMatchObject({ ok: true, findings: [] })
      expect(open(dir).look(({ gpus }) => gpus[0]?.count)).toBe(1)
    }
  })

  it.each(KINDS)('E 4: what belongs to somebody else is refused, and left to a person by a repair: %s', (name) => {
    const dir = used()
    const files = new SpyFiles()
    const { lstat, stat, open: openFile } = files
    const opened = new Map<number, string>()
    files.open = (path, mode) => {
      const fd = openFile(path, mode)
      opened.set(fd, path)
      return fd
    }
    const isIt = (path: string | undefined) => path === `${dir}/${name}`
    files.stat = (fd) => (isIt(opened.get(fd)) ? { ...stat(fd), uid: 4711 } : stat(fd))
    files.lstat = (path) => (isIt(path) ? { ...lstat(path), uid: 4711 } : lstat(path))
    const hint = `chown ${process.geteuid?.() ?? 0} ${dir}/${name}`
    expectRefusal(dir, { code: 'permission', hint }, files)
    const report = open(dir, files).fsck({ repair: true })
    expect(report).toMatchObject({ ok: false, findings: [{ file: name, mended: false }] })
    expect(report.findings[0]?.problem).toContain(hint)
  })

  it('a file that is far too long is not read', () => {
    const files = new SpyFiles()
    const { stat } = files
    files.stat = (fd) => ({ ...stat(fd), size: 2 ** 40 })
    expectRefusal(used(), { code: 'corrupt', message: expect.stringContaining('bytes long') }, files)
  })

  it('a file that is missing is damage, named', () => {
    for (const name of ['log.1.jsonl', 'shards/0000-c1-00.0.1.json']) {
      const dir = used()
      rmSync(`${dir}/${name}`)
      expectRefusal(dir, { code: 'corrupt' })
    }
  })

  it('a lost snapshot costs nothing as long as the epoch before it is kept', () => {
    const dir = used()
    rmSync(`${dir}/snap.1.json`)
    expect(open(dir).read().total).toBe(1)
    open(dir).transact(operation(), increment())
    expect(open(dir).read().total).toBe(2)
    expect(readdirSync(dir)).toContain('snap.1.json')
  })
})
