import fs from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bench, type World } from './captured-io.ts'

let bench: Bench
beforeEach(() => {
  bench = new Bench()
})
afterEach(() => {
  bench.dispose()
})

const FLEET = `
gpus:
  - gpu: 0
    vfs: 16
vgpus:
  - {name: desk1, type: L40-4Q}
  - {type: L40-4Q, count: 3}
  - {name: spare, type: 874, state: configured, vf: 0/7}
`

/** Runs what has to succeed; answers its document. */
async function ok(line: string, world: World = {}) {
  const { status, stdout, stderr } = await bench.sh(`${line} -o json`, world)
  expect(status, `${line}: ${stderr}`).toBe(0)
  return JSON.parse(stdout)
}

const apply = (stdin: string, words = '') => ok(`apply -f - ${words}`, { stdin })

/** Applies what has to be refused, and holds the host to what it was. */
async function refused(stdin: string, status: number, words = ''): Promise<string> {
  const before = (await bench.sh('host export')).stdout
  const outcome = await bench.sh(`apply -f - ${words}`, { stdin })
  expect(outcome.status, outcome.stderr).toBe(status)
  expect(outcome.stdout).toBe('')
  expect(outcome.stderr).toMatch(/^nvgpu: apply: .* \(E[A-Z0-9]+\) \[[a-z-]+\]\n(hint: .+\n)?$/)
  expect((await bench.sh('host export')).stdout).toBe(before)
  return outcome.stderr
}

async function vgpus() {
  const { items } = await ok('vgpu list')
  return items as { uuid: string; name: string | null; state: string; vf: string; vgpuType: { name: string } }[]
}

