import fs from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Sandbox } from '../house/sandbox.ts'

let box: Sandbox
let words: (line: string) => ReturnType<Sandbox['run']>
beforeEach(() => {
  box = new Sandbox()
  words = (line) => box.run('nvgpu', line.split(' '))
  for (const line of ['vf enable 4', 'vgpu create -t L40-4Q -n desk7', 'vgpu define -t L40-4Q -n desk8'])
    expect(words(line).status).toBe(0)
})
afterEach(() => box.dispose())

/** Every command that writes where its user says; PATH is where. */
const COMMANDS = [
  'vgpu save desk7 PATH',
  'vgpu save desk7 PATH --dry-run',
  'host export PATH',
  'types export L40-4Q PATH',
  'smi -f PATH',
  'events export --format mermaid PATH',
  'nvml install PATH',
  'sysfs export PATH',
  'export nodedev --dir PATH',
  'export nodedev --dir=PATH',
  'export mdevctl --dir PATH',
  'migrate desk7 --to PATH',
]

/** Names and content of the state directory. */
function digest(): string[] {
  const files = fs.readdirSync(box.stateDir, { recursive: true, encoding: 'utf8' }).sort()
  return files.map((file) => {
    const full = path.join(box.stateDir, file)
    return `${file}: ${fs.statSync(full).isFile() ? fs.readFileSync(full, 'latin1') : ''}`
  })
}

describe('E 4: an output path inside the state directory', () => {
  it.each(COMMANDS)('is refused, with a command that works: %s', (line) => {
    const before = digest()
    const target = '.local/state/nvgpu/new'
    const { status, stdout, stderr } = words(line.replace('PATH', target))
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain(
      `${target} leads into the state directory ${box.stateDir}, which is for the host only (EINVAL) [invalid-argument]\n`,
    )
    expect(digest()).toEqual(before)
    const hint = /^hint: (nvgpu .*)$/m.exec(stderr)?.[1] ?? ''
    expect(hint).toBe(`nvgpu ${line.replace('PATH', path.join(box.stateDir, '../new'))}`)
    // a migration needs a host to arrive at
    if (line.startsWith('migrate')) words('vf enable 4 --state-dir .local/state/new')
    expect([hint, box.sh(hint).status]).toEqual([hint, 0])
  })

  it.each([
    ['a file of the state', '.local/state/nvgpu/log.0.jsonl'],
    ['the directory itself', '.local/state/nvgpu'],
    ['a directory that is not there', '.local/state/nvgpu/a/b'],
    ['an absolute path', 'HOME/.local/state/nvgpu/x'],
    ['dots', '.local/state/nvgpu/../nvgpu/x'],
    ['a link to the directory', 'to-state/x'],
    ['a link to a directory above it', 'to-above/nvgpu/x'],
    ['a link to a file', 'to-log'],
    ['a link that leads to nothing yet', 'to-new'],
    ['a link to that', 'to-to-new'],
    ['a directory behind a link, and out of it by dots', 'to-deep/../nvgpu/x'],
  ])('is refused by way of %s', (_way, target) => {
    const at = (name: string) => path.join(box.home, name)
    fs.mkdirSync(at('.local/state/deep'))
    fs.symlinkSync('.local/state/nvgpu', at('to-state'))
    fs.symlinkSync('.local/state', at('to-above'))
    fs.symlinkSync('.local/state/nvgpu/log.0.jsonl', at('to-log'))
    fs.symlinkSync('.local/state/nvgpu/new', at('to-new'))
    fs.symlinkSync('to-new', at('to-to-new'))
    fs.symlinkSync('.local/state/deep', at('to-deep'))
    const before = digest()
    for (const command of ['host export', 'sysfs export', 'export nodedev --dir', 'nvml install', 'serve --dir']) {
      const { status, stderr } = words(`${command} ${target.replace('HOME', box.home)}`)
      expect([status, stderr]).toEqual([2, expect.stringContaining('leads into the state directory')])
    }
    expect(digest()).toEqual(before)
    expect(words('host fsck').status).toBe(0)
  })

  it('is one also where the state directory was named by a path with a link in it, or is yet to be made', () => {
    fs.symlinkSync('.local/state', path.join(box.home, 'other'))
    for (const dir of ['other/nvgpu', 'other/nvgpu/', 'other/../.local/state/nvgpu', './other/fresh']) {
      const there = dir.includes('fresh') ? '.local/state/fresh' : '.local/state/nvgpu'
      const { status, stderr } = words(`--state-dir ${dir} export nodedev --dir ${there}/x`)
      expect([dir, status, stderr]).toEqual([dir, 2, expect.stringContaining('leads into the state directory')])
      expect(stderr).toMatch(/^hint: nvgpu --state-dir \S+ export nodedev --dir \S+$/m)
    }
    expect(fs.existsSync(path.join(box.home, '.local/state/fresh'))).toBe(false)
  })

  it('is none beside it, nor one whose name only begins like it', () => {
    for (const target of ['.local/state/nvgpu.json', '.local/state/nvgpu-2', '.local/state/x'])
      expect(words(`host export ${target}`)).toEqual({ status: 0, stdout: '', stderr: '' })
  })
})
