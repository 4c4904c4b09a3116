import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { gpuDevices } from '../../src/app/fleet/export/gpu-devices.ts'
import { fleetModel, hostsOf } from '../../src/app/fleet/model.ts'
import { fleetNodes } from '../../src/app/fleet/node.ts'
import { fleetTypes } from '../../src/app/fleet/types.ts'
import { boardNames } from '../../src/catalog/boards.ts'
import { boardOf } from '../../src/engine/board-of.ts'
import { placements } from '../../src/engine/capacity.ts'
import { copyState } from '../../src/engine/copy-state.ts'
import { totalVfs } from '../../src/engine/definitions/vf-address.ts'
import { knownType, typesKnown } from '../../src/engine/known-types.ts'
import { newHost } from '../../src/engine/new-host.ts'
import { capacityView } from '../../src/engine/plan/capacity-view.ts'
import { stateAt } from '../../src/engine/select.ts'
import type { HostState } from '../../src/engine/state.ts'
import { setMode } from '../../src/engine/verbs/modes.ts'
import { enableVfs } from '../../src/engine/verbs/vfs.ts'
import { createVgpu } from '../../src/engine/verbs/vgpus.ts'
import type { VgpuType } from '../../src/engine/vgpu-mgr/types.ts'
import { NvError } from '../../src/errors/nv-error.ts'
import { Bench } from '../cli/captured-io.ts'
import { attributeOf, Counters } from './counters.ts'
import { kubernetesJudge } from './kubernetes.ts'

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/

interface Slice {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly nodeName: string
    readonly pool: { readonly name: string; readonly resourceSliceCount: number }
    readonly devices?: readonly {
      name: string
      attributes: object
      capacity: object
      consumesCounters: { counters: object }[]
    }[]
    readonly sharedCounters?: readonly { name: string; counters: object }[]
  }
}

let bench: Bench
let file: string
beforeEach(async () => {
  bench = new Bench()
  file = bench.file('fleet.yaml')
})
afterEach(() => {
  bench.dispose()
})

/** A fleet of everything: both modes, a board of published counts, an unknown model, hosts without GPUs, a real host. */
async function mixedFleet(): Promise<void> {
  await bench.sh('host init --board L40 --gpus 2 --force')
  await bench.sh('vf enable 8 --gpu 0')
  await bench.sh('vf enable 8 --gpu 1')
  await bench.sh('gpu mode heterogeneous --gpu 1')
  await bench.sh('vgpu create -t L40-8Q --gpu 0')
  await bench.sh('vgpu create -t L40-12Q --gpu 1')
  bench.file(
    'fleet.yaml',
    `groups:
  - {name: "l40-{1}", hosts: 2, board: L40, gpus: 2}
  - {name: "1e{2}", hosts: 1, board: A40, gpus: 1, mode: heterogeneous}
  - {name: t4, board: T4, gpus: 4, cpuMilli: 96000, memoryMiB: 393216}
  - {name: g2, model: G2, gpus: 8}
  - {name: cpu, model: none, gpus: 0}
members: [{name: real, dir: state}]
`,
  )
}

const documents = async (line: string) =>
  parseAllDocuments((await bench.sh(line)).stdout).map((document) => document.toJS({ maxAliasCount: 0 }))
const listed = async (line: string) => JSON.parse((await bench.sh(`${line} -o json`)).stdout).items

