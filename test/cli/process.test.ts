import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { VERSION } from '../../src/cli/version.ts'
import { missing } from '../house/installed.ts'
import { CACHES } from '../house/sandbox.ts'

const BIN = path.resolve('bin/nvgpu.cjs')

let dir = ''
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'nvgpu-process-'))
  // Words for a shell: the directory of the clone may have a blank in its name, that of the link has none.
  fs.symlinkSync(BIN, path.join(dir, 'nvgpu'))
})
afterEach(() => {
  fs.rmSync(dir, { recursive: true, force: true })
})

function nvgpu(line: string, options: { node?: string[]; env?: Record<string, string>; input?: string } = {}) {
  const argv = [...(options.node ?? []), BIN, ...line.split(' ').filter((word) => word !== '')]
  const env = {
    PATH: process.env.PATH,
    HOME: dir,
    XDG_CACHE_HOME: CACHES,
    NVGPU_STATE_DIR: path.join(dir, 'state'),
    ...options.env,
  }
  return spawnSync(process.execPath, argv, {
    encoding: 'utf8',
    env,
    ...(options.input === undefined ? {} : { input: options.input }),
  })
}

function shell(script: string) {
  const env = {
    PATH: process.env.PATH,
    HOME: dir,
    XDG_CACHE_HOME: CACHES,
    NVGPU_STATE_DIR: path.join(dir, 'state'),
    NVGPU: `${process.execPath} ${path.join(dir, 'nvgpu')}`,
  }
  return spawnSync('bash', ['-c', script], { encoding: 'utf8', env })
}

describe('the binary', () => {
  it('does the main job as separate processes', () => {
    expect(nvgpu('vf enable 2')).toMatchObject({ status: 0, stderr: '' })
    const created = nvgpu('vgpu create --type L40-4Q --name desk7')
    expect(created.status).toBe(0)
    expect(created.stdout).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\n$/)
    expect(nvgpu('vgpu list -q').stdout).toBe(created.stdout)
    expect(nvgpu(`vgpu destroy ${created.stdout.slice(0, 8)}`).status).toBe(0)
    expect(nvgpu('vgpu list -q')).toMatchObject({ status: 0, stdout: '' })
  })

  it('leaves with the documented status', () => {
    expect(nvgpu('--version')).toMatchObject({ status: 0, stdout: `nvgpu ${VERSION}\n` })
    expect(nvgpu('vgpu').status).toBe(2)
    expect(nvgpu('vgpu show nothing').status).toBe(3)
    expect(nvgpu('vf enable 33').status).toBe(5)
  })

  it('reads files from standard input', () => {
    const exported = nvgpu('host export').stdout
    const { status, stderr } = nvgpu('host import -', { input: exported })
    expect([status, stderr]).toEqual([0, ''])
    expect(nvgpu('host export').stdout).toBe(exported)
  })

  it('is silent when its reader has gone, and the change it made stays', () => {
    // `true` has gone long before Node is up; $PIPESTATUS alone is the first command's status.
    const result = shell(
      '$NVGPU types list -o json | true; echo "$PIPESTATUS"; { sleep 0.2; $NVGPU vf enable 2; } | true; echo "$PIPESTATUS"',
    )
    expect(result.stderr).toBe('')
    expect(result.stdout).toBe('0\n0\n')
    expect(nvgpu('vf list -q').stdout.trim().split('\n')).toHaveLength(2)
  })

  it('says so when standard output is full', () => {
    const result = shell('$NVGPU vgpu list -o csv > /dev/full; echo $?')
    expect(result.stderr).toBe(
      'nvgpu: vgpu list: write: standard output could not be written: no space left (ENOSPC) [io-error]\n',
    )
    expect(result.stdout).toBe('1\n')
  })

  it('writes into a pipe that takes little at a time, to the last byte', () => {
    const whole = nvgpu('types list -o json').stdout
    expect(whole.length).toBeGreaterThan(20_000)
    const result = shell('$NVGPU types list -o json | { sleep 0.3; cat; }')
    expect(result.stdout).toBe(whole)
  })

  it('works with standard streams closed', () => {
    const result = shell('$NVGPU vf enable 2 >&- 2>&- <&-; echo $?')
    expect(result.stdout).toBe('0\n')
    expect(nvgpu('vf list -q').stdout.trim().split('\n')).toHaveLength(2)
    expect(nvgpu('host fsck')).toMatchObject({ status: 0 })
  })

  it.each(['--version', '--help'])('%s says why it cannot be written', (option) => {
    const result = shell(`$NVGPU ${option} > /dev/full; echo $?`)
    expect(result).toMatchObject({
      stdout: '1\n',
      stderr: 'nvgpu: write: standard output could not be written: no space left (ENOSPC) [io-error]\n',
    })
  })

  it('draws for the terminal it is on', (context) => {
    const reason = missing('script', '--version')
    if (reason !== undefined) console.log(`skipped: ${reason}`)
    context.skip(reason !== undefined, reason)
    nvgpu('vf enable 1')
    const result = shell(
      'script -qec "stty cols 70; $NVGPU vgpu create -t L40-4Q; $NVGPU vgpu list; $NVGPU gpu show" /dev/null < /dev/null',
    )
    expect(result.stdout).toMatch(/vGPU [0-9a-f-]{36} \(L40-4Q\) running on 0000:c1:00\.4/)
    expect(result.stdout).toContain('\u001b[32mrunning')
    expect(result.stdout).toContain('│ Framebuffer')
  })
})

describe('what is written for the user', () => {
  it('goes into a device, a pipe or the target of a link, and never in their place', () => {
    const file = path.join(dir, 'file')
    const link = path.join(dir, 'link')
    fs.writeFileSync(file, '')
    fs.symlinkSync('file', link)
    expect(nvgpu(`types export L40-1B ${link}`).status).toBe(0)
    expect(fs.lstatSync(link).isSymbolicLink()).toBe(true)
    expect(fs.statSync(file).size).toBe(4952)
    const read = shell(
      `mkfifo "$HOME/pipe" && { wc -c < "$HOME/pipe" & } && $NVGPU types export L40-1B "$HOME/pipe"; wait`,
    )
    expect(read).toMatchObject({ status: 0, stdout: '4952\n' })
    expect(fs.statSync(path.join(dir, 'pipe')).isFIFO()).toBe(true)
    // a link, so that a fault here does not cost the machine its device
    fs.symlinkSync('/dev/full', path.join(dir, 'full'))
    expect(nvgpu(`types export L40-1B ${dir}/full`)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('(ENOSPC)'),
    })
    expect(fs.lstatSync(path.join(dir, 'full')).isSymbolicLink()).toBe(true)
    expect(fs.readdirSync(dir).sort()).toEqual(['file', 'full', 'link', 'nvgpu', 'pipe'])
  })

  it('names an errno once, and a place that takes no directory', () => {
    expect(nvgpu('--state-dir /proc/x vf enable 4')).toMatchObject({
      status: 2,
      stderr:
        'nvgpu: vf enable: store commit: mkdir /proc/x: a directory cannot be made there (ENOENT) [invalid-argument]\n' +
        'hint: ls -ld "$(dirname /proc/x)"\n',
    })
  })
})
