import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { entriesBelow } from './entries-below.ts'
import { Home } from './home.ts'
import { OUTPUTS } from './outputs.ts'
import { whyNoStrace } from './strace.ts'

let home: Home
beforeEach(() => {
  home = new Home()
})
afterEach(() => home.dispose())

interface Call {
  readonly call: string
  /** below the folder; a temporary file by the name it has before the process number */
  readonly path: string
}

const CALLS = 'write,fsync,fdatasync,syncfs,rename,mkdir'
const TMP = /\.\d+\.tmp/

/** The calls of a command that change or sync something in the folder, in their order. */
function traced(line: string): Call[] {
  const file = home.file('trace')
  const above = ['strace', '-f', '-y', '-s', '0', '-o', file, '-e', `trace=${CALLS}`, '--']
  const { status, stderr } = home.run(words(line), above)
  expect([line, status, stderr]).toEqual([line, 0, expect.not.stringContaining('hint')])
  return readFileSync(file, 'latin1')
    .split('\n')
    .flatMap((row) => {
      const call = /^\d+ +(\w+)\(/.exec(row)?.[1] ?? ''
      // what a rename leads to comes last
      const paths = [...row.matchAll(/[<"](\/[^>"]*)[>"]/g)].map(([, path = '']) => path)
      const path = paths.at(call === 'rename' ? -1 : 0) ?? ''
      if (/ = -1 E/.test(row) || (path !== home.dir && !path.startsWith(`${home.dir}/`))) return []
      return [{ call, path: path.slice(home.dir.length + 1).replace(TMP, '.tmp') }]
    })
}

const words = (line: string) => line.split(' ').map((word) => word.replace(/^@/, `${home.dir}/`))
const text = ({ call, path }: Call) => `${call} ${path}`

/** Runs a command while system calls of one kind fail from the n-th on, or only that one. */
function failing(line: string, call: string, how: string) {
  return home.run(words(line), ['strace', '-o', home.file('trace'), '-e', `inject=${call}:${how}`, '--'])
}

const whyNot = whyNoStrace()

describe.skipIf(whyNot)(`the order of system calls${whyNot ? ` (skipped: ${whyNot})` : ''}`, () => {
  it.each(OUTPUTS)('E 3: $line is synced, named, and synced with its name before the answer', (output) => {
    home.ok(...output.before)
    const calls = traced(output.line).map(text)
    const { path, kind } = output
    const written = kind === 'files' ? readdirSync(home.file(path), { recursive: true, encoding: 'utf8' }) : ['']
    const files = written.map((name) => join(path, name)).filter((file) => kind === 'tree' || isFile(file))
    expect(files.length).toBeGreaterThan(0)
    for (const file of files) {
      const sync = kind === 'tree' ? `syncfs ${file}.tmp` : `fsync ${file}.tmp`
      const at = [calls.lastIndexOf(`write ${file}.tmp`), calls.indexOf(sync), calls.indexOf(`rename ${file}`)]
      at.push(calls.indexOf(`fsync ${dirname(file) === '.' ? '' : dirname(file)}`, at[2]))
      if (kind === 'tree') at[0] = calls.findLastIndex((call) => call.startsWith(`write ${file}.tmp/`))
      expect([file, at]).toEqual([file, [...at].sort((a, b) => a - b)])
      expect(at.every((place) => place >= 0)).toBe(true)
    }
    for (const [index, call] of calls.entries()) {
      const made = /^mkdir (new[^.]*)$/.exec(call)?.[1]
      if (made !== undefined)
        expect(calls.indexOf(`fsync ${dirname(made) === '.' ? '' : dirname(made)}`, index)).toBeGreaterThan(index)
    }
  })

  it('E 3: a saved vGPU is on the disk with its name before the change that closes it is written', () => {
    home.ok(...(OUTPUTS[0]?.before ?? []))
    const calls = traced('vgpu save desk7 @desk7.vgpu').map(text)
    expect(calls).toEqual([
      'write desk7.vgpu.tmp',
      'fsync desk7.vgpu.tmp',
      'rename desk7.vgpu',
      'fsync ',
      'write state/log.0.jsonl',
      'fdatasync state/log.0.jsonl',
    ])
  })

  it('E 3: a migration is synced by the host that goes on before the other writes that it has given up', () => {
    home.ok(...(OUTPUTS[0]?.before ?? []), `vf enable 4 --state-dir ${home.file('there')}`)
    const calls = traced('migrate desk7 --to @there').filter(({ path }) => path.includes('log.'))
    expect(calls.map(({ path }) => dirname(path))).toEqual(
      ['there', 'state', 'there', 'state', 'there'].flatMap((dir) => [dir, dir]),
    )
    expect(calls.map(({ call }) => call)).toEqual(Array.from({ length: 5 }, () => ['write', 'fdatasync']).flat())
  })

  it('E 3: a warm update holds what it saves in the change itself, synced before it answers', () => {
    home.ok(...(OUTPUTS[0]?.before ?? []))
    const calls = traced('host warm-update --to-version 570.158.01').map(text)
    expect(calls).toEqual(['write state/log.0.jsonl', 'fdatasync state/log.0.jsonl'])
  })

  it.each([
    ['the file', 1, 'EIO', 'io-error', 'old'],
    ['the file', 1, 'ENOSPC', 'disk-full', 'old'],
    ['the directory', 2, 'EIO', 'io-error', 'new'],
    ['the directory', 2, 'ENOSPC', 'disk-full', 'new'],
  ])('E 3: a sync of %s (call %d) that fails with %s closes nothing', (_what, number, errno, code, left) => {
    home.ok(...(OUTPUTS[0]?.before ?? []))
    const file = home.file('desk7.vgpu', 'old')
    const before = home.ok('host export')
    const line = 'vgpu save desk7 @desk7.vgpu -o json'
    const { status, stdout, stderr } = failing(line, 'fsync', `error=${errno}:when=${number}`)
    expect([status, stdout, JSON.parse(stderr)]).toEqual([1, '', expect.objectContaining({ code, errno })])
    expect(home.ok('host export')).toBe(before)
    expect(readFileSync(file, 'latin1') === 'old').toBe(left === 'old')
    expect(readdirSync(home.dir).filter((name) => name.endsWith('.tmp'))).toEqual([])
    home.ok(`vgpu save desk7 ${file}`)
  })

  it.each(['EINVAL', 'EOPNOTSUPP'])(
    'E 3: a file system that answers a sync with %s has none, and is written to',
    (errno) => {
      home.ok(...(OUTPUTS[0]?.before ?? []))
      expect(failing('vgpu save desk7 @desk7.vgpu', 'fsync', `error=${errno}`).status).toBe(0)
      home.ok('vgpu list', `vgpu restore ${home.file('desk7.vgpu')}`)
    },
  )

  it('E 3: where there is no sync(1) a tree is synced file by file', () => {
    home.ok(...(OUTPUTS[0]?.before ?? []))
    const file = home.file('trace')
    const env = { PATH: '/nonexistent', HOME: home.dir, NVGPU_STATE_DIR: home.stateDir }
    const nvgpu = join(process.cwd(), 'bin/nvgpu.cjs')
    const args = [
      '-f',
      '-y',
      '-o',
      file,
      '-e',
      'trace=fsync',
      process.execPath,
      nvgpu,
      'sysfs',
      'export',
      home.file('tree'),
    ]
    const strace = spawnSync('which', ['strace'], { encoding: 'utf8' }).stdout.trim()
    expect(spawnSync(strace, args, { env }).status).toBe(0)
    const synced = readFileSync(file, 'latin1').match(/fsync\(/g)?.length
    const counted = entriesBelow(home.file('tree')).filter((entry) => entry.isFile() || entry.isDirectory()).length
    // and the tree itself, and where its name is
    expect(synced).toBe(counted + 2)
  })
})

describe('what is no regular file', () => {
  it.skipIf(whyNot)('E 3: is written without a sync: a pipe, a FIFO, a device, /dev/stdout', () => {
    home.ok('vf enable 4')
    const fifo = home.file('fifo')
    expect(spawnSync('mkfifo', [fifo]).status).toBe(0)
    const reader = `cat ${fifo} > ${home.file('read')} & `
    const trace = `strace -f -o ${home.file('trace')} -e trace=fsync,fdatasync,rename`
    const nvgpu = `${process.execPath} '${join(process.cwd(), 'bin/nvgpu.cjs')}' host export`
    const env = { PATH: process.env.PATH, HOME: home.dir, NVGPU_STATE_DIR: home.stateDir }
    const sh = (script: string) => spawnSync('sh', ['-c', script], { env, encoding: 'utf8' })
    const text = sh(nvgpu).stdout
    // The program's own code cache is replaced by a rename.
    const syncsAndRenames = () =>
      readFileSync(home.file('trace'), 'latin1')
        .split('\n')
        .filter((call) => /sync\(|rename\(/.test(call) && !call.includes('/.cache/nvgpu/'))
    for (const script of [
      `${trace} ${nvgpu} /dev/stdout | cat`,
      `${reader} ${trace} ${nvgpu} ${fifo}; wait; cat ${home.file('read')}`,
    ]) {
      expect(sh(script)).toMatchObject({ status: 0, stdout: text, stderr: '' })
      expect(syncsAndRenames()).toEqual([])
    }
    expect(sh(`${trace} ${nvgpu} /dev/null`).status).toBe(0)
    expect(syncsAndRenames()).toEqual([])
    expect(existsSync('/dev/null')).toBe(true)
  })

  it('E 3: /dev/stdout that is a file is written on from where it stands', () => {
    home.ok('vf enable 4')
    const text = home.ok('host export')
    const file = home.file('out', 'before\n')
    const nvgpu = `${process.execPath} '${join(process.cwd(), 'bin/nvgpu.cjs')}' host export`
    const env = { PATH: process.env.PATH, HOME: home.dir, NVGPU_STATE_DIR: home.stateDir }
    for (const name of ['/dev/stdout', '/dev/fd/1', '/proc/self/fd/1']) {
      writeFileSync(file, 'before\n')
      const script = `{ ${nvgpu} ${name}; echo after; } >> ${file}`
      expect(spawnSync('sh', ['-c', script], { env, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' })
      expect(readFileSync(file, 'utf8')).toBe(`before\n${text}after\n`)
    }
  })

  it.skipIf(process.geteuid?.() !== 0 || spawnSync('setpriv', ['--version']).status !== 0)(
    'E 3: a directory that may be written and not read takes a file, which is synced under its name',
    () => {
      home.ok('vf enable 4')
      const dir = home.file('box/x', '').replace(/\/x$/, '')
      chmodSync(dir, 0o300)
      const bare = ['setpriv', '--bounding-set', '-all', '--inh-caps', '-all', '--']
      expect(spawnSync(bare[0] ?? '', [...bare.slice(1), 'ls', dir]).status).not.toBe(0)
      const outcome = home.run(['host', 'export', join(dir, 'host.json')], bare)
      expect(outcome).toMatchObject({ status: 0, stderr: '' })
      expect(readFileSync(join(dir, 'host.json'), 'utf8')).toBe(home.ok('host export'))
    },
  )
})

function isFile(name: string): boolean {
  return lstatSync(home.file(name)).isFile()
}