describe('exports for Kubernetes', () => {
  let judge: Awaited<ReturnType<typeof kubernetesJudge>>
  beforeAll(async () => {
    judge = await kubernetesJudge()
  })

  it.each(['kwok', 'resourceslice'])('%s is valid by the schemas of the API, in YAML and in JSON', async (kind) => {
    await mixedFleet()
    const found = await listed(`export ${kind} --fleet ${file}`)
    expect(found.flatMap((object: { kind: string }) => judge(object) ?? [])).toEqual([])
    const some = `export ${kind} --fleet ${file} --type L40-24Q --type A40-24Q --type T4-8Q`
    expect(await documents(some)).toEqual(await listed(some))
    const own = await documents(`export ${kind} --node gpu-7 --type L40-12Q`)
    expect(own.flatMap((object) => judge(object) ?? [])).toEqual([])
    expect(own.length).toBeGreaterThan(0)
  })

  it('the judge refuses what is not valid', () => {
    expect(judge({ kind: 'Node' })).toBeNull()
    expect(judge({ kind: 'ResourceSlice', spec: { driver: 1 } } as { kind: string })).toMatch(/driver must be string/)
    expect(judge({ kind: 'Pond' })).toBe('there is no kind Pond')
  })

  it('kwok has a node for each host, with what it can still create of each type', async () => {
    await mixedFleet()
    const nodes = await listed(`export kwok --fleet ${file}`)
    expect(nodes.map(({ metadata }: { metadata: { name: string } }) => metadata.name)).toEqual([
      'l40-1',
      'l40-2',
      '1e2',
      't4',
      'g2',
      'cpu',
      'real',
    ])
    const of = (name: string) =>
      nodes.find(({ metadata }: { metadata: { name: string } }) => metadata.name === name)?.status.allocatable
    expect(of('l40-1')).toMatchObject({ 'nvidia.com/NVIDIA_L40-4Q': '24', cpu: '32', pods: '110' })
    expect(of('t4')).toMatchObject({ 'nvidia.com/GRID_T4-4Q': '16', cpu: '96000m', memory: '393216Mi' })
    expect(Object.keys(of('g2'))).toEqual(['cpu', 'memory', 'pods'])
    expect(of('real')).toMatchObject({ 'nvidia.com/NVIDIA_L40-8Q': '8', 'nvidia.com/NVIDIA_L40-48Q': '0' })
    const few = await listed(`export kwok --fleet ${file} --type L40-4Q`)
    expect(Object.keys(few[0].status.capacity)).toEqual(['cpu', 'memory', 'pods', 'nvidia.com/NVIDIA_L40-4Q'])
  })

  it('resourceslice keeps the limits of the API, and its pools are whole', async () => {
    await mixedFleet()
    const found: Slice[] = (await listed(`export resourceslice --fleet ${file}`)).slice(2)
    const pools = new Map<string, Slice[]>()
    for (const slice of found) pools.set(slice.spec.pool.name, [...(pools.get(slice.spec.pool.name) ?? []), slice])
    expect([...pools.keys()]).toEqual(['l40-1', 'l40-2', '1e2', 't4', 'real'])
    for (const [name, slices] of pools) {
      expect(slices.every(({ spec }) => spec.pool.resourceSliceCount === slices.length && spec.nodeName === name)).toBe(
        true,
      )
      const devices = slices.flatMap(({ spec }) => spec.devices ?? [])
      expect(new Set(devices.map((device) => device.name)).size).toBe(devices.length)
      for (const { spec } of slices) {
        expect((spec.devices === undefined) !== (spec.sharedCounters === undefined)).toBe(true)
        expect(spec.devices?.length ?? 0).toBeLessThanOrEqual(64)
        expect(spec.sharedCounters?.length ?? 0).toBeLessThanOrEqual(8)
        for (const { counters } of spec.sharedCounters ?? [])
          expect(Object.keys(counters).length).toBeLessThanOrEqual(32)
        for (const device of spec.devices ?? []) {
          expect(device.name).toMatch(LABEL)
          expect(device.consumesCounters.length).toBeLessThanOrEqual(2)
          expect(Object.keys({ ...device.attributes, ...device.capacity }).length).toBeLessThanOrEqual(32)
        }
      }
    }
    expect(new Set(found.map(({ metadata }) => metadata.name)).size).toBe(found.length)
  })
})

