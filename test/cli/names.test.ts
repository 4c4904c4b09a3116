import fs from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MIGRATION_PLUGIN_STATE } from '../../src/abi/migration.ts'
import { STATE } from '../../src/contract/state-contract.ts'
import { decodeImage, encodeImage } from '../../src/engine/migration/image-file.ts'
import { newHost } from '../../src/engine/new-host.ts'
import type { HostState } from '../../src/engine/state.ts'
import { Store } from '../../src/store/store.ts'
import { Bench } from './captured-io.ts'

const DESK = '11111111-2222-4333-8444-555555555555'
const BAD = ['', '-a', '\u3164', 'a\ufe0f', 'a\u202eb', 'a\x1b[5m', '42', '0/3', 'c1:00.4', DESK, `GPU-${DESK}`]

let bench: Bench
beforeEach(async () => {
  bench = new Bench()
  for (const line of ['host init --gpus 2', 'vf enable 4 --gpu 0', 'vf enable 4 --gpu 1']) await done(line)
})
afterEach(() => bench.dispose())

async function done(line: string, on = bench): Promise<string> {
  const { status, stdout, stderr } = await on.sh(line)
  expect([line, status, stderr]).toEqual([line, 0, expect.anything()])
  return stdout
}

/** As an older build would have left it. */
function rename(change: (state: HostState) => void): void {
  const model = { schema: STATE.schema, initial: () => newHost(), check: () => [] }
  Store.open<HostState>({ dir: bench.stateDir, model }).transact({ id: 'old', time: '', command: '' }, change)
}

const vfOf = (state: HostState) => {
  const vf = state.gpus.flatMap(({ vfs }) => vfs).find(({ uuid }) => uuid === DESK)
  if (vf === undefined) throw new Error('no vGPU')
  return vf
}

describe('E 2: a new name', () => {
  it.each(BAD)('E 2: %j is refused wherever one may be typed, and nothing is changed', async (name) => {
    await done(`vgpu create -t L40-8Q -n desk7 --uuid ${DESK} --no-start`)
    const before = await done('host export')
    // a VM may be named by its UUID
    for (const words of [
      ['vgpu', 'create', '-t', 'L40-8Q', `--name=${name}`],
      ['vgpu', 'create', '-t', 'L40-8Q', `--vm=${name}`],
      ['vgpu', 'define', '-t', 'L40-8Q', '--gpu', '0', `--name=${name}`],
      ['vgpu', 'define', 'desk7', `--name=${name}`],
      ['vgpu', 'modify', 'desk7', `--name=${name}`, '--live'],
      ['vgpu', 'start', 'desk7', `--vm=${name}`],
      ['vgpu', 'attach', 'desk7', `--vm=${name}`, '--guest-os', 'linux'],
      ['vgpu', 'restore', 'file', `--vm=${name}`],
      ['vgpu', 'restore', 'file', `--name=${name}`],
      ['vfio', 'open', '0/0', `--vm=${name}`],
      ['migrate', 'desk7', '--to', bench.file('b'), `--vm=${name}`],
      ['migrate', 'desk7', '--to', bench.file('b'), `--name=${name}`],
    ])
      if (name !== DESK || !words.some((word) => word.startsWith('--vm=')))
        expect([words, (await bench.run(words)).status]).toEqual([words, 2])
    const documents = [
      { vgpus: [{ type: 'L40-8Q', name }] },
      ...(name === DESK ? [] : [{ vgpus: [{ type: 'L40-8Q', vm: name }] }]),
      { gpus: [{ gpu: '0', vgpus: [{ type: 'L40-8Q', name }] }] },
      { definitions: [{ type: 'L40-8Q', gpu: '0', name }] },
    ]
    for (const document of documents) {
      const { status, stderr } = await bench.run(['apply', '-f', '-'], { stdin: JSON.stringify(document) })
      expect([document, status, stderr]).toEqual([document, 2, expect.stringContaining('name')])
    }
    const line = { stdin: `vgpu create -t L40-8Q '--name=${name}'\n` }
    expect((await bench.run(['batch', '-f', '-'], line)).status).toBe(2)
    expect(await done('host export')).toBe(before)
  })
})