describe('apply', () => {
  it('makes the host, says what it did, and does nothing the second time', async () => {
    const first = await apply(FLEET)
    expect(first).toMatchObject({ kind: 'steps', changed: true, warnings: [] })
    expect(first.items.map(({ step }: { step: string }) => step)).toEqual([
      'vfs',
      'create',
      'create',
      'create',
      'create',
      'create',
    ])
    const made = await vgpus()
    expect(made.map(({ name, state, vf }) => [name, state, vf])).toEqual([
      ['desk1', 'running', '0000:c1:00.4'],
      [null, 'running', '0000:c1:00.5'],
      [null, 'running', '0000:c1:00.6'],
      [null, 'running', '0000:c1:00.7'],
      ['spare', 'configured', '0000:c1:01.3'],
    ])
    const before = (await bench.sh('host export')).stdout
    expect(await apply(FLEET)).toEqual({ schema: 1, kind: 'steps', items: [], changed: false, warnings: [] })
    expect((await bench.sh('host export')).stdout).toBe(before)
  })

  it('is one change of the history', async () => {
    await apply(FLEET)
    expect((await ok('host history')).items).toHaveLength(1)
  })

  it('keeps what matches: the same UUIDs in the same places', async () => {
    await apply(FLEET)
    const before = await vgpus()
    await apply(FLEET.replace('count: 3', 'count: 5'))
    const after = await vgpus()
    expect(after).toHaveLength(7)
    for (const vgpu of before) expect(after).toContainEqual(vgpu)
    await apply(FLEET.replace('count: 3', 'count: 1'))
    const left = await vgpus()
    expect(left).toHaveLength(3)
    for (const vgpu of left) expect(before).toContainEqual(vgpu)
  })

  it('gives a name the same UUID on every host', async () => {
    await apply(FLEET)
    const [desk1] = await vgpus()
    // RFC 4122 version 5, checked with another implementation
    expect(desk1?.uuid).toBe('8f7c6b44-3532-527d-9bc4-dc77f3e67454')
  })

  it('is all or nothing: what does not fit leaves the host as it was', async () => {
    await apply(FLEET)
    const told = await refused(FLEET.replace('count: 3', 'count: 30'), 5)
    expect(told).toContain('standard input:7: vgpus[1]: this GPU carries 12 vGPUs and NVIDIA L40-4Q allows 12')
    expect(await vgpus()).toHaveLength(5)
  })

  it('under --dry-run runs the real model, tells what it would do, and changes nothing', async () => {
    const { items, dryRun } = await apply(FLEET, '--dry-run')
    expect([items.length, dryRun]).toEqual([6, true])
    expect(fs.existsSync(bench.stateDir)).toBe(false)
    await refused(FLEET.replace('count: 3', 'count: 30'), 5, '--dry-run')
  })

  it('makes vGPUs anew where their GPU has to be empty, with the same UUIDs', async () => {
    await apply(FLEET)
    const before = await vgpus()
    const { items } = await apply(FLEET.replace('vfs: 16', 'vfs: 8\n    ecc: off\n    scheduler: equal-share'))
    expect(items.map(({ step }: { step: string }) => step)).toEqual([
      ...before.map(() => 'destroy'),
      'vfs',
      'scheduler',
      ...before.map(() => 'create'),
    ])
    // the frame-rate limiter is off under equal share, and a VM that starts again is a new process
    const limited = (list: object[]) => list.map((vgpu) => ({ ...vgpu, frameRateLimit: null, pid: null }))
    expect(limited(await vgpus())).toEqual(limited(before))
  })

  it('does not touch vGPUs that nobody spoke of, and refuses what would', async () => {
    await apply(FLEET)
    const before = await vgpus()
    await apply('gpus:\n  - {gpu: 0, autoprobe: off}\n')
    expect(await vgpus()).toEqual(before)
    const told = await refused('gpus:\n  - gpu: 0\n    vfs: 4\n', 4)
    expect(told).toContain('standard input:2: gpus[0]: vGPU')
    expect(told).toContain('is in the way of a change of vfs on 0000:c1:00.0')
    expect(await refused('host: {profile: vgpu17}\n', 4)).toContain('drops 5 vGPUs')
  })

  it('makes the host anew where profile or boards are to be others', async () => {
    await apply(FLEET)
    const document = `host: {profile: vgpu17, boards: [{board: A16}]}\n${FLEET.replaceAll('L40-4Q', 'A16-4Q').replace('874', 'A16-4Q').replace('3}', '2}')}`
    await apply(document)
    expect((await ok('host show')).items[0]).toMatchObject({ profile: 'vgpu17', gpus: 4 })
    expect((await apply(document)).changed).toBe(false)
  })

  it('swaps names, moves a VF from one vGPU to another, and changes types', async () => {
    await apply('gpus: [{gpu: 0, vfs: 4}]\nvgpus: [{name: a, type: L40-4Q, vf: 0/0}, {name: b, type: L40-4Q, vf: 0/1}]')
    const [a, b] = await vgpus()
    await apply(`vgpus: [{uuid: ${a?.uuid}, name: b, type: L40-4Q}, {uuid: ${b?.uuid}, name: a, type: L40-4Q}]`)
    expect((await vgpus()).map(({ uuid, name }) => [uuid, name])).toEqual([
      [a?.uuid, 'b'],
      [b?.uuid, 'a'],
    ])
    await apply(`vgpus: [{uuid: ${a?.uuid}, type: L40-8Q, vf: 0/1}, {uuid: ${b?.uuid}, type: L40-8Q, vf: 0/0}]`)
    expect((await vgpus()).map(({ uuid, vgpuType }) => [uuid, vgpuType.name])).toEqual([
      [b?.uuid, 'NVIDIA L40-8Q'],
      [a?.uuid, 'NVIDIA L40-8Q'],
    ])
  })

  it('puts vGPUs with a placement where they belong, whatever else wants a VF', async () => {
    const document = `
gpus: [{gpu: 0, vfs: 4, mode: heterogeneous}]
vgpus:
  - {name: a, type: L40-8Q, vf: 0/0}
  - {name: b, type: L40-8Q, placement: 16}
  - {name: c, type: L40-16Q, gpu: 0, placement: 0, vf: 0/1}
`
    await apply(document)
    expect((await apply(document)).changed).toBe(false)
  })

  it('uploads types from a file beside the document, and describes them', async () => {
    await bench.sh(`types export L40-4Q ${bench.file('big.bin')}`)
    const blob = fs.readFileSync(bench.file('big.bin'))
    blob.writeUInt32LE(4000, 0)
    blob.write('NVIDIA L40-4X\0', 4, 'latin1')
    fs.writeFileSync(bench.file('big.bin'), blob)
    const file = bench.file(
      'host.yaml',
      'types: [{file: big.bin}]\ngpus: [{gpu: 0, vfs: 2}]\nvgpus: [{type: L40-4X}]\n',
    )
    await ok(`apply -f ${file}`)
    expect((await vgpus()).map(({ vgpuType }) => vgpuType.name)).toEqual(['NVIDIA L40-4X'])
    expect((await ok(`apply -f ${file}`)).changed).toBe(false)
    const described = (await bench.sh('export')).stdout
    expect((await apply(described)).changed).toBe(false)
    const other = new Bench()
    expect((await other.sh('apply -f -', { stdin: described })).status).toBe(0)
    expect((await other.sh('export')).stdout).toBe(described)
    other.dispose()
  })

  it('reads several files and several documents as one', async () => {
    const gpus = bench.file('gpus.yaml', '---\ngpus: [{gpu: 0, vfs: 4}]\n---\ngpus: [{gpu: 0, autoprobe: on}]\n')
    const desks = bench.file(
      'desks.json',
      '{"vgpus": [{"name": "a", "type": "L40-4Q"}]}\n---\n{"vgpus": [{"type": 874}]}',
    )
    await ok(`apply -f ${gpus} -f ${desks}`)
    expect(await vgpus()).toHaveLength(2)
  })

  it('defines and undefines, and remembers a GPU for the next boot', async () => {
    const document = `
gpus: [{gpu: 0, vfs: 4, persist: on}]
vgpus: [{name: desk1, type: L40-4Q, attrs: [{nvidia/vgpu_params: frame_rate_limiter=0}]}]
definitions: [{name: desk1, type: L40-4Q, start: auto}, {name: later, type: L40-4Q, vf: 0/2}]
`
    await apply(document)
    expect((await apply(document)).changed).toBe(false)
    const { items } = await ok('vgpu list --all')
    expect(items.map(({ name, state }: { name: string; state: string }) => [name, state])).toEqual([
      ['desk1', 'running'],
      ['later', 'defined'],
    ])
    await ok('host reboot')
    expect((await vgpus()).map(({ name, state }) => [name, state])).toEqual([['desk1', 'running']])
    expect((await apply('definitions: []')).items.map(({ step }: { step: string }) => step)).toEqual([
      'undefine',
      'undefine',
    ])
    expect(await vgpus()).toHaveLength(1)
  })

  it('heals what has failed', async () => {
    await apply('gpus: [{gpu: 0, vfs: 2}]\nvgpus: [{name: desk1, type: L40-4Q}]')
    const [{ channels }] = (await ok('vgpu list')).items
    await ok(`gsp inject xid --channel ${channels.first} --xid 31`)
    expect((await vgpus())[0]?.state).toBe('failed')
    const { items } = await apply('vgpus: [{name: desk1, type: L40-4Q}]')
    expect(items.map(({ step }: { step: string }) => step)).toEqual(['stop', 'start'])
    expect((await vgpus())[0]?.state).toBe('running')
  })

  it('binds a VF for mixed-size mode where VFs are not bound by themselves', async () => {
    const { items } = await apply('gpus: [{gpu: 0, vfs: 4, autoprobe: off, mode: heterogeneous}]')
    expect(items.map(({ step }: { step: string }) => step)).toEqual(['autoprobe', 'vfs', 'bind', 'mode'])
    const bound = (await ok('vf list')).items.filter(({ driver }: { driver: string | null }) => driver !== null)
    expect(bound).toMatchObject([{ index: 0 }])
  })

  it('forgets for the next boot what a reset and the same VFs would bring back', async () => {
    await ok('vf enable 4 --persist')
    const { items } = await apply('gpus: [{gpu: 0, ecc: on, persist: off}]')
    expect(items.map(({ step }: { step: string }) => step)).toEqual(['ecc', 'reset', 'vfs', 'persist'])
    await ok('host reboot')
    expect((await ok('vf list')).items).toEqual([])
  })

  it('says of a GPU that is other than it boots that it is not remembered so', async () => {
    await ok('vf enable 4 --persist')
    expect((await bench.sh('export')).stdout).toContain('persist: true')
    await ok('vf disable')
    await ok('vf enable 2')
    const described = (await bench.sh('export')).stdout
    expect(described).not.toContain('persist')
    expect((await apply(described)).changed).toBe(false)
  })

  it('takes a failing step back with all others', async () => {
    await ok('fault add ops.allocFbmem --effect ENOSPC --after 5')
    const before = (await bench.sh('host export')).stdout
    const { status } = await bench.sh('apply -f -', { stdin: FLEET })
    expect(status).toBe(1)
    const after = JSON.parse((await bench.sh('host export')).stdout)
    // an armed fault counts its hits, which is all that a refusal leaves
    const [{ hits, struck }] = after.faults
    expect([hits > 5, struck]).toEqual([true, 1])
    expect(after.gpus[0].vfs).toEqual(JSON.parse(before).gpus[0].vfs)
  })
})