describe('shared counters', () => {
  it.each(boardNames())('in mixed-size mode allow on a %s what the engine allows, until nothing fits', (board) => {
    for (const [vfs, seeds] of [
      [null, [1, 2]],
      [3, [3]],
    ] as const) {
      const empty = hostOf(board, 'heterogeneous', vfs)
      if (empty === null) return expect(WITHOUT_TYPES).toContain(board)
      const { counterSets, devices } = offerOf(empty)
      for (const seed of seeds) fillByCounters(copyState(empty), new Counters(counterSets, devices), drawn(seed))
    }
  })

  it.each(boardNames())('in equal-size mode offer a %s of one size what the engine creates', (board) => {
    const empty = hostOf(board, 'homogeneous', null)
    if (empty === null) return expect(WITHOUT_TYPES).toContain(board)
    expectOneSize(empty)
    const used = hostOf(board, 'homogeneous', 4) ?? expect.fail()
    const [type] = [...countsOf(used)].findLast(([, creatable]) => creatable > 1) ?? []
    createVgpu(used, { type: String(type), gpu: '0', uuid: '00000000-0000-4000-8000-000000000001', start: true })
    expectOneSize(used)
  })
})

/** The catalogue has no type for it. */
const WITHOUT_TYPES = ['L40G']

function hostOf(board: string, mode: 'homogeneous' | 'heterogeneous', vfs: number | null): HostState | null {
  try {
    const host = newHost({ board, profile: 'vgpu17' })
    enableVfs(host, { gpu: '0', count: vfs ?? totalVfs(stateAt(host, 0)) })
    if (mode === 'heterogeneous') setMode(host, { gpu: '0', mode })
    return typesOf(host).length === 0 ? null : host
  } catch (error) {
    if (error instanceof NvError) return null
    throw error
  }
}

/** The time-sliced types of GPU 0. */
function typesOf(host: HostState): VgpuType[] {
  const board = boardOf(stateAt(host, 0))
  const types = typesKnown(host, board).flatMap(({ vgpuType }) => knownType(host, board, vgpuType) ?? [])
  return types.filter(({ gpuInstanceSize }) => gpuInstanceSize === 0)
}

function countsOf(host: HostState): Map<number, number> {
  return new Map(capacityView(host, 0).types.map(({ id, creatable }) => [id, creatable]))
}

/** The devices of GPU 0 with their counters. */
function offerOf(host: HostState) {
  const fleet = { groups: [], members: [{ name: 'a', kind: 'directory', path: '/a', at: '' }] } as const
  const model = fleetModel(
    fleet,
    hostsOf(() => host),
  )
  const types = fleetTypes(model).map(({ type }) => type)
  const [node] = fleetNodes(fleet, model, types)
  const [gpu] = node?.gpus ?? []
  const { counterSets, devices } = node && gpu ? gpuDevices(node, gpu) : expect.fail()
  for (const { name } of [...counterSets, ...devices]) expect(name).toMatch(LABEL)
  for (const { counters } of counterSets) expect(Object.keys(counters).length).toBeLessThanOrEqual(32)
  for (const { consumesCounters } of devices) expect(consumesCounters.length).toBeLessThanOrEqual(2)
  expect(new Set(devices.map(({ name }) => name)).size).toBe(devices.length)
  return { counterSets, devices }
}

/** Of each type alone, the counters allow as many as the engine creates. */
function expectOneSize(host: HostState): void {
  const offer = offerOf(host)
  const counts = countsOf(host)
  expect(new Map([...counts.keys()].map((type) => [type, offeredOf(offer, type)]))).toEqual(counts)
}

