import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

let dir = ''
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'nvgpu-output-'))
})
afterEach(() => {
  fs.rmSync(dir, { recursive: true, force: true })
})

const at = (name: string) => path.join(dir, name)

/** Writes a type to a file, as a process; run in a directory of its own, below which the state is. */
function write(file: string) {
  const argv = [path.resolve('bin/nvgpu.cjs'), 'types', 'export', 'L40-4Q', file]
  const env = { PATH: process.env.PATH, NVGPU_STATE_DIR: at('state') }
  return spawnSync(process.execPath, argv, { encoding: 'utf8', env, cwd: dir })
}

describe('a file that is written', () => {
  it.each(['here', 'sub/../here', './here'])('is made as %s, whatever was there before', (name) => {
    fs.mkdirSync(at('sub'))
    for (const content of [null, 'old']) {
      if (content !== null) fs.writeFileSync(at('here'), content)
      expect(write(name)).toMatchObject({ status: 0, stdout: '', stderr: '' })
      expect(fs.statSync(at('here')).size).toBe(4952)
    }
    expect(fs.readdirSync(dir).sort()).toEqual(['here', 'sub'])
  })

  it.each(['there', ''])('behind symbolic links is written through them: it had "%s"', (content) => {
    fs.mkdirSync(at('sub'))
    fs.symlinkSync('sub/second', at('link'))
    fs.symlinkSync('../file', at('sub/second'))
    if (content !== '') fs.writeFileSync(at('file'), content)
    expect(write('link')).toMatchObject({ status: 0, stderr: '' })
    expect(fs.statSync(at('file')).size).toBe(4952)
    expect([at('link'), at('sub/second')].map((link) => fs.readlinkSync(link))).toEqual(['sub/second', '../file'])
    expect(fs.readdirSync(dir).sort()).toEqual(['file', 'link', 'sub'])
  })

  it.each([0o600, 0o666, 0o640])('has the permissions it had: %o', (mode) => {
    fs.writeFileSync(at('file'), 'old')
    fs.chmodSync(at('file'), mode)
    expect(write('file')).toMatchObject({ status: 0, stderr: '' })
    expect(fs.statSync(at('file')).mode & 0o7777).toBe(mode)
  })

  it('behind a link is found from where the link is, also through a directory that is one', () => {
    fs.mkdirSync(at('deep/down'), { recursive: true })
    fs.symlinkSync('deep/down', at('short'))
    fs.symlinkSync('../file', at('deep/down/link'))
    expect(write('short/link')).toMatchObject({ status: 0, stderr: '' })
    expect(fs.statSync(at('deep/file')).size).toBe(4952)
  })

  it.each([
    ['loop', 3, 'loop is a symbolic link that leads to itself (ELOOP) [not-found]'],
    ['lost', 3, 'lost does not exist (ENOENT) [not-found]'],
    ['sub', 2, 'sub is a directory (EISDIR) [invalid-file]'],
    ['to-sub', 2, 'to-sub is a directory (EISDIR) [invalid-file]'],
    ['missing/file', 3, 'missing/file does not exist (ENOENT) [not-found]'],
    ['plain/file', 3, 'plain/file has a part that is not a directory (ENOTDIR) [not-found]'],
  ])('is refused as %s, and nothing is left behind', (name, status, sentence) => {
    fs.symlinkSync('pool', at('loop'))
    fs.symlinkSync('loop', at('pool'))
    fs.symlinkSync('missing/file', at('lost'))
    fs.mkdirSync(at('sub'))
    fs.symlinkSync('sub', at('to-sub'))
    fs.writeFileSync(at('plain'), '')
    const before = fs.readdirSync(dir, { recursive: true })
    const outcome = write(name)
    expect(outcome).toMatchObject({ status, stdout: '' })
    expect(outcome.stderr).toBe(`nvgpu: types export: write: ${sentence}\nhint: ls -ld ${name}\n`)
    expect(fs.readdirSync(dir, { recursive: true })).toEqual(before)
    expect(fs.readlinkSync(at('lost'))).toBe('missing/file')
  })
})
