import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LOG_LIMIT } from '../../src/store/disk/layout.ts'
import { CACHES } from '../house/sandbox.ts'
import { Home } from './home.ts'
import { whyNoStrace } from './strace.ts'

let home: Home
beforeEach(() => {
  home = new Home()
})
afterEach(() => home.dispose())

/** What looks, what changes, and what repairs. */
const COMMANDS = ['vgpu list', 'vf enable 2', 'host history', 'host fsck --repair', 'host init --force', 'undo']

/** Every command is refused in the same words, and the directory at `path` is left as it is. */
function expectRefusal(path: string, message: string, hint: string): void {
  const before = listing(path)
  for (const line of COMMANDS) {
    const { status, stdout, stderr } = home.sh(line)
    expect([line, status, stdout]).toEqual([line, 7, ''])
    expect(stderr).toContain(message)
    expect(stderr.split('\n')[1]).toBe(`hint: ${hint}`)
  }
  expect(listing(path)).toEqual(before)
}

function listing(path: string): string[][] {
  const entries = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return entries.map(({ parentPath, name }) => [parentPath, name, readFileSync(join(parentPath, name), 'latin1')])
}

describe('a state directory is refused with status 7 and what to do about it', () => {
  beforeEach(() => {
    home.ok('vf enable 4')
  })

  it.each(['770', '702', '777'])('when its group or the world may write in it: %s', (mode) => {
    chmodSync(home.stateDir, Number.parseInt(mode, 8))
    expectRefusal(home.stateDir, `can be written by others (mode 0${mode}`, `chmod 700 ${home.stateDir}`)
    chmodSync(home.stateDir, 0o700)
    home.ok('vf enable 2 --force')
  })

  it('when a symbolic link stands in its place', () => {
    const real = join(home.dir, 'real')
    renameSync(home.stateDir, real)
    symlinkSync(real, home.stateDir)
    expectRefusal(real, 'is a symbolic link in the place of the state directory', `readlink -f ${home.stateDir}`)
  })

  it('when it belongs to somebody else, even to root', (context) => {
    if (process.geteuid?.() !== 0) context.skip('only root can give a directory away')
    chownSync(home.stateDir, 65534, 65534)
    expectRefusal(home.stateDir, 'belongs to uid 65534, not to uid 0', `chown -R 0 ${home.stateDir}`)
  })

  it('E 7: when root owns it and somebody else comes, wherever the program lies', (context) => {
    if (process.geteuid?.() !== 0) context.skip('only root can be somebody else')
    chmodSync(home.dir, 0o755)
    chmodSync(home.stateDir, 0o755)
    // Somebody whom no closed directory above keeps from the program: that of the clone may be root's own.
    const capable = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override']
    const { status, stderr } = home.run(['vgpu', 'list'], ['setpriv', '--reuid=65534', '--clear-groups', ...capable])
    expect(stderr).toContain('belongs to uid 0, not to uid 65534')
    expect(status).toBe(7)
  })

  it('when a link stands in the place of one of its files: what it leads to stays as it is', () => {
    const log =
      readdirSync(home.stateDir)
        .filter((name) => name.startsWith('log.'))
        .sort()
        .at(-1) ?? ''
    const target = home.file('target', readFileSync(join(home.stateDir, log)))
    renameSync(join(home.stateDir, log), join(home.dir, 'aside'))
    symlinkSync(target, join(home.stateDir, log))
    for (const line of COMMANDS) {
      const { status, stderr } = home.sh(line)
      expect([line, status]).toEqual([line, line.startsWith('host fsck') ? 8 : 7])
      if (status === 7) expect(stderr).toContain('is a symbolic link')
    }
    expect(readFileSync(target)).toEqual(readFileSync(join(home.dir, 'aside')))
  })
})

it('a state directory that is made is for its owner alone, whatever the umask', () => {
  const openHanded = ['sh', '-c', 'umask 0 && exec "$@"', 'sh']
  home.run(['vf', 'enable', '4'], openHanded)
  const { status } = home.run(['host', 'init', '--force', '--registry-dwords', 'x'.repeat(LOG_LIMIT)], openHanded)
  expect(status).toBe(0)
  const paths = ['', ...readdirSync(home.stateDir, { recursive: true }).map(String)]
  expect(paths.some((path) => path.startsWith('shards/'))).toBe(true)
  const others = paths.filter((path) => statSync(join(home.stateDir, path)).mode & 0o077)
  expect(others).toEqual([])
})

const NO_STRACE = whyNoStrace()
/** The system calls that make, change or remove a file, or start a program. */
const WRITING =
  'openat,open,creat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,rmdir,link,linkat,symlink,symlinkat,chmod,fchmodat,chown,lchown,fchownat,truncate,utimensat,mknod,mknodat,execve,connect,bind'