describe('E 2: names that an older build took', () => {
  it.each(['\u3164', '❤\ufe0f', '42', 'c1:00.4', '0/3', `GPU-${DESK}`])(
    'E 2: %j loads, is listed, works, is addressed, exported, brought back, saved and restored',
    async (name) => {
      await done(`vgpu create -t L40-8Q -n desk7 --uuid ${DESK} --gpu 1`)
      await done(`vgpu define ${DESK}`)
      rename((state) => {
        const vf = vfOf(state)
        vf.name = name
        if (vf.opened) vf.opened.vm = name
        for (const definition of Object.values(state.definitions)) definition.name = name
      })
      expect(JSON.parse(await done('vgpu list -o json')).items[0].name).toBe(name)
      await done('vgpu list')
      await done(`vgpu show ${name === 'c1:00.4' || name === '❤\ufe0f' ? DESK : name}`)
      for (const verb of ['stop', 'start', 'suspend', 'resume']) await done(`vgpu ${verb} ${DESK}`)
      bench.file('host.yaml', await done('export'))
      await done(`assert -f ${bench.file('host.yaml')}`)
      expect((await bench.sh(`apply -f ${bench.file('host.yaml')}`)).status).toBe(0)
      await done(`vgpu save ${DESK} ${bench.file('desk.vgpu')}`)
      await done(`vgpu restore ${bench.file('desk.vgpu')}`)
      await done(`host export ${bench.file('host.json')}`)
      const other = new Bench()
      await done(`host import ${bench.file('host.json')}`, other)
      expect(JSON.parse(await done('vgpu list -o json', other)).items[0].name).toBe(name)
      other.dispose()
      await done('host fsck')
      await done(`vgpu modify ${DESK} --name tidy --live`)
    },
  )

  it('E 2: goes to another host only under a new name, and the vGPU runs where it was until then', async () => {
    await done(`vgpu create -t L40-8Q -n desk7 --uuid ${DESK} --gpu 1`)
    rename((state) => {
      vfOf(state).name = '42'
    })
    const there = new Bench()
    await done('vf enable 4', there)
    const refused = await bench.sh(`migrate ${DESK} --to ${there.stateDir}`)
    expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining("'42' reads as an index")])
    expect(await done(`vgpu show ${DESK} -o json`)).toContain('"state": "running"')
    await done(`migrate ${DESK} --to ${there.stateDir} --name desk8`)
    expect(JSON.parse(await done('vgpu list -o json', there)).items[0].name).toBe('desk8')
    there.dispose()
  })
})

describe('E 2: a saved vGPU', () => {
  async function saved(): Promise<Uint8Array> {
    await done(`vgpu create -t L40-8Q -n desk7 --uuid ${DESK} --no-start`)
    await done('vgpu attach desk7 --vm win11 --guest-os windows')
    await done(`vgpu save desk7 ${bench.file('file')}`)
    return fs.readFileSync(bench.file('file'))
  }

  it.each(BAD)('E 2: whose name or VM is %j is refused where it is new, until it is given another', async (name) => {
    const image = decodeImage(await saved())
    await done('vgpu destroy desk7')
    const before = await done('host export')
    for (const key of ['name', 'vm'] as const) {
      bench.file('file', encodeImage({ ...image, vm: { ...image.vm, [key]: name } }))
      const { status, stderr } = await bench.sh(`vgpu restore ${bench.file('file')}`)
      expect([key, status, stderr]).toEqual([
        key,
        expect.any(Number),
        expect.stringMatching(/the (name|VM) in it|name has|vm has/),
      ])
      expect(status).not.toBe(0)
      expect(await done('host export')).toBe(before)
    }
  })

  it('E 2: whose names are none is restored under those that --name and --vm say', async () => {
    const image = decodeImage(await saved())
    await done('vgpu destroy desk7')
    bench.file('file', encodeImage({ ...image, vm: { ...image.vm, name: '42', vm: '43' } }))
    await done(`vgpu restore ${bench.file('file')} --name desk8 --vm win12`)
    const [vgpu] = JSON.parse(await done('vgpu list -o json')).items
    expect([vgpu.name, vgpu.vm]).toEqual(['desk8', 'win12'])
    await done('vgpu create -t L40-8Q -n taken')
    await done(`vgpu save desk8 ${bench.file('file')}`)
    const { status, stderr } = await bench.sh(`vgpu restore ${bench.file('file')} --name taken`)
    expect([status, stderr]).toEqual([4, expect.stringContaining('belongs to another vGPU')])
  })

  it('E 2: with a name nobody sees is refused also where its vGPU is configured', async () => {
    const image = decodeImage(await saved())
    bench.file('file', encodeImage({ ...image, vm: { ...image.vm, vm: '\u3164' } }))
    const { status, stderr } = await bench.sh(`vgpu restore ${bench.file('file')}`)
    expect([status, stderr]).toEqual([2, expect.stringContaining('cannot be seen in a name: U+3164')])
  })

  it.each(['guestDriverVersion', 'guestDriverBranch'] as const)(
    'E 2: with controls in its %s is refused, and says so',
    async (field) => {
      const image = decodeImage(await saved())
      const state = MIGRATION_PLUGIN_STATE.decode(image.plugin)
      const plugin = MIGRATION_PLUGIN_STATE.encode({ ...state, guest: { ...state.guest, [field]: 'a\x1b]0;x\x07' } })
      bench.file('file', encodeImage({ ...image, plugin }))
      const { status, stderr } = await bench.sh(`vgpu restore ${bench.file('file')}`)
      expect([status, stderr]).toEqual([2, expect.stringContaining(`${field} has the control character U+001B`)])
    },
  )

  it.each(['typeName', 'profile', 'metadata'] as const)('E 2: with controls in its %s is refused', async (field) => {
    bench.file('file', encodeImage({ ...decodeImage(await saved()), [field]: 'a\x9b5m' }))
    const { status, stderr } = await bench.sh(`vgpu restore ${bench.file('file')}`)
    expect([status, stderr]).toEqual([2, expect.stringContaining('has the control character U+009B')])
  })
})

