import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let scratch = ''
beforeAll(() => {
  scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'nvgpu-package-'))
})
afterAll(() => {
  fs.rmSync(scratch, { recursive: true, force: true })
})

describe('the package', () => {
  it('F 7: has what a user needs and nothing else, and works where it is installed', () => {
    // A copy, because packing cleans dist, which other tests are using.
    const checkout = copyOfCheckout()
    const packed = npm(['pack', '--json', '--pack-destination', scratch], checkout)
    expect(packed.status, packed.stderr).toBe(0)
    // Warnings of the bundler begin with their code: [INEFFECTIVE_DYNAMIC_IMPORT].
    expect(packed.stderr).not.toMatch(/\[[A-Z]+_[A-Z_]+\]/)
    const tarball = fs.readdirSync(scratch).find((name) => name.endsWith('.tgz')) ?? ''
    expect(filesOf(path.join(scratch, tarball))).toEqual(
      [
        'LICENSE',
        'README.md',
        'bin/behind/lsmdev',
        'bin/behind/mdevctl',
        'bin/host/nvidia-smi',
        'bin/host/sriov-manage',
        'bin/nvgpu.cjs',
        'completions/_nvgpu',
        'completions/nvgpu.bash',
        'completions/nvgpu.fish',
        'man/nvgpu.1',
        'package.json',
        'bin/code-cache.cjs',
        ...fs.readdirSync(path.join(checkout, 'dist/program')).map((name) => `dist/program/${name}`),
      ].sort(),
    )

    // What is shipped of dist: 2.5 MB at most.
    const sizes = fs
      .readdirSync(path.join(checkout, 'dist/program'))
      .map((name) => fs.statSync(path.join(checkout, 'dist/program', name)).size)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(2_500_000)

    const prefix = path.join(scratch, 'prefix')
    const install = ['install', '--global', '--prefix', prefix, '--no-audit', '--no-fund', '--offline']
    const installed = npm([...install, path.join(scratch, tarball)], scratch)
    expect(installed.status, installed.stderr).toBe(0)
    const { version, dependencies } = JSON.parse(fs.readFileSync('package.json', 'utf8'))
    // all that it loads is in its own chunks, under the licences that come with them
    expect(dependencies).toBeUndefined()
    expect(fs.readdirSync(path.join(prefix, 'lib/node_modules'))).toEqual(['nvgpu'])
    const licences = fs.readFileSync(path.join(checkout, 'dist/program/licences.txt'), 'utf8')
    for (const name of ['chalk', 'commander', 'ora', 'saxes', 'yaml']) {
      expect(licences).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\((MIT|ISC)\\)$`, 'm'))
    }
    expect(nvgpu(prefix, '--version')).toBe(`nvgpu ${version}\n`)
    expect(nvgpu(prefix, 'vf', 'enable', '4', '-q').split('\n')).toHaveLength(5)
    expect(nvgpu(prefix, 'vgpu', 'create', '--type', 'L40-4Q')).toMatch(/^[0-9a-f-]{36}\n$/)
    expect(fs.readFileSync(path.join(prefix, 'share/man/man1/nvgpu.1'))).toEqual(fs.readFileSync('man/nvgpu.1'))
  })
})

/** What git knows of or would add, and this installation's node_modules. */
function copyOfCheckout(): string {
  const copy = path.join(scratch, 'checkout')
  const listed = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    encoding: 'utf8',
  })
  expect(listed.status, listed.stderr).toBe(0)
  for (const name of listed.stdout.split('\0').filter((each) => each !== '' && fs.existsSync(each))) {
    fs.cpSync(name, path.join(copy, name))
  }
  fs.symlinkSync(path.resolve('node_modules'), path.join(copy, 'node_modules'))
  return copy
}

function npm(args: readonly string[], cwd: string) {
  return spawnSync('npm', args, { cwd, encoding: 'utf8' })
}

function nvgpu(prefix: string, ...args: readonly string[]): string {
  const env = { PATH: process.env.PATH ?? '', NVGPU_STATE_DIR: path.join(scratch, 'state') }
  const result = spawnSync(path.join(prefix, 'bin/nvgpu'), args, { cwd: scratch, env, encoding: 'utf8' })
  expect(result.status, result.stderr).toBe(0)
  return result.stdout
}

function filesOf(tarball: string): string[] {
  const listed = spawnSync('tar', ['--list', '--file', tarball], { encoding: 'utf8' })
  expect(listed.status, listed.stderr).toBe(0)
  return listed.stdout
    .trimEnd()
    .split('\n')
    .map((name) => name.replace(/^package\//, ''))
    .sort()
}
