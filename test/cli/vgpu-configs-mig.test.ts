import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Cursor } from '../../src/app/documents/cursor.ts'
import { Source } from '../../src/app/documents/source.ts'
import { readVgpuConfigs } from '../../src/app/documents/vgpu-configs.ts'
import { boardNames, findBoard } from '../../src/catalog/boards.ts'
import { migProfilesOf } from '../../src/catalog/mig-profiles.ts'
import { typesOfBoard } from '../../src/catalog/vgpu-types.ts'
import { shortTypeName } from '../../src/errors/type-name.ts'
import { Bench } from './captured-io.ts'

let bench: Bench
beforeEach(() => {
  bench = new Bench()
})
afterEach(() => bench.dispose())

async function ok(line: string, stdin = ''): Promise<string> {
  const { status, stdout, stderr } = await bench.sh(line, { stdin })
  expect({ line, status, stderr: status === 0 ? '' : stderr }).toEqual({ line, status: 0, stderr: '' })
  return stdout
}

const configs = (types: string) =>
  `version: v1\nvgpu-configs:\n  lab:\n    - devices: all\n      vgpu-devices: ${types}\n`

/** The profiles that a file asks for, by type. */
function asked(types: Readonly<Record<string, number>>) {
  const source = new Source('lab.yaml', new TextEncoder().encode(configs(JSON.stringify(types))))
  const [document] = source.documents
  if (document === undefined) throw new Error('no document')
  const { gpus } = readVgpuConfigs(new Cursor(source, document, document.root, ''), 'lab')
  const [gpu] = gpus
  const layout = gpu?.gpuInstances
  const devices = layout !== undefined && 'devices' in layout ? layout.devices : []
  return { mig: gpu?.mig, devices: devices.map(({ profile, count }) => [profile, count]) }
}

describe("MIG-backed types in vgpu-device-manager's file", () => {
  it('M 4: ask for a GPU instance each, of the slices, the GB and the attribute in their name', () => {
    expect(asked({ 'DC-1-24QGFX': 4 })).toEqual({ mig: true, devices: [['1g.24gb+gfx', 4]] })
    expect(asked({ 'DC-1-24QMEALL': 1, 'DC-2-48QNOME': 1, 'A100-1-5CME': 1 }).devices).toEqual([
      ['1g.24gb+me.all', 1],
      ['2g.48gb-me', 1],
      ['1g.5gb+me', 1],
    ])
    expect(asked({ 'A100-8C': 2 })).toEqual({ mig: undefined, devices: [] })
    expect(asked({ 'A100-1-5C': 0 })).toEqual({ mig: undefined, devices: [] })
    // the GB are those of the vGPU: no board has that profile
    expect(asked({ 'DC-1-3Q': 8 }).devices).toEqual([['1g.3gb', 8]])
  })

  it('M 4: have a profile of that name on every board whose types have an instance to themselves', () => {
    let types = 0
    for (const name of boardNames()) {
      const profiles = migProfilesOf(name).map((profile) => profile.name)
      for (const { vgpuName, mig } of typesOfBoard(findBoard(name)?.typeBoard ?? '')) {
        if (mig === null || !profiles.includes(mig.gpuInstanceProfile) || /RTX-PRO/.test(name)) continue
        types += 1
        expect(asked({ [shortTypeName(vgpuName)]: 1 }).devices, vgpuName).toEqual([[mig.gpuInstanceProfile, 1]])
      }
    }
    expect(types).toBeGreaterThan(100)
  })

  it('M 4: bring the host from MIG off to running vGPUs in one apply, twice changes nothing, and export gives them back', async () => {
    await ok('host init --board A100-PCIE-40GB --profile vgpu17')
    const file = configs('{A100-1-5C: 2, A100-1-5CME: 1, A100-3-20C: 1}')
    const announced = await ok('apply -f - --dry-run', file)
    expect(await ok('apply -f -', file)).toContain('switch MIG of 0000:c1:00.0 on\n')
    expect(announced).toContain('create GPU instance 1g.5gb+me')
    const after = await ok('host export')
    await ok('assert -f -', file)
    expect(await ok('apply -f -', file)).toBe('')
    expect(await ok('host export')).toBe(after)
    await ok('assert -f -', await ok('export vgpu-configs'))
    const vgpus: { gpuInstance: number; state: string }[] = JSON.parse(await ok('vgpu list -o json')).items
    expect(new Set(vgpus.map(({ gpuInstance }) => gpuInstance)).size).toBe(4)
    expect(vgpus.every(({ state }) => state === 'running')).toBe(true)
  })

  it('M 4: on instances with graphics have the attribute in the export too', async () => {
    const figures = 'framebuffer=97887,bar1=128G,vfBar1=2G,vmmuSegment=256M'
    await ok(`host init --board RTX-PRO-6000-Blackwell-SE --profile vgpu17 --figures ${figures}`)
    await ok('apply -f -', configs('{DC-1-24QGFX: 2}'))
    const exported = await ok('export vgpu-configs')
    expect(exported).toContain('DC-1-24QGFX: 2\n')
    expect(await ok('apply -f -', exported)).toBe('')
  })

  it('M 4: are refused with their place in the file where they do not fit, and nothing is done', async () => {
    await ok('host init --board A100-PCIE-40GB --profile vgpu17')
    const before = await ok('host export')
    for (const [types, words] of [
      ['{A100-3-20C: 2, A100-1-5C: 1}', 'fits on 0000:c1:00.0'],
      ['{A100-1-5CME: 2}', 'fits on 0000:c1:00.0'],
      ['{A100-1-5C: 1, A100-8C: 1}', 'MIG is on'],
    ] as const) {
      const { status, stderr } = await bench.sh('apply -f -', { stdin: configs(types) })
      expect([types, status]).not.toEqual([types, 0])
      expect(stderr).toContain(words)
      expect(stderr).toContain('vgpu-configs.lab[0]')
    }
    expect(await ok('host export')).toBe(before)
  })
})