/** Allocates random devices until nothing fits. Before each the counters allow the places that the engine has. */
function fillByCounters(host: HostState, counters: Counters, draw: (limit: number) => number): void {
  const types = typesOf(host)
  for (let steps = 0; ; steps += 1) {
    const allowed = counters.allocatable()
    const byCounters = allowed.map(
      (device) => `${attributeOf(device, 'typeId')} at ${attributeOf(device, 'placementId')}`,
    )
    const free = stateAt(host, 0).vfs.filter(({ vgpuType }) => vgpuType === 0).length
    const byEngine = types.flatMap((type) =>
      (placements(host, 0, type, free)?.creatable ?? []).map((id) => `${type.vgpuType} at ${id}`),
    )
    expect(byCounters.sort().join('\n')).toBe(byEngine.sort().join('\n'))
    const device = allowed[draw(allowed.length)]
    if (device === undefined) return
    counters.allocate(device)
    createVgpu(host, {
      type: String(attributeOf(device, 'typeId')),
      placementId: Number(attributeOf(device, 'placementId')),
      gpu: '0',
      uuid: `00000000-0000-4000-8000-${String(steps).padStart(12, '0')}`,
      uuidIsFresh: true,
      start: stateAt(host, 0).vfs.length <= 3,
    })
  }
}

/** How often a type can be allocated, if no other is. */
function offeredOf({ counterSets, devices }: ReturnType<typeof offerOf>, type: number): number {
  const counters = new Counters(
    counterSets,
    devices.filter((device) => attributeOf(device, 'typeId') === type),
  )
  for (let count = 0; ; count += 1) {
    const [device] = counters.allocatable()
    if (device === undefined) return count
    counters.allocate(device)
  }
}

/** Numbers below a limit, from a seed. */
function drawn(seed: number) {
  let state = seed
  return (limit: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return limit === 0 ? -1 : Math.floor((state / 2 ** 32) * limit)
  }
}

describe('the export for placement', () => {
  it('has classes and traits before the providers that use them, and a provider for each GPU', async () => {
    await mixedFleet()
    const { requests } = JSON.parse((await bench.sh(`export placement --fleet ${file}`)).stdout)
    const paths: string[] = requests.map(({ method, path }: { method: string; path: string }) => `${method} ${path}`)
    const firstProvider = paths.indexOf('POST /resource_providers')
    expect(
      paths.slice(0, firstProvider).every((each) => /^PUT \/(resource_classes|traits)\/CUSTOM_[A-Z0-9_]+$/.test(each)),
    ).toBe(true)
    const known = new Set(paths.slice(0, firstProvider).map((each) => each.split('/').at(-1)))
    const providers = new Map<string, string>()
    for (const { path, body } of requests.slice(firstProvider)) {
      if (path === '/resource_providers') {
        expect(providers.has(body.uuid)).toBe(false)
        if (body.parent_provider_uuid !== undefined) expect(providers.has(body.parent_provider_uuid)).toBe(true)
        providers.set(body.uuid, body.name)
      } else if (path.endsWith('/traits')) expect(body.traits.every((trait: string) => known.has(trait))).toBe(true)
      else
        for (const [name, { total, max_unit }] of Object.entries<{ total: number; max_unit: number }>(
          body.inventories,
        )) {
          expect(known.has(name) || name === 'VCPU' || name === 'MEMORY_MB').toBe(true)
          expect([total > 0, max_unit]).toEqual([true, total])
        }
    }
    expect([...providers.values()].filter((name) => name.startsWith('real'))).toEqual([
      'real',
      'real_pci_0000_c1_00_0',
      'real_pci_0000_c2_00_0',
    ])
  })
})

describe('options of these exports', () => {
  it.each([
    ['export kwok --mdev', /--mdev is for/],
    ['export lspci --fleet fleet.yaml', /--fleet is for kwok, resourceslice, placement, not for lspci/],
    ['export kwok --node A_1', /write "a-1"/],
    ['export kwok --dir x', /--dir is for/],
    ['export kwok 0', /of the host as a whole/],
    ['export kwok --type L4-1Q', /no GPU of the fleet has a vGPU type "L4-1Q"/],
  ])('%s is refused', async (line, message) => {
    const { status, stderr } = await bench.sh(line)
    expect([status === 2 || status === 3, stderr]).toEqual([true, expect.stringMatching(message)])
  })
})
