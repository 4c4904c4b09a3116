import { spawn } from 'node:child_process'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Cached, turnedCacheBits } from '../reliability/code-cache.ts'

interface Cache {
  readonly source: string
  readonly bytecode?: Uint8Array
}
const { decode, encode }: { decode: (bytes: Uint8Array) => Cache; encode: (cache: Cache) => Buffer } = createRequire(
  import.meta.url,
)('../../bin/code-cache.cjs')

const NOBODY = 65_534
const IS_ROOT = process.geteuid?.() === 0

let cached: Cached
beforeEach(() => {
  cached = new Cached()
})
afterEach(() => {
  cached.dispose()
})

/** Runs a command with a cache that must neither be taken nor touched, and compares what it says. */
function expectNoUse(line: string, more: Readonly<Record<string, string>> = {}): void {
  const before = fs.existsSync(cached.caches) ? list(cached.caches) : []
  expect(cached.run(line, more)).toEqual(cached.run(line, { XDG_CACHE_HOME: '', HOME: '' }))
  expect(fs.existsSync(cached.caches) ? list(cached.caches) : []).toEqual(before)
}

/** The chunks whose functions a file has. */
function chunksIn(file: string): string[] {
  return decode(fs.readFileSync(file)).source.match(/(?<=^(?:\({)?')\.\/[\w.-]+(?=': function)/gm) ?? []
}

/** Name, mode, owner, time and size of everything below a directory. */
function list(dir: string): string[] {
  return ['', ...fs.readdirSync(dir, { recursive: true, encoding: 'utf8' })].map((name) => {
    const { mode, uid, mtimeMs, size } = fs.lstatSync(path.join(dir, name))
    return [name, mode.toString(8), uid, mtimeMs, size].join(' ')
  })
}

describe('the code cache', () => {
  it('F 7: is written by the first two runs of a command, private to its owner, and not again', () => {
    const first = cached.run('vgpu list', {}, ['sh', '-c', 'umask 0 && exec "$@"', 'sh'])
    expect(first).toMatchObject({ status: 0 })
    const file = cached.file('vgpu-list')
    expect(decode(fs.readFileSync(file)).bytecode).toHaveLength(0)
    expect(cached.run('vgpu list')).toEqual(first)
    expect(decode(fs.readFileSync(file)).bytecode?.length).toBeGreaterThan(100_000)
    const name = `${JSON.parse(fs.readFileSync('package.json', 'utf8')).version}-${process.versions.v8}-${process.arch}`
    expect(file).toBe(path.join(cached.caches, 'nvgpu', name, 'vgpu-list.bin'))
    expect(fs.readdirSync(path.dirname(file))).toEqual(['vgpu-list.bin'])
    expect(fs.statSync(file).mode & 0o777).toBe(0o600)
    for (const dir of [path.dirname(file), path.join(cached.caches, 'nvgpu')]) {
      expect(fs.statSync(dir).mode & 0o777).toBe(0o700)
    }
    const before = list(cached.caches)
    expect(cached.run('vgpu list')).toEqual(first)
    expect(list(cached.caches)).toEqual(before)
  })

  it('F 7: holds the chunks of all runs of a command, each once', () => {
    cached.run('vgpu list')
    const one = chunksIn(cached.file('vgpu-list'))
    cached.run('vgpu list -o yaml')
    const two = chunksIn(cached.file('vgpu-list'))
    expect(two).toEqual(expect.arrayContaining([...one]))
    expect(two.length).toBeGreaterThan(one.length)
    expect(new Set(two).size).toBe(two.length)
  })

  it('F 7: reads back as it was written, and not at all where any 50th bit is another', () => {
    const bytes = encode({
      source: '({"./a-1.cjs": function () {}})\n'.repeat(400),
      bytecode: Buffer.alloc(2000, 7),
    })
    expect(encode(decode(bytes))).toEqual(bytes)
    let tried = 0
    for (let bit = 0; bit < 8 * bytes.length; bit += 50, tried += 1) {
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(() => decode(bytes)).toThrow()
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    }
    expect(tried).toBeGreaterThan(1000)
    for (let length = 0; length < bytes.length; length += 97) {
      expect(() => decode(bytes.subarray(0, length))).toThrow()
    }
  })

  it('F 7: with a bit turned costs time and nothing else, and is written anew', async () => {
    expect(await turnedCacheBits({ seed: 7, rounds: 8 })).toMatchObject({ failures: [] })
  })

  it.each<[string, (file: string) => void]>([
    ['empty', (file) => fs.truncateSync(file)],
    ['cut short', (file) => fs.truncateSync(file, 3000)],
    ['open to others', (file) => fs.chmodSync(file, 0o644)],
    [
      'a directory',
      (file) => {
        fs.rmSync(file)
        fs.mkdirSync(file, { mode: 0o700 })
      },
    ],
    [
      'a link to one',
      (file) => {
        fs.renameSync(file, `${file}2`)
        fs.symlinkSync(`${file}2`, file)
      },
    ],
  ])('F 7: that is %s costs time and nothing else', (_, harm) => {
    const expected = cached.run('vgpu list')
    cached.run('vgpu list')
    harm(cached.file('vgpu-list'))
    expect(cached.run('vgpu list')).toEqual(expected)
    expect(cached.run('vgpu list')).toEqual(expected)
  })

  it('F 7: is neither read nor written in a directory that others may enter, or that is a link', () => {
    cached.run('vgpu list')
    const dir = path.dirname(cached.file('vgpu-list'))
    fs.chmodSync(dir, 0o755)
    expectNoUse('types list -o yaml')
    fs.chmodSync(dir, 0o700)
    fs.renameSync(dir, `${dir}2`)
    fs.symlinkSync(`${dir}2`, dir)
    expectNoUse('types list -o yaml')
  })

  it.skipIf(!IS_ROOT)(
    'F 7: of somebody else is neither read nor written, nor made in his directory (needs root)',
    () => {
      cached.run('vgpu list')
      const file = cached.file('vgpu-list')
      fs.chownSync(file, NOBODY, NOBODY)
      const theirs = path.dirname(file)
      fs.chownSync(theirs, NOBODY, NOBODY)
      expectNoUse('types list -o yaml')
      fs.rmSync(path.join(cached.caches, 'nvgpu'), { recursive: true })
      fs.chownSync(cached.caches, NOBODY, NOBODY)
      expectNoUse('vgpu list')
    },
  )

  it('F 7: is not missed where there is no place for it', () => {
    for (const HOME of ['/nonexistent', 'relative', '', '/proc/self'])
      expectNoUse('vgpu list', { XDG_CACHE_HOME: '', HOME })
    for (const XDG_CACHE_HOME of ['/proc/caches', '/dev/null', 'relative']) expectNoUse('vgpu list', { XDG_CACHE_HOME })
    expect(fs.existsSync('/nonexistent')).toBe(false)
    expect(fs.existsSync('relative')).toBe(false)
  })

  it('F 7: is in the home directory where XDG_CACHE_HOME does not say otherwise', () => {
    cached.run('vgpu list', { XDG_CACHE_HOME: '', HOME: cached.dir })
    expect(fs.readdirSync(path.join(cached.dir, '.cache'))).toEqual(['nvgpu'])
  })

  it('F 7: that there is no room for leaves nothing behind', () => {
    const limited = ['sh', '-c', 'ulimit -f 100 && exec "$@"', 'sh']
    expect(cached.run('vgpu list', {}, limited)).toEqual(cached.run('vgpu list', { XDG_CACHE_HOME: '', HOME: '' }))
    const files = fs.readdirSync(cached.caches, { recursive: true, encoding: 'utf8' })
    expect(files.filter((name) => name.includes('.bin'))).toEqual([])
  })

  it('F 7: is not written for a refused command, nor for more than 150 commands', () => {
    cached.run('vgpu list')
    const dir = path.dirname(cached.file('vgpu-list'))
    for (const line of ['vgpu nonsense', 'nonsense', 'vgpu show nobody'])
      expect(cached.run(line).status, line).toBeGreaterThan(0)
    expect(fs.readdirSync(dir)).toEqual(['vgpu-list.bin'])
    for (let index = 1; index < 150; index += 1) fs.writeFileSync(path.join(dir, `other-${index}.bin`), '')
    cached.run('types list')
    expect(fs.readdirSync(dir)).toHaveLength(150)
  })

  it('F 7: that V8 does not take, having other flags, costs time and nothing else', () => {
    const expected = cached.run('vgpu list')
    // Node has a warning of its own to say about this one.
    const { status, stderr } = cached.run('vgpu list', { NODE_OPTIONS: '--jitless' })
    expect([status, stderr.endsWith(expected.stderr)]).toEqual([0, true])
    expect(cached.run('vgpu list')).toEqual(expected)
  })

  it('F 7: is written by many processes at a time, and none of them notices', async () => {
    const env = { XDG_CACHE_HOME: cached.caches, NVGPU_STATE_DIR: path.join(cached.dir, 'state') }
    const lines = ['vgpu list', 'types list', '--help', 'gpu list', 'vf list', 'chid map']
    const ended = lines
      .flatMap((line) => [line, line])
      .map(
        (line) =>
          new Promise<number | null>((resolve) => {
            const child = spawn(process.execPath, ['bin/nvgpu.cjs', ...line.split(' ')], { env, stdio: 'ignore' })
            child.on('close', resolve)
          }),
      )
    expect(await Promise.all(ended)).toEqual(ended.map(() => 0))
    expect(cached.run('vgpu list')).toEqual(cached.run('vgpu list', { XDG_CACHE_HOME: '', HOME: '' }))
    const files = fs.readdirSync(path.dirname(cached.file('vgpu-list')))
    expect(files.filter((name) => !name.endsWith('.bin'))).toEqual([])
  })

  it('F 7: of another build of the same version is not taken', () => {
    cached.run('vgpu list')
    const copy = path.join(cached.dir, 'copy')
    for (const name of ['bin', 'dist/program', 'package.json'])
      fs.cpSync(name, path.join(copy, name), { recursive: true })
    const program = path.join(copy, 'dist/program')
    const [run = ''] = fs
      .readdirSync(program)
      .filter(
        (name) =>
          /^run-.{8}\.cjs$/.test(name) && fs.readFileSync(path.join(program, 'main.cjs'), 'utf8').includes(name),
      )
    // The bundler exports the functions of a module, or an object of them by a short name.
    const another = "exports.run = async () => (console.log('another'), 0)\nexports.t = exports\n"
    fs.writeFileSync(path.join(program, 'run-00000000.cjs'), another)
    const main = fs.readFileSync(path.join(program, 'main.cjs'), 'utf8')
    fs.writeFileSync(path.join(program, 'main.cjs'), main.replaceAll(run, 'run-00000000.cjs'))
    const bin = path.join(copy, 'bin/nvgpu.cjs')
    expect(cached.run('vgpu list', {}, [process.execPath, bin, '--']).stdout).toBe('another\n')
  })
})