/** What a command line wrote to and which programs it started, by the system's own word. */
function traced(words: readonly string[]): {
  written: string[]
  programs: string[]
  status: number | null
  stderr: string
} {
  const trace = home.file('trace')
  const { status, stderr } = home.run(words, [
    'strace',
    '-f',
    '-qq',
    '-y',
    '-s',
    '4096',
    '-o',
    trace,
    '-e',
    `trace=${WRITING}`,
    '--',
  ])
  const rows = readFileSync(trace, 'utf8')
    .split('\n')
    .map((row) => row.replace(/^\d+ +/, ''))
  const done = rows.filter((row) => / = \d/.test(row) && !/^openat?\(.*O_RDONLY/.test(row))
  const paths = (row: string) => [...row.matchAll(/"([^"]*)"/g)].map(([, path = '']) => path)
  return {
    written: done.filter((row) => !row.startsWith('execve')).flatMap(paths),
    programs: done.filter((row) => row.startsWith('execve')).map((row) => paths(row)[0] ?? ''),
    status,
    stderr,
  }
}

describe.skipIf(NO_STRACE !== undefined)(`by strace (${NO_STRACE ?? 'which is here'})`, () => {
  it('F 7: nothing outside the state directory and the code cache is written, by any kind of command', () => {
    const { dir, stateDir } = home
    const lines = [
      'host init --board L40 --gpus 2',
      'vf enable 4 --gpu 0',
      'vgpu create -t L40-4Q -n desk7',
      'vgpu list',
      'vgpu create -t L40-48Q',
      'host fsck --repair',
      'host history',
      'vgpu destroy desk7',
      'undo',
      'vgpu --help',
      'smi',
    ].map((line) => line.split(' '))
    lines.push(['host', 'init', '--force', '--registry-dwords', `A=${'x'.repeat(LOG_LIMIT)}`])
    let written = 0
    for (const words of lines) {
      const outcome = traced(words)
      const allowed = (path: string) => path.startsWith(stateDir) || path.startsWith(CACHES)
      const outside = outcome.written.filter((path) => !allowed(path))
      expect([words[0], words[1], outside]).toEqual([words[0], words[1], []])
      expect(outcome.programs).toEqual([process.execPath])
      written += outcome.written.length
    }
    expect(written).toBeGreaterThan(15)
    expect(readdirSync(dir).sort()).toEqual(['state', 'trace'])
  })

  it('names, types and files from elsewhere start no program, whatever shell they are written for', () => {
    const evil = '$(touch pwned);`touch pwned`|touch pwned'
    home.ok('vf enable 4', 'types export L40-4Q types.json')
    const host = home.ok('host export')
    const files = {
      'evil.yaml': `schema: 1\ngpus:\n  - gpu: 0\n    vfs: 4\n    vgpus:\n      - {type: L40-4Q, name: '${evil}'}\n`,
      'evil.xml': `<vgpuconfig version="1.0"><vgpuType id="874" name="${evil.replaceAll('"', '')}"/></vgpuconfig>`,
      'evil.json': host.replace('"570.144"', JSON.stringify(evil)),
      [`${evil.replaceAll('/', '')}.json`]: host,
    }
    expect(files['evil.json']).toContain('touch')
    for (const [name, content] of Object.entries(files)) home.file(name, content)
    const lines = [
      ['apply', '-f', 'evil.yaml'],
      ['types', 'upload', 'evil.xml'],
      ['host', 'import', '--force', 'evil.json'],
      ['host', 'import', '--force', `${evil}.json`],
      ['vgpu', 'create', '-t', 'L40-4Q', '-n', evil],
      ['vgpu', 'create', '-t', 'L40-4Q', '--vm', evil],
      ['vgpu', 'define', '-t', 'L40-4Q', '-n', evil],
      ['host', 'export', evil],
    ]
    for (const words of lines) {
      const { programs, stderr } = traced(words)
      expect([words, programs]).toEqual([words, [process.execPath]])
      expect(stderr).not.toContain('internal error')
    }
    expect(existsSync(join(home.dir, 'pwned'))).toBe(false)
  })

  it('callouts are started themselves, with words that no shell reads', () => {
    const evil = 'web;$(touch pwned)'
    const folder = join(home.dir, 'scripts.d')
    mkdirSync(join(folder, 'callouts'), { recursive: true })
    const script = home.file(`scripts.d/callouts/a;touch pwned`, '#!/bin/cat\n')
    chmodSync(script, 0o755)
    home.ok('vf enable 4')
    const { programs, status, stderr } = traced([
      'vgpu',
      'create',
      '-t',
      'L40-4Q',
      '-n',
      'desk7',
      '--vm',
      evil,
      '--callouts',
      folder,
      '--force',
    ])
    expect([status, stderr.includes('internal error')]).toEqual([0, false])
    expect(programs.length).toBeGreaterThan(1)
    expect(new Set(programs)).toEqual(new Set([process.execPath, script]))
    expect(existsSync(join(home.dir, 'pwned'))).toBe(false)
  })
})