describe('diff and assert', () => {
  it('tell differences with status 6, and nothing with status 0', async () => {
    const file = bench.file('host.yaml', FLEET)
    const differs = await bench.sh(`diff -f ${file}`)
    expect(differs.status).toBe(6)
    expect(differs.stdout.split('\n').map((line) => line.trimEnd())).toEqual([
      '   OBJECT            MEMBER  IS  WANTED                                     NOTE',
      '~  GPU 0000:c1:00.0  vfs     0   16',
      '+  vGPU desk1        -       -   NVIDIA L40-4Q on GPU 0, running',
      '+  vGPU spare        -       -   NVIDIA L40-4Q on 0000:c1:01.3, configured',
      '+  vGPU              -       -   NVIDIA L40-4Q on GPU 0, running',
      '+  vGPU              -       -   NVIDIA L40-4Q on GPU 0, running',
      '+  vGPU              -       -   NVIDIA L40-4Q on GPU 0, running',
      '',
    ])
    const assertion = await bench.sh(`assert -f ${file}`)
    expect([assertion.status, assertion.stdout]).toEqual([6, ''])
    expect(assertion.stderr).toBe(
      `nvgpu: assert: compare: the host differs in 6 places (EINVAL) [differs]\nhint: nvgpu diff -f ${file}\n`,
    )
    await ok(`apply -f ${file}`)
    for (const verb of ['diff', 'assert']) {
      const { status, stdout } = await bench.sh(`${verb} -f ${file}`)
      expect([status, stdout], verb).toEqual([0, ''])
    }
  })

  it('write nothing, not even the state directory', async () => {
    await bench.sh('diff -f -', { stdin: FLEET })
    expect(fs.existsSync(bench.stateDir)).toBe(false)
  })

  it('tell what is made anew, and what for', async () => {
    await apply(FLEET)
    const { stdout } = await bench.sh('diff -f - -o json', { stdin: FLEET.replace('vfs: 16', 'vfs: 8') })
    const { items } = JSON.parse(stdout)
    expect(items[0]).toMatchObject({ kind: 'gpu', member: 'vfs', is: 16, wanted: 8 })
    expect(items[1]).toMatchObject({ kind: 'vgpu', member: null })
    expect(items[1].note).toBe('made anew for a change of vfs on 0000:c1:00.0')
  })
})

