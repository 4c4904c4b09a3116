import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { gpuDevices } from '../../src/app/fleet/export/gpu-devices.ts'

import { fleetModel, hostsOf } from '../../src/app/fleet/model.ts'
import { fleetNodes } from '../../src/app/fleet/node.ts'
import { fleetTypes } from '../../src/app/fleet/types.ts'
import { capacityView } from '../../src/engine/plan/capacity-view.ts'
import type { HostState } from '../../src/engine/state.ts'
import { shortTypeName } from '../../src/errors/type-name.ts'
import { Bench } from '../cli/captured-io.ts'
import { uuidOf } from '../engine/host-of.ts'
import { migHost } from '../engine/mig-host.ts'
import { attributeOf, Counters } from './counters.ts'
import { kubernetesJudge } from './kubernetes.ts'

/** A host with GPU instances on GPU 0, one of them in use, and a GPU 1 without MIG. */
const COMMANDS = [
  'host init --board A100-PCIE-40GB --gpus 2 --profile vgpu17',
  'mig enable 0',
  'vf enable 4 --gpu 0',
  'vf enable 8 --gpu 1',
  'mig create 3g.20gb 2g.10gb 1g.5gb 1g.5gb -C --gpu 0',
  'vgpu create --type A100-1-5C --name small',
]

let bench: Bench
let file: string
beforeEach(async () => {
  bench = new Bench()
  for (const line of COMMANDS) expect(await bench.sh(line), line).toMatchObject({ status: 0 })
  file = bench.file('fleet.yaml')
  await bench.sh(`fleet init --hosts 1 --board L4 --gpus 1 --fleet ${file}`)
  expect(await bench.sh(`fleet add ${bench.stateDir} --fleet ${file}`)).toMatchObject({ status: 0 })
})
afterEach(() => {
  bench.dispose()
})
const items = async (line: string) => JSON.parse((await bench.sh(`${line} --fleet ${file} -o json`)).stdout).items
const rowOf = <T extends { name: string }>(rows: readonly T[], type: string) =>
  rows.find(({ name }) => shortTypeName(name) === type)

describe('a member with GPU instances', () => {
  it('takes vGPUs of a trace on its free instances as they are, and again when they leave', async () => {
    const requests = bench.file(
      'requests.csv',
      'type,count,arrival,departure\nA100-1-5C,3,0,100\nA100-3-20C,1,10,20\nA100-3-20C,1,30,\nA100-2-10C,2,5,\nA100-40C,1,50,\n',
    )
    const found = await items(`fleet simulate --requests ${requests} --policy all`)
    expect(found).toHaveLength(7)
    // Placed: one of three 1-5C, both 3-20C, one of two 2-10C, and the 40C on the GPU without MIG.
    for (const item of found) expect(item).toMatchObject({ placed: 5, refused: 3, unallocatedMiB: 24 * 1024 })
    expect(found.at(-1).blind).toBeNull()
    expect(found[0].blind.refused).toBeGreaterThan(0)
  })

  it('has its instances in whatif, before and after vGPUs go and come', async () => {
    const of = async (type: string, words: string) => {
      const { before, after } = rowOf<{ name: string; before: number; after: number }>(
        await items(`fleet whatif ${words}`),
        type,
      ) as { before: number; after: number }
      return [before, after]
    }
    expect(await of('A100-1-5C', '--all-gone')).toEqual([1, 2])
    expect(await of('A100-1-5C', '--create A100-1-5C --create A100-3-20C')).toEqual([1, 0])
    expect(await of('A100-3-20C', '--create A100-1-5C --create A100-3-20C')).toEqual([1, 0])
    expect(await of('A100-2-10C', '--without state')).toEqual([1, 0])
    expect(await bench.sh(`fleet whatif --create A100-1-5C=2 --fleet ${file}`)).toMatchObject({
      status: 5,
      stderr: expect.stringContaining('1 GRID A100-1-5C to create have no place'),
    })
    const refused = await bench.sh(`fleet whatif --part state --mode heterogeneous --fleet ${file}`)
    expect(refused).toMatchObject({ stdout: '', stderr: expect.stringContaining('hint: nvgpu fleet list') })
    expect(await bench.sh(`fleet whatif --part state --vfs 8 --fleet ${file}`)).toMatchObject({
      stdout: '',
      stderr: expect.stringContaining('hint: nvgpu fleet whatif --all-gone'),
    })
  })

  it('is exported with what the engine still creates on each GPU', async () => {
    const judge = await kubernetesJudge()
    const slices = await items('export resourceslice')
    const [node] = (await items('export kwok')).slice(-1)
    expect([...slices, node].flatMap((object) => judge(object) ?? [])).toEqual([])
    const devices = slices.flatMap(({ spec }: { spec: { devices?: { name: string }[] } }) => spec.devices ?? [])
    const instances = devices.filter(({ name }: { name: string }) => /^gpu-0-a100-/.test(name))
    expect(instances.map(({ name }: { name: string }) => name)).toEqual([
      expect.stringMatching(/^gpu-0-a100-1-5c-at-\d+$/),
      expect.stringMatching(/^gpu-0-a100-2-10c-at-\d+$/),
      expect.stringMatching(/^gpu-0-a100-3-20c-at-\d+$/),
    ])
    expect(node.status.allocatable).toMatchObject({
      'nvidia.com/GRID_A100-1-5C': '1',
      'nvidia.com/GRID_A100-3-20C': '1',
      'nvidia.com/GRID_A100-10C': '4',
    })
    const { requests } = JSON.parse((await bench.sh(`export placement --fleet ${file}`)).stdout)
    const inventories = requests.flatMap(({ body }: { body?: { inventories?: object } }) => body?.inventories ?? [])
    expect(inventories).toContainEqual(
      expect.objectContaining({ CUSTOM_VGPU_A100_2_10C: expect.objectContaining({ total: 1 }) }),
    )
  })
})

