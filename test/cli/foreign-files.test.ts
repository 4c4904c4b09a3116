import fs from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { boardNames } from '../../src/catalog/boards.ts'
import { typesOfBoard } from '../../src/catalog/vgpu-types.ts'
import { Bench } from './captured-io.ts'

const sample = (name: string): string => fs.readFileSync(`test/fixtures/foreign/${name}`, 'utf8')

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

describe("NVIDIA's vgpuConfig.xml", () => {
  it('I 1.1: is read as it ships: a document type, ids in devId, no heap and no reservation', async () => {
    await ok('host init --board A40 --profile vgpu17')
    const file = bench.file('vgpuConfig.xml', sample('vgpuConfig.xml'))
    const { stderr } = await bench.sh(`types upload ${file}`)
    expect(stderr).toContain('1 types do not fit a record of release 535.113.01, and were left out')
    expect(stderr).toContain('1 of 2 types are for boards that are not here, and were left out')
    const shown = JSON.parse(await ok('types show A40-5Q -o json'))
    expect(shown.items[0]).toMatchObject({
      id: 9001,
      vdevId: '0x22351500',
      pdevId: '0x2235',
      maxInstance: 9,
      profileSizeMiB: 5120,
      framebufferMiB: 4736,
      // A40-4Q has 320 and A40-6Q has 448; on Ampere the heap is outside the profile size
      fbReservationMiB: 384,
      gspHeapMiB: 32,
      bar1MiB: 256,
      frameRateLimit: 60,
      source: 'uploaded',
    })
    expect(shown.items[0].derived).toEqual(expect.arrayContaining(['gspHeapSize', 'fbReservation', 'license']))
    expect(shown.items[0].derived).not.toEqual(expect.arrayContaining(['fbLength']))
    expect(await ok('types show A40-5Q')).toMatch(/Derived: +gspHeapSize, fbReservation, /)
    await ok('vf enable 32')
    for (let count = 0; count < 9; count++) await ok('vgpu create --type 9001')
    expect((await bench.sh('vgpu create --type 9001')).status).toBe(5)
  })

  it('I 1.1: takes heap and reservation of an Ada type out of its profile size', async () => {
    await ok('types upload -', sample('vgpuConfig.xml'))
    const [type] = JSON.parse(await ok('types show l40-5c -o json')).items
    expect(type).toMatchObject({ profileSizeMiB: 5120, framebufferMiB: 4768, gspHeapMiB: 32, fbReservationMiB: 320 })
    await ok('vf enable 1')
    await ok('vgpu create --type L40-5C')
  })

  it('I 1.1: never fetches what its document type names', async () => {
    const named = sample('vgpuConfig.xml').replace('"vgpuConfig.dtd"', '"file:///nonexistent/never.dtd"')
    await ok('types upload -', named)
    const { stderr } = await bench.sh('types upload -', { stdin: named.replace('.dtd">', '.dtd" [<!ENTITY a "b">]>') })
    expect(stderr).toContain('a document type declaration with an internal subset is not accepted')
  })

  it('I 1.1: keeps the mark of derived members when a document names the file', async () => {
    bench.file('vgpuConfig.xml', sample('vgpuConfig.xml').replaceAll('0x2235', '0x26B5').replaceAll('0x2BB5', '0x26B5'))
    const document = bench.file('host.yaml', 'types: [{file: vgpuConfig.xml}]')
    await ok(`apply -f ${document}`)
    const [type] = JSON.parse(await ok('types show 9002 -o json')).items
    expect(type.derived).toContain('gspHeapSize')
    expect((await bench.sh(`diff -f ${document}`)).status).toBe(0)
  })
})

describe('a type name', () => {
  it('I 1.2: needs neither NVIDIA nor GRID, in any case', async () => {
    await ok('host init --board A100-PCIE-40GB --profile vgpu17')
    for (const name of ['A100-10C', 'a100-10c', 'GRID_A100-10C', 'nvidia-471', '471', '0x1d7']) {
      expect(JSON.parse(await ok(`types show ${name} -o json`)).items[0].name, name).toBe('GRID A100-10C')
    }
    const { stdout } = await bench.run(['types', 'show', 'grid a100-10c', '-o', 'json'])
    expect(JSON.parse(stdout).items[0].id).toBe(471)
    await ok('vf enable 16')
    await ok('vgpu create --type A100-10C --name a')
    expect(await ok('vgpu list -o json')).toContain('"GRID A100-10C"')
    const uuid = JSON.parse(await ok('vgpu show a -o json')).items[0].uuid
    await ok(`apply -f -`, `vgpus: [{name: a, uuid: ${uuid}, type: a100-10c}]`)
    expect((await bench.sh('types show A100-11C')).stderr).toContain('nvgpu types show A100-10C')
    expect(await ok('fit A100-10C=2')).toContain('nvgpu vgpu create --type A100-10C --gpu 0')
  })

  it('I 1.2: of the A100 in a file of vgpu-device-manager is one of the host', async () => {
    await ok('host init --board A100-PCIE-40GB --profile vgpu17')
    const file = bench.file('vgpu-device.yaml', sample('vgpu-device.yaml'))
    for (const [label, count] of [
      ['A100-4C', 10],
      ['A100-5C', 8],
      ['A100-10C', 4],
      ['A100-40C', 1],
    ] as const) {
      await ok(`apply -f ${file} -c ${label}`)
      expect(JSON.parse(await ok('vgpu list -o json')).items, label).toHaveLength(count)
    }
  })

  const boards = boardNames().filter((name) => typesOfBoard(name).some(({ mig }) => mig === null))
  it.each(boards)('I 1.2: export vgpu-configs | apply is a no-op on %s', async (name) => {
    await ok(`host init --board ${name} --profile vgpu17`)
    await ok('vf enable 4 --gpu 0')
    const types = typesOfBoard(name).filter(({ mig }) => mig === null)
    for (const { vgpuName } of [types[0], types.at(-1)].flatMap((type) => type ?? [])) {
      expect(await bench.run(['vgpu', 'create', '--type', vgpuName, '--gpu', '0'])).toMatchObject({ status: 0 })
      const configs = await ok('export vgpu-configs')
      expect(configs).not.toMatch(/NVIDIA|GRID/)
      expect(JSON.parse(await ok('apply -f - -o json', configs)).items).toEqual([])
      await ok('vgpu destroy --all')
    }
  })
})