describe('E 2: an imported host', () => {
  const PLACES: readonly (readonly [string, (state: HostState, text: string) => void])[] = [
    ['driverVersion', (state, text) => Object.assign(state, { driverVersion: text })],
    ['klog.lines[0].text', (state, text) => Object.assign(state.gpus[0]?.klog.lines[0] ?? {}, { text })],
    ['trace.records[0].name', (state, name) => Object.assign(state.gpus[0]?.trace.records[0] ?? {}, { name })],
    ['opened.guestOs', (state, guestOs) => Object.assign(vfOf(state).opened ?? {}, { guestOs })],
    ['opened.vm', (state, vm) => Object.assign(vfOf(state).opened ?? {}, { vm })],
    ['vfs[0].name', (state, name) => Object.assign(vfOf(state), { name })],
    ['owner', (state, owner) => Object.assign(state.gpus[0]?.nvkm.fb.used[0] ?? {}, { owner })],
    [
      'guestDriverVersion',
      (state, text) => Object.assign(state.gpus[0]?.gsp.plugins[1]?.guest ?? {}, { guestDriverVersion: text }),
    ],
    ['peer', (state, peer) => state.migrations.push({ id: 'a', phase: 'arrived', uuid: DESK, peer })],
    ['driverOverride', (state, text) => Object.assign(vfOf(state), { driverOverride: text })],
    ['registryDwords', (state, text) => Object.assign(state.gpus[0]?.nvkm ?? {}, { registryDwords: text })],
  ]

  it.each(PLACES)('E 2: is refused for controls in %s, and the sentence names the place', async (place, put) => {
    await done('gsp trace on')
    await done(`vgpu create -t L40-8Q -n desk7 --uuid ${DESK} --gpu 0 --no-start`)
    await done('vgpu attach desk7 --vm win11 --guest-os windows')
    const exported = await done('host export')
    for (const text of ['a\x1b]0;x\x07', 'a\u202eb', 'a\x9bb', 'a\nb', 'a\x7f']) {
      const state: HostState = JSON.parse(exported)
      put(state, text)
      expect(JSON.stringify(state)).not.toBe(exported)
      bench.file('bad.json', JSON.stringify(state))
      const { status, stderr } = await bench.sh(`host import --force ${bench.file('bad.json')}`)
      expect([text, status, stderr]).toEqual([
        text,
        2,
        expect.stringMatching(/bad\.json is no host: host.* has the .*character U\+/),
      ])
      expect(stderr).toContain(place)
    }
    expect(await done('host export')).toBe(exported)
    bench.file('good.json', exported)
    await done(`host import --force ${bench.file('good.json')}`)
  })

  it('E 2: is refused for controls in the name of a type', async () => {
    const from = path.join(bench.dir, 'type.bin')
    await done(`types export L40-4Q ${from}`)
    await done(`types upload ${from}`)
    const state: HostState = JSON.parse(await done('host export'))
    for (const type of state.overlay) type.blob = type.blob.replace('4c34302d', '4c1b5b35')
    bench.file('bad.json', JSON.stringify(state))
    const { status, stderr } = await bench.sh(`host import --force ${bench.file('bad.json')}`)
    expect([status, stderr]).toEqual([
      2,
      expect.stringContaining('vgpuName of host.overlay[0] has the control character U+001B'),
    ])
  })
})