describe('a file of vgpu-device-manager', () => {
  const CONFIGS = `
version: v1
vgpu-configs:
  default:
    - devices: all
      vgpu-devices: {L40-4Q: 12}
  mixed:
    - device-filter: ["0x26B510DE", "0x27B810DE"]
      devices: [0]
      vgpu-devices: {"L40-8Q": 6}
    - device-filter: "0x20B710DE"
      devices: all
      vgpu-devices: {"A100-40C": 1}
  empty:
    - devices: all
      vgpu-devices: {}
`

  it('is taken as it is, by label', async () => {
    await ok('host init --gpus 2')
    await apply(CONFIGS, '-c default')
    const all = await vgpus()
    expect(all).toHaveLength(24)
    expect((await apply(CONFIGS, '-c default')).changed).toBe(false)
    await apply(CONFIGS, '-c mixed')
    const mixed = await vgpus()
    expect(mixed.map(({ vgpuType }) => vgpuType.name).sort()).toEqual([
      ...Array.from({ length: 12 }, () => 'NVIDIA L40-4Q'),
      ...Array.from({ length: 6 }, () => 'NVIDIA L40-8Q'),
    ])
    // the second GPU was not spoken of
    expect(mixed.filter(({ vgpuType }) => vgpuType.name === 'NVIDIA L40-4Q')).toEqual(all.slice(12))
    await apply(CONFIGS, '-c empty')
    expect(await vgpus()).toEqual([])
  })

  it('leaves the host as it was when it asks for too much', async () => {
    await apply(CONFIGS, '-c default')
    await refused('version: v1\nvgpu-configs: {more: [{devices: all, vgpu-devices: {L40-48Q: 3}}]}', 5)
    expect(await vgpus()).toHaveLength(12)
  })

  it('has a label that has to be told where there are several', async () => {
    expect(await refused(CONFIGS, 2)).toContain('choose a label with -c: default, mixed, empty')
    expect(await refused(CONFIGS, 2, '-c other')).toContain('there is no label "other"; there is default, mixed, empty')
    expect(await refused(FLEET, 2, '-c default')).toContain('-c chooses among the vgpu-configs')
  })

  it('strips the attribute of a MIG profile from a type that is not called so', async () => {
    await apply('version: v1\nvgpu-configs: {one: [{devices: all, vgpu-devices: {L40-4QNOME: 1}}]}')
    expect((await vgpus()).map(({ vgpuType }) => vgpuType.name)).toEqual(['NVIDIA L40-4Q'])
    expect(await refused('vgpu-configs: {one: [{devices: all, vgpu-devices: {L40-4W: 1}}]}', 3)).toContain('"L40-4W"')
  })
})