describe('a file of Kubernetes', () => {
  it('I 1.4: that is a ConfigMap is read as the config.yaml in it', async () => {
    await ok('host init --board A10 --profile vgpu17')
    const file = bench.file('cm.yaml', sample('configmap.yaml'))
    await ok(`apply -f ${file} -c A10-4Q`)
    expect(JSON.parse(await ok('vgpu list -o json')).items).toHaveLength(6)
    expect((await bench.sh(`diff -f ${file} -c A10-4Q`)).status).toBe(0)
    expect((await bench.sh(`diff -f ${file}`)).stderr).toContain('choose a label with -c: custom-A10-config, A10-4Q')
  })

  it('I 1.4: has the lines of its config.yaml in messages', async () => {
    const file = bench.file('cm.yaml', sample('configmap.yaml').replace('"A10-4Q": 3', '"A10-4Q": three'))
    const { status, stderr } = await bench.sh(`apply -f ${file} -c A10-4Q`)
    expect(status).toBe(2)
    expect(stderr).toContain('cm.yaml, config.yaml:7: vgpu-configs.custom-A10-config[0].vgpu-devices.A10-4Q: a whole')
  })

  it.each([
    ['apiVersion: apps/v1\nkind: DaemonSet', 'a DaemonSet of Kubernetes is no description of a host'],
    ['apiVersion: v1\nkind: Pod', 'a Pod of Kubernetes is no description of a host'],
    ['apiVersion: v1', 'an object of Kubernetes is no description of a host'],
    ['apiVersion: v1\nkind: ConfigMap', 'the ConfigMap has no config.yaml'],
    ['apiVersion: v1\nkind: ConfigMap\ndata: {other: ""}', 'the ConfigMap has no config.yaml; it has other'],
    ['apiVersion: v1\nkind: ConfigMap\ndata: {config.yaml: 3}', 'data["config.yaml"]: a text is needed here, not 3'],
  ])('I 1.4: %j is refused with the name of its kind', async (text, sentence) => {
    const { status, stderr } = await bench.sh('apply -f -', { stdin: text })
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining(sentence) })
  })

  it('I 1.4: a ConfigMap in a ConfigMap is refused', async () => {
    const stdin = 'apiVersion: v1\nkind: ConfigMap\ndata:\n  config.yaml: "{apiVersion: v1, kind: ConfigMap}"'
    expect((await bench.sh('apply -f -', { stdin })).status).toBe(2)
  })
})

describe("mdevctl's JSON", () => {
  it('I 1.1: is read as its manual page has it', async () => {
    const file = bench.file('mdev.json', sample('mdevctl.json'))
    await ok(`vgpu define --jsonfile ${file} --name desk --gpu 0 --vf 0`)
    const defined = JSON.parse(await ok('vgpu show desk --dumpjson'))
    expect(defined).toEqual(JSON.parse(sample('mdevctl.json')))
  })
})

describe("the GPU Operator's example for an A10, three A10-4Q and two A10-6Q", () => {
  it('I 1.5: has no placement: the fifth is refused, with each placement id and the vGPU on it', async () => {
    await ok('host init --board A10 --profile vgpu17')
    await ok('vf enable 32')
    await ok('gpu mode heterogeneous')
    for (const type of ['A10-4Q', 'A10-4Q', 'A10-4Q', 'A10-6Q']) await ok(`vgpu create --type ${type}`)
    const { status, stderr } = await bench.sh('vgpu create --type A10-6Q')
    expect(status).toBe(5)
    expect(stderr).toContain(
      'no placement of NVIDIA A10-6Q is free on this GPU: 0 under A10-4Q at 0, 6 under A10-4Q at 8, 12 under A10-4Q at 12, 18 under A10-6Q at 18',
    )
  })

  it('I 1.5: is refused as a whole by apply, in either mode', async () => {
    const file = bench.file('cm.yaml', sample('configmap.yaml'))
    await ok('host init --board A10 --profile vgpu17')
    const equal = await bench.sh(`apply -f ${file} -c custom-A10-config`)
    expect(equal).toMatchObject({ status: 4, stderr: expect.stringContaining('A10-4Q cannot join it') })
    await ok('vf enable 32')
    await ok('gpu mode heterogeneous')
    const mixed = await bench.sh(`apply -f ${file} -c custom-A10-config`)
    expect(mixed).toMatchObject({ status: 5, stderr: expect.stringContaining('under A10-4Q at') })
    expect(await ok('vgpu list -o name')).toBe('')
  })

  it('I 1.5: shows a figure on which sources disagree as open', async () => {
    await ok('host init --board H20-96GB --profile vgpu17')
    expect(await ok('types show H20-4C')).toMatch(/Open: +mixed-size mode: 8 published, 16 by the placement rule/)
    expect(JSON.parse(await ok('types show H20-16C -o json')).items[0].open).toEqual([])
  })
})
