import fs from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { withCrc } from '../../src/store/disk/checked-file.ts'
import { Sandbox } from '../house/sandbox.ts'
import { copyState, type StateFixture, stateFixtures } from './state-fixtures.ts'

/** Changes that these fixtures allow; elsewhere the first vGPU is destroyed. */
const CHANGES: Readonly<Record<string, readonly string[]>> = {
  '0.1.0/arrived-source': ['vgpu', 'stop', 'desk2'],
  '0.1.0/leaving-source': ['vgpu', 'stop', 'desk2'],
  '0.1.0/leaving-target': ['vf', 'autoprobe', 'off'],
}

let sandbox: Sandbox
beforeEach(() => {
  sandbox = new Sandbox()
})
afterEach(() => sandbox.dispose())

/** What a command says on stdout; it has to succeed. */
function said(...args: string[]): string {
  const { status, stdout, stderr } = sandbox.run('nvgpu', args)
  expect(status, `nvgpu ${args.join(' ')}: ${stderr}`).toBe(0)
  return stdout
}

/** The host of an export, without its schema number. */
function hostOf(text: string): { gpus: unknown[] } {
  const { schema: _, ...host } = JSON.parse(text)
  return host
}

const exported = () => hostOf(said('host', 'export'))

function open(fixture: StateFixture): void {
  fs.mkdirSync(path.dirname(sandbox.stateDir), { recursive: true })
  copyState(fixture.state, sandbox.stateDir)
}

describe('a state directory of an earlier release', () => {
  const fixtures = stateFixtures()

  it.each([
    ['0.1.0', 13],
    ['0.2.0', 6],
  ])('F 1: is kept for each host of %s', (release, count) => {
    expect(fixtures.filter(({ name }) => name.startsWith(`${release}/`))).toHaveLength(count)
  })

  it.each(fixtures)('F 1: $name opens, lists, changes, undoes and checks', (fixture) => {
    const before = hostOf(fs.readFileSync(fixture.exported, 'utf8'))
    open(fixture)
    expect(said('gpu', 'list', '-q')).not.toBe('')
    const vgpus = said('vgpu', 'list', '-q').split('\n').filter(Boolean)
    for (const uuid of vgpus) expect(said('vgpu', 'show', uuid)).toContain(uuid)
    expect(exported()).toMatchObject(before)

    said(...(CHANGES[fixture.name] ?? ['vgpu', 'destroy', vgpus[0] ?? '']))
    expect(exported().gpus).not.toMatchObject(before.gpus)
    said('undo')
    expect(exported().gpus).toMatchObject(before.gpus)
    const { items } = JSON.parse(said('host', 'fsck', '-o', 'json'))
    expect(items.filter(({ severity }: { severity: string }) => severity !== 'note')).toEqual([])
  })

  it.each(fixtures)('F 1: the export of $name is imported, and is the same host', (fixture) => {
    said('host', 'import', fixture.exported)
    const imported = exported()
    expect(imported).toMatchObject(hostOf(fs.readFileSync(fixture.exported, 'utf8')))
    fs.rmSync(sandbox.stateDir, { recursive: true })
    open(fixture)
    expect(exported()).toEqual(imported)
  })
})

describe('a host with more vGPUs of a type than the catalogue allows today', () => {
  const fixture = stateFixtures().find(({ name }) => name === '0.1.0/h200')
  const refused = (...args: string[]) => {
    const { status, stderr } = sandbox.run('nvgpu', args)
    expect(status, `nvgpu ${args.join(' ')}`).not.toBe(0)
    return stderr
  }

  it('I 1.5: keeps all of them until its driver loads the table of types again', () => {
    open(fixture ?? expect.fail('there is no such fixture'))
    const running = () =>
      JSON.parse(said('vgpu', 'list', '-o', 'json')).items.map(({ state }: { state: string }) => state)
    expect(running().filter((state: string) => state === 'running')).toHaveLength(16)
    // its firmware has the record of 0.1.0
    said('vgpu', 'start', 'desk17')
    expect(running()).toEqual(Array(17).fill('running'))
    said('vgpu', 'stop', 'desk3')
    said('vgpu', 'start', 'desk3')
    const document = path.join(sandbox.home, 'host.yaml')
    fs.writeFileSync(document, said('export'))
    expect(said('apply', '-f', document, '-q')).toBe('')
    said('vgpu', 'destroy', 'desk3')
    // the driver of today has the count of today
    expect(refused('vgpu', 'create', '--type', 'H200X-8C')).toContain('allows 16')
    said('host', 'reboot')
    said('vf', 'enable', '20')
    said('vgpu', 'create', '--type', 'H200X-8C', '--count', '16', '-q')
    expect(refused('vgpu', 'create', '--type', 'H200X-8C')).toContain('allows 16')
    expect(said('host', 'fsck', '-q')).toBe('')
  })
})

describe('a state directory of a later release', () => {
  it.each(['gpu list', 'vf enable 4', 'undo', 'host export'])('F 1: is refused by %s', (line) => {
    const write = (name: string, text: string | Uint8Array) => {
      fs.writeFileSync(path.join(sandbox.stateDir, name), text, { mode: 0o600 })
    }
    fs.mkdirSync(path.join(sandbox.stateDir, 'shards'), { recursive: true, mode: 0o700 })
    const snapshot = { schema: 999, epoch: 1, form: 'nobody here knows what else there is' }
    write('snap.1.json', withCrc(`${JSON.stringify(snapshot)}\n[]\n`))
    write('log.1.jsonl', '')
    const { status, stdout, stderr } = sandbox.run('nvgpu', line.split(' '))
    expect([status, stdout]).toEqual([8, ''])
    expect(stderr).toContain('written by a newer version (schema 999')
  })
})