describe('export', () => {
  it('prints the host as a document after which another one is the same', async () => {
    await ok('host init --gpus 2')
    await apply(`
gpus:
  - {gpu: 0, vfs: 8, mode: heterogeneous, scheduler: {policy: equal-share, frequency: 240, averaging: 10}}
  - {gpu: 1, vfs: 4, autoprobe: on, ecc: on, eccAfterReset: off, persist: on}
vgpus:
  - {name: a, type: L40-8Q, gpu: 0, placement: 16}
  - {name: b, type: L40-4Q, gpu: 0, state: paused}
  - {name: c, type: L40-2Q, gpu: 0, state: configured}
  - {name: d, type: L40-4Q, gpu: 0, vm: win11, guestOs: windows, policy: ignores, tcc: on}
definitions:
  - {name: e, type: L40-4Q, gpu: 1, vf: 2, attrs: [{nvidia/vgpu_params: frame_rate_limiter=0}]}
`)
    const document = (await bench.sh('export')).stdout
    const before = (await bench.sh('host export')).stdout
    expect((await apply(document)).items).toEqual([])
    expect((await bench.sh('host export')).stdout).toBe(before)
    const other = new Bench()
    expect(await other.sh('apply -f -', { stdin: document })).toMatchObject({ status: 0, stderr: '' })
    expect((await other.sh('export')).stdout).toBe(document)
    const json = (await other.sh('export -o json')).stdout
    expect((await bench.sh('diff -f -', { stdin: json })).status).toBe(0)
    other.dispose()
  })

  it('of a host that nobody touched changes nothing either', async () => {
    const document = (await bench.sh('export')).stdout
    expect((await bench.sh('assert -f -', { stdin: document })).status).toBe(0)
  })
})
