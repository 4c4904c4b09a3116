import fs from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bench } from './captured-io.ts'

const EXAMPLE = fs.readFileSync('examples/mig-parted.yaml', 'utf8')

let bench: Bench
beforeEach(() => {
  bench = new Bench()
})
afterEach(() => {
  bench.dispose()
})

async function ok(line: string, stdin = ''): Promise<string> {
  const { status, stdout, stderr } = await bench.sh(line, { stdin })
  expect({ line, status, stderr: status === 0 ? '' : stderr }).toEqual({ line, status: 0, stderr: '' })
  return stdout
}

async function refused(text: string, status: number, words = ''): Promise<string> {
  const outcome = await bench.sh(`apply -f - ${words}`, { stdin: text })
  expect(outcome.status, outcome.stderr).toBe(status)
  return outcome.stderr
}

/** Applies a document twice: as announced, and then no more. */
async function reached(text: string, words = ''): Promise<void> {
  expect((await bench.sh(`assert -f - ${words}`, { stdin: text })).status).toBe(6)
  const before = await ok('host export')
  const announced = await ok(`apply -f - ${words} --dry-run`, text)
  expect(await ok('host export')).toBe(before)
  expect(await ok(`apply -f - ${words}`, text)).toBe(announced)
  const after = await ok('host export')
  await ok(`assert -f - ${words}`, text)
  expect(await ok(`diff -f - ${words}`, text)).toBe('')
  expect(JSON.parse(await ok(`apply -f - ${words} -o json`, text)).items).toEqual([])
  expect(await ok('host export')).toBe(after)
}

interface Item {
  readonly id: number
  readonly gpu: number
  readonly profile: { readonly name: string }
  readonly placement: { readonly start: number }
  readonly computeInstances: readonly { readonly profile: { readonly name: string } }[]
}

/** "GPU/ID PROFILE:START" of each GPU instance, with its compute instances unless one takes all of it. */
async function instances(): Promise<string[]> {
  const items: Item[] = JSON.parse(await ok('mig list -o json')).items
  return items.map(({ gpu, id, profile, placement, computeInstances }) => {
    const inside = computeInstances.map((compute) => compute.profile.name).join(' ')
    return `${gpu}/${id} ${profile.name}:${placement.start}${inside === profile.name ? '' : ` [${inside}]`}`
  })
}

const parted = (entries: string) => `version: v1\nmig-configs:\n  lab:\n${entries}`
const onAll = (devices: string) => parted(`    - {devices: all, mig-enabled: true, mig-devices: ${devices}}\n`)