describe('a member whose vGPUs take turns on GPU instances', () => {
  it('is refused by its name, by plans of vGPUs alone', async () => {
    const lab = bench.file('lab')
    const figures = '--figures framebuffer=97887,bar1=128G,vfBar1=2G,vmmuSegment=256M'
    for (const line of [`host init --board RTX-PRO-6000-Blackwell-SE --profile vgpu17 ${figures}`, 'mig enable'])
      expect(await bench.sh(`--state-dir ${lab} ${line}`)).toMatchObject({ status: 0 })
    await bench.sh(`fleet add ${lab} --fleet ${file}`)
    const types = bench.file('types.csv', 'type\nL4-4Q\n')
    const shares = bench.file('shares.csv', 'share\n0.5\n')
    for (const line of ['capacity', 'whatif --all-gone', `simulate --requests ${types}`]) {
      const { status, stdout, stderr } = await bench.sh(`fleet ${line} --fleet ${file}`)
      expect([status, stdout], line).toEqual([1, ''])
      expect(stderr).toContain('lab: vGPUs take turns on the GPU instances of 0000:c1:00.0')
      expect(stderr).toContain(`hint: nvgpu --state-dir ${lab} capacity`)
    }
    expect(await bench.sh(`--state-dir ${lab} capacity`)).toMatchObject({ status: 0 })
    expect(await bench.sh(`fleet simulate --requests ${shares} --fleet ${file}`)).toMatchObject({ status: 0 })
  })
})

describe('shared counters of GPU instances', () => {
  it.each([2, 8])('allow what the engine allows with %i VFs, until nothing fits', (vfs) => {
    const profiles = ['2g.10gb', '2g.10gb', '1g.5gb', '1g.5gb', '1g.5gb']
    for (const seed of [0, 1, 2]) {
      const { state, host, create } = migHost(profiles, { vfs })
      create('A100-1-5C')
      const { counterSets, devices } = offerOf(state)
      const counters = new Counters(counterSets, devices)
      for (let step = 2; ; step += 1) {
        const allowed = counters.allocatable()
        const counted = (id: number) => allowed.filter((device) => attributeOf(device, 'typeId') === id).length
        const {
          types,
          vfs: { free },
        } = capacityView(state, 0)
        for (const { id, creatable } of types) expect(Math.min(counted(id), free)).toBe(creatable)
        const device = allowed[(seed * step) % Math.max(1, allowed.length)]
        if (device === undefined) break
        counters.allocate(device)
        const type = String(attributeOf(device, 'typeId'))
        const gpuInstanceId = Number(attributeOf(device, 'gpuInstance'))
        host.createVgpu({ type, gpu: '0', gpuInstanceId, uuid: uuidOf(step), start: true })
      }
    }
  })
})

/** The devices of GPU 0 with their counters. */
function offerOf(host: HostState) {
  const fleet = { groups: [], members: [{ name: 'a', kind: 'directory', path: '/a', at: '' }] } as const
  const model = fleetModel(
    fleet,
    hostsOf(() => host),
  )
  const [node] = fleetNodes(
    fleet,
    model,
    fleetTypes(model).map(({ type }) => type),
  )
  const [gpu] = node?.gpus ?? []
  return node && gpu ? gpuDevices(node, gpu) : expect.fail()
}