describe("mig-parted's file", () => {
  it('M 4: every label is reached, is then as asserted, and twice changes nothing', async () => {
    await ok('host init --board A100-PCIE-40GB --gpus 2 --profile vgpu17')
    await ok('apply -f - -c all-disabled', EXAMPLE)
    await reached(EXAMPLE, '-c all-enabled')
    expect(await instances()).toEqual([])
    await reached(EXAMPLE, '-c all-balanced')
    const balanced = ['3g.20gb:4', '2g.10gb:0', '1g.5gb:2', '1g.5gb:3']
    expect((await instances()).map((text) => text.slice(text.indexOf(' ') + 1)).sort()).toEqual(
      [...balanced, ...balanced].sort(),
    )
    await reached(EXAMPLE, '-c halves')
    expect(await instances()).toEqual([
      '0/1 3g.20gb:0 [1c.3g.20gb 1c.3g.20gb]',
      '0/2 3g.20gb:4',
      '1/1 3g.20gb:4',
      '1/2 3g.20gb:0 [1c.3g.20gb 1c.3g.20gb]',
    ])
    await reached(EXAMPLE, '-c all-disabled')
    expect(await ok('mig list')).toBe('')
  })

  it('M 4: a filter selects the boards, and other GPUs stay as they are', async () => {
    await ok('host init --board H100-SXM5-80GB --profile vgpu17')
    await reached(EXAMPLE, '-c all-balanced')
    expect((await instances()).length).toBe(4)
    await ok('host init --force --board L40 --profile vgpu17')
    await ok('assert -f - -c all-balanced', EXAMPLE)
    await ok('assert -f - -c all-disabled', EXAMPLE)
    expect(await refused(EXAMPLE, 1, '-c all-enabled')).toContain('NVIDIA L40 has no MIG (EOPNOTSUPP)')
  })

  it('M 4: a layout is found in which the devices in their order do not fit', async () => {
    await ok('host init --board A100-PCIE-40GB --profile vgpu17')
    await ok('mig enable')
    const { status } = await bench.sh('mig create 1g.5gb 1g.5gb 2g.10gb 3g.20gb')
    expect(status).toBe(5)
    await reached(onAll('{1g.5gb: 2, 2g.10gb: 1, 3g.20gb: 1}'))
    expect((await instances()).length).toBe(4)
  })

  it('M 4: no layout: every order was tried, and nothing is changed', async () => {
    await ok('host init --board A100-PCIE-40GB --profile vgpu17')
    await ok('mig enable')
    await ok('mig create 3g.20gb -C')
    const before = await ok('host export')
    const text = await refused(onAll('{3g.20gb: 2, 1g.5gb: 1}'), 5)
    expect(text).toContain('no order of 3g.20gb, 3g.20gb, 1g.5gb fits on 0000:c1:00.0 (ENOSPC)')
    expect(text).toContain('hint: nvgpu mig placements 0000:c1:00.0')
    expect(await refused(onAll('{1g.5gb+me: 2}'), 5)).toContain('no order of 1g.5gb+me, 1g.5gb+me fits')
    expect(await refused(onAll('{9g.5gb: 1}'), 2)).toContain('there is no profile 9g.5gb; nearest: 1g.5gb')
    expect(await ok('host export')).toBe(before)
  })

  it('M 4: instances that answer the file stay, and their devices keep their UUIDs', async () => {
    await ok('host init --board A100-PCIE-40GB --profile vgpu17')
    await ok('mig enable')
    await ok('mig create 3g.20gb:4 -C')
    const steps = await ok('apply -f -', onAll('{3g.20gb: 2}'))
    expect(steps).toBe('create GPU instance 3g.20gb:0 on 0000:c1:00.0\n')
    await ok('mig destroy --all')
    await ok('mig create 1g.5gb:4 -C')
    expect(await ok('apply -f -', onAll('{4g.20gb: 1, 3g.20gb: 1}'))).toContain('destroy GPU instance 1g.5gb:4')
  })

  it('M 4: a pending mode, and VFs that are in the way, are dealt with', async () => {
    await ok('host init --board A100-PCIE-40GB --profile vgpu17')
    await ok('vf enable 4')
    await bench.sh('mig enable')
    await reached(onAll('{7g.40gb: 1}'))
    expect(JSON.parse(await ok('gpu show 0 -o json')).items[0].sriov.numVfs).toBe(4)
  })

  it('M 4: the export in its form is a file for it', async () => {
    await ok('host init --board A100-PCIE-40GB --gpus 2 --profile vgpu17')
    await ok('mig enable 1')
    await ok('mig create 3g.20gb 1g.5gb -C --gpu 1')
    const text = await ok('export mig-configs -c now')
    expect(text).toContain('now:\n    - devices:\n        - 0\n      mig-enabled: false')
    expect(text).toContain('      mig-devices:\n        3g.20gb: 1\n        1g.5gb: 1')
    await ok('assert -f - -c now', text)
    await ok('mig destroy --all --gpu 1')
    await reached(text)
  })

  it.each([
    ['mig-configs: {}', 'version is missing: v1'],
    ['version: v2\nmig-configs: {}', 'version: one of v1 is needed here, not "v2"'],
    ['version: v1\nmig-configs: {a: []}', 'mig-configs.a: the list is empty'],
    ['version: v1\nmig-configs: {a: [{mig-enabled: false}]}', 'devices is missing: all, or a list of indices'],
    ['version: v1\nmig-configs: {a: [{devices: all}]}', 'mig-enabled is missing'],
    ['version: v1\nmig-configs: {a: [{devices: [], mig-enabled: false}]}', 'a[0].devices: the list is empty'],
    ['version: v1\nmig-configs: {a: [{devices: some, mig-enabled: false}]}', 'one of all is needed here, not "some"'],
    ['version: v1\nmig-configs: {a: [{devices: all, mig-enabled: true}]}', 'mig-devices is missing; {} has none'],
    [
      parted('    - {devices: all, mig-enabled: false, mig-devices: {1g.5gb: 1}}'),
      'no MIG devices while mig-enabled is',
    ],
    [parted('    - {devices: all, device-filter: [], mig-enabled: false}'), 'device-filter: the list is empty'],
    [parted('    - {devices: all, device-filter: "0x20", mig-enabled: false}'), '"0x20" is not a PCI id of the form'],
    [parted('    - {devices: all, mig-enabled: false, devcies: all}'), 'there is no member "devcies" here'],
    [onAll('{1g.5gb+me-me: 1}'), '"1g.5gb+me-me" is not a profile of the form 1g.5gb, 1g.5gb+me or 1c.3g.20gb'],
    [onAll('{5gb: 1}'), '"5gb" is not a profile of the form'],
    [onAll('{1g.5gb: -1}'), 'a whole number from 0 to 64 is needed here, not -1'],
    [parted('    - {devices: [7], mig-enabled: false}'), 'there is no GPU 7, there is one'],
  ])('M 4: %j is refused: %s', async (text, sentence) => {
    const outcome = await bench.sh('diff -f -', { stdin: text })
    expect([2, 3]).toContain(outcome.status)
    expect(outcome.stderr).toContain(sentence)
  })
})

describe('a host file with MIG', () => {
  const host = (members: string) =>
    `host: {profile: vgpu17, boards: [{board: A100-PCIE-40GB}]}\ngpus:\n  - {gpu: 0, ${members}}\n`

  it('M 7: without MIG it means what it meant', async () => {
    await ok('host init --board A100-PCIE-40GB --profile vgpu17')
    await ok('mig enable')
    await ok('mig create 3g.20gb -C')
    const before = await ok('host export')
    await ok('apply -f -', host('vfs: 0, ecc: off'))
    expect(await ok('host export')).toBe(before)
  })

  it('M 4: instances by name, number, place and count, with their compute instances', async () => {
    await ok('host init --board A100-PCIE-40GB --profile vgpu17')
    await reached(
      host(
        'gpuInstances: [{profile: 3g.20gb, start: 0, computeInstances: [1c, {profile: 2c.3g.20gb}]}, {profile: 19, count: 3}]',
      ),
    )
    expect((await instances()).sort()).toEqual([
      '0/1 3g.20gb:0 [2c.3g.20gb 1c.3g.20gb]',
      '0/11 1g.5gb:4',
      '0/12 1g.5gb:5',
      '0/13 1g.5gb:6',
    ])
    await reached(host('mig: on, gpuInstances: []'))
    await reached(host('mig: off'))
  })

  it('M 4: an instance that is there keeps its compute instances unless the file says them', async () => {
    await ok('host init --board A100-PCIE-40GB --profile vgpu17')
    await ok('mig enable')
    await ok('mig create 3g.20gb')
    await ok('assert -f -', host('gpuInstances: [3g.20gb]'))
    await reached(host('gpuInstances: [{profile: 3g.20gb, computeInstances: [3g.20gb]}]'))
  })

  it.each([
    ['gpuInstances: [{start: 0}]', 'profile is missing'],
    ['gpuInstances: [{profile: 3g.20gb, start: 1}]', '3g.20gb starts at 0, 4, not at 1'],
    ['gpuInstances: [{profile: 3g.20gb, start: 0, count: 2}]', '2 GPU instances cannot share it'],
    ['gpuInstances: [{profile: 3g.20gb, computeInstances: [2c, 2c]}]', 'there is no place for 2c.3g.20gb in 3g.20gb'],
    ['mig: off, gpuInstances: [3g.20gb]', '0000:c1:00.0 is to have GPU instances and no MIG'],
    ['gpuInstances: [3g.20gb, 4g.20gb, 1g.5gb]', 'no order of 3g.20gb, 4g.20gb, 1g.5gb fits on 0000:c1:00.0'],
  ])('M 4: %s is refused: %s', async (members, sentence) => {
    expect((await bench.sh('apply -f -', { stdin: host(members) })).stderr).toContain(sentence)
    expect((await bench.sh('mig list')).stdout).toBe('')
  })

  it('M 4: the export of a host gives MIG back, there and on a new host', async () => {
    await ok('host init --board A100-PCIE-40GB --gpus 2 --profile vgpu17')
    await ok('mig enable 0')
    await ok('mig create 3g.20gb 1g.5gb:2 --gpu 0')
    await ok('mig create 2c 1c --gpu-instance 2 --gpu 0')
    await ok('vf enable 4 --gpu 1')
    await bench.sh('mig enable 1')
    const document = await ok('export')
    expect(JSON.parse(await ok('apply -f - -o json', document)).items).toEqual([])
    const other = new Bench()
    try {
      expect((await other.sh('apply -f -', { stdin: document })).status).toBe(0)
      expect((await other.sh('export')).stdout).toBe(document)
    } finally {
      other.dispose()
    }
  })
})

describe('a host file with vGPUs on GPU instances', () => {
  const document = `host: {profile: vgpu17, boards: [{board: A100-PCIE-40GB}]}
gpus:
  - gpu: 0
    vfs: 16
    gpuInstances: [{profile: 3g.20gb, start: 0}, {profile: 3g.20gb, start: 4}]
    vgpus: [{type: A100-3-20C, name: train, gpuInstance: 2}]
`

  it('M 4: vGPUs come onto the named instance, twice changes nothing, and the export gives it back', async () => {
    await reached(document)
    expect(JSON.parse(await ok('vgpu list -o json')).items[0].gpuInstance).toBe(2)
    const exported = await ok('export')
    expect(exported).toContain('gpuInstance: 2')
    const other = new Bench()
    try {
      expect((await other.sh('apply -f -', { stdin: exported })).status).toBe(0)
      expect((await other.sh('export')).stdout).toBe(exported)
    } finally {
      other.dispose()
    }
  })

  it('M 4: an instance beside a vGPU comes and goes without it; its own does not', async () => {
    await ok('apply -f -', document)
    const beside = document.replace('{profile: 3g.20gb, start: 0}', '{profile: 2g.10gb, start: 0}')
    expect((await ok('apply -f -', beside)).split('\n').map((line) => line.split(' ')[0])).toEqual([
      'destroy',
      'create',
      '',
    ])
    const before = await ok('host export')
    const gone = 'gpus: [{gpu: 0, gpuInstances: [2g.10gb]}]'
    expect(await refused(gone, 4)).toContain('is in the way of a change of gpuInstances on 0000:c1:00.0')
    expect(await refused('gpus: [{gpu: 0, mig: off}]', 4)).toContain('is in the way of a change of')
    expect(await ok('host export')).toBe(before)
  })
})
