import fs from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fleetCapacity } from '../../src/app/fleet/capacity.ts'
import { fleetFit } from '../../src/app/fleet/fit.ts'
import type { Fleet } from '../../src/app/fleet/fleet.ts'
import { groupHost } from '../../src/app/fleet/group-host.ts'
import { fleetModel, hostsOf } from '../../src/app/fleet/model.ts'
import { newGroup } from '../../src/app/fleet/new-group.ts'
import { capacityView } from '../../src/engine/plan/capacity-view.ts'
import { createVgpu } from '../../src/engine/verbs/vgpus.ts'
import { gpuInstanceViews } from '../../src/engine/views/mig.ts'
import { shortTypeName } from '../../src/errors/type-name.ts'
import { Bench } from '../cli/captured-io.ts'
import { migHost } from '../engine/mig-host.ts'

type Request = Parameters<typeof newGroup>[0]

function fleetOf(...requests: Request[]): Pick<Fleet, 'groups' | 'members'> {
  return {
    groups: requests.map((request, index) => newGroup({ name: `g${'x'.repeat(index)}-{1}`, ...request })),
    members: [],
  }
}

const modelOf = (...requests: Request[]) =>
  fleetModel(
    fleetOf(...requests),
    hostsOf(() => expect.fail()),
  )

describe('the capacity of a fleet', () => {
  it('counts the free GPU instances of a member, and places vGPUs on them', () => {
    const { state, create } = migHost(['1g.5gb', '1g.5gb', '3g.20gb'], { gpus: 2 })
    create('A100-1-5C')
    const member = { name: 'a', kind: 'directory' as const, path: '/a', at: 'a' }
    const model = () =>
      fleetModel(
        { groups: [], members: [member] },
        hostsOf(() => state),
      )
    const rooms = new Map(fleetCapacity(model()).map(({ id, creatable }) => [id, creatable]))
    for (const { id, creatable } of capacityView(state, 0).types) expect(rooms.get(id) ?? 0).toBe(creatable)
    const asked = ['A100-1-5C', 'A100-3-20C'].map((type) => ({ type, count: 1 }))
    const found = fleetFit(model(), asked)
    expect(found).toMatchObject({ fits: true, exact: true })
    const free = gpuInstanceViews(state, '0').filter(({ vgpus }) => vgpus.length === 0)
    expect(found.placed.flatMap(({ gpuInstances }) => gpuInstances).toSorted()).toEqual(
      free.map(({ id }) => id).toSorted(),
    )
    expect(found.placed.every(({ placementIds }) => placementIds.length === 0)).toBe(true)
    expect(fleetFit(model(), [{ type: 'A100-1-5C', count: 2 }])).toMatchObject({ fits: false, missing: [{ count: 1 }] })
  })

  it.each<[Request]>([
    [{ board: 'L40' }],
    [{ board: 'L40', mode: 'heterogeneous' }],
    [{ board: 'L4', vfs: 5, ecc: 'on' }],
    [{ board: 'A40', mode: 'heterogeneous' }],
    [{ board: 'A16', vfs: 7 }],
    [{ board: 'L40', profile: 'vgpu17', ecc: 'on' }],
    [{ board: 'H100-PCIe-80GB' }],
  ])('of %j is that of one GPU, times its GPUs', (request) => {
    const host = groupHost(newGroup(request)) ?? expect.fail()
    const { types } = capacityView(host, 0)
    const found = fleetCapacity(modelOf({ ...request, hosts: 1000, gpus: 8 }))
    for (const { id, name, creatable } of found)
      expect([name, creatable]).toEqual([name, 8000 * (types.find((type) => type.id === id)?.creatable ?? -1)])
    // a type that is not listed cannot be created at all: it is MIG-backed, or excluded by ECC
    const listed = new Set(found.map(({ id }) => id))
    expect(types.filter(({ id, creatable }) => creatable > 0 && !listed.has(id))).toEqual([])
  })

  it('of a board of which only counts are published is by those', () => {
    const found = fleetCapacity(modelOf({ board: 'T4', hosts: 3, gpus: 2 }))
    expect(found.find(({ name }) => shortTypeName(name) === 'T4-8Q')).toMatchObject({ creatable: 12, gpus: 6 })
  })

  it('takes as many evaluations for 100,000 hosts as for 1,000', () => {
    const sizes = [1000, 100_000].map((hosts) => {
      const model = modelOf({ board: 'L40', hosts, gpus: 8 }, { board: 'L40', hosts, gpus: 4, mode: 'heterogeneous' })
      fleetCapacity(model)
      fleetFit(model, [{ type: 'L40-8Q', count: hosts * 20 }])
      fleetFit(model, [{ type: 'L40-4Q', count: hosts * 20 }])
      return [model.states.size, [...model.pool.classes()].length] as const
    })
    const [thousand, many] = sizes
    expect(many).toEqual(thousand)
    expect(many?.[0]).toBeLessThan(200)
  })
})

describe('the places of vGPUs', () => {
  it('are carried out by a host, one by one', () => {
    for (const request of [{ board: 'L40', mode: 'heterogeneous' }, { board: 'L4' }] as const) {
      const model = modelOf({ ...request, hosts: 1, gpus: 1 })
      const host = groupHost(newGroup(request)) ?? expect.fail()
      const types = request.board === 'L40' ? ['L40-8Q', 'L40-4Q', 'L40-2B', 'L40-1Q'] : ['L4-4Q']
      const { fits, placed } = fleetFit(
        model,
        types.map((type) => ({ type, count: 2 })),
      )
      expect(fits).toBe(true)
      let number = 0
      for (const { vgpuType, each, placementIds } of placed)
        for (let at = 0; at < each; at += 1) {
          number += 1
          const uuid = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`
          const placementId = placementIds[at]
          createVgpu(host, {
            type: String(vgpuType.id),
            uuid,
            start: true,
            ...(placementId === undefined ? {} : { placementId }),
          })
        }
      expect(number).toBe(types.length * 2)
    }
  })

  it('add up a type that is asked twice', () => {
    const twice = ['L40-8Q', 'L40-4Q', '876'].map((type) => ({ type, count: 3 }))
    const found = fleetFit(modelOf({ board: 'L40', hosts: 2 }), twice)
    expect(found.asked.map(({ vgpuType, count }) => [vgpuType.id, count])).toEqual([
      [876, 6],
      [874, 3],
    ])
    expect(found.placed.map(({ vgpuType, each }) => [vgpuType.id, each])).toEqual([
      [876, 6],
      [874, 3],
    ])
  })

  it('fill one GPU before the next, tightest first, and name their hosts', () => {
    const model = modelOf({ board: 'L40', hosts: 10, gpus: 8, name: 'rack-{01}' })
    const { placed } = fleetFit(model, [{ type: 'L40-4Q', count: 100 }])
    expect(placed).toMatchObject([
      { part: 'rack-{01}', from: { host: 'rack-01', gpu: 0 }, to: { host: 'rack-01', gpu: 7 }, gpus: 8, each: 12 },
      { from: { host: 'rack-02', gpu: 0 }, to: { host: 'rack-02', gpu: 0 }, gpus: 1, each: 4 },
    ])
    const more = fleetFit(model, [{ type: 'L40-4Q', count: 9 }])
    expect(more.placed.map(({ from, each }) => [from, each])).toEqual([
      [{ host: 'rack-02', gpu: 0 }, 8],
      [{ host: 'rack-02', gpu: 1 }, 1],
    ])
  })

  it('that are missing have a rule against them, and whether another order may help', () => {
    const full = fleetFit(modelOf({ board: 'L40', hosts: 2, gpus: 1 }), [{ type: 'L40-48Q', count: 3 }])
    expect(full).toMatchObject({ fits: false, exact: true, missing: [{ count: 1 }] })
    expect(full.why[0]?.reason).toMatch(/L40-48Q allows one/)
    const sizes = fleetFit(modelOf({ board: 'L40', hosts: 1, gpus: 1 }), [
      { type: 'L40-8Q', count: 1 },
      { type: 'L40-4Q', count: 1 },
    ])
    expect(sizes).toMatchObject({ fits: false, exact: false, missing: [{ count: 1 }] })
    const none = fleetFit(modelOf({ board: 'L40', vfs: 0 }), [{ type: 'L40-8Q', count: 1 }])
    expect(none.why[0]?.reason).toBe('no VFs are enabled')
  })
})

describe('the verbs', () => {
  let bench: Bench
  let file: string
  beforeEach(async () => {
    bench = new Bench()
    file = bench.file('fleet.yaml')
    await bench.sh('vf enable 4')
    await bench.sh('vgpu create -t L40-24Q -n desk1')
    await bench.sh(`fleet init --hosts 2 --board L40 --gpus 2 --fleet ${file}`)
    await bench.sh(`fleet add ${bench.stateDir} --fleet ${file}`)
  })
  afterEach(() => {
    bench.dispose()
  })
  const fleet = (line: string) => bench.sh(`fleet ${line} --fleet ${file}`)
  const items = async (line: string) => JSON.parse((await fleet(`${line} -o json`)).stdout).items

  it('read members as they are now, and write nothing there', async () => {
    const named = (rows: { name: string; creatable: number }[], type: string) =>
      rows.find(({ name }) => shortTypeName(name) === type)?.creatable
    const files = () =>
      fs.readdirSync(bench.stateDir).map((name) => [name, fs.readFileSync(`${bench.stateDir}/${name}`, 'utf8')])
    const before = files()
    const rows = await items('capacity')
    expect([named(rows, 'L40-24Q'), named(rows, 'L40-48Q')]).toEqual([9, 4])
    await fleet('whatif --all-gone --mode heterogeneous --create L40-48Q=5')
    await fleet('fit L40-24Q=9')
    expect(files()).toEqual(before)
    await bench.sh('vgpu destroy desk1')
    expect(named(await items('capacity'), 'L40-48Q')).toBe(5)
  })

  it('add makes a fleet of directories alone, and says that it is new', async () => {
    const fresh = bench.file('fresh.yaml')
    const add = (more: string) => bench.sh(`fleet add ${bench.stateDir} --fleet ${fresh}${more}`)
    expect(await add(' --dry-run')).toMatchObject({ status: 0 })
    expect(fs.existsSync(fresh)).toBe(false)
    expect(await add('')).toMatchObject({ status: 0, stderr: `nvgpu: warning: ${fresh} is new\n` })
    expect(await add('')).toMatchObject({
      status: 4,
      stderr: expect.stringMatching(new RegExp(`\\[exists\\]\nhint: nvgpu fleet list --fleet ${fresh} -o wide\n$`)),
    })
    expect((await bench.sh(`fleet list -q --fleet ${fresh}`)).stdout).toBe('state\n')
  })

  it('fit answers with status 0 or 5, and 3 for a type that no GPU has', async () => {
    expect((await fleet('fit L40-24Q=9')).stdout).toMatch(/fits\n {2}1 x L40-24Q on state GPU 0\n/)
    expect(await fleet('fit L40-24Q=10')).toMatchObject({ status: 5 })
    expect(await fleet('fit L40-9Q')).toMatchObject({ status: 3 })
    expect((await fleet('fit L40-9Q')).stderr).toMatch(/hint: nvgpu fleet fit L40-\dQ --fleet \S+\n/)
    expect(await fleet('fit L40-8Q=0')).toMatchObject({ status: 2 })
  })

  it('whatif speaks of hosts that come and go, and of the members’ own refusals', async () => {
    const of = async (line: string) =>
      (await items(line)).find(({ name }: { name: string }) => shortTypeName(name) === 'L40-24Q')
    expect(await of('whatif --hosts 3 --board L40 --gpus 4')).toMatchObject({ before: 9, after: 33 })
    expect(await of('whatif --without state')).toMatchObject({ before: 9, after: 8 })
    expect(await of('whatif --part state --all-gone --vfs 1')).toMatchObject({ before: 9, after: 9 })
    expect(await of('whatif --create L40-24Q=4')).toMatchObject({ before: 9, after: 5 })
    expect((await fleet('whatif --mode heterogeneous')).stderr).toMatch(/state: .*carries a vGPU.*\n?.*|state: /)
    expect(await fleet('whatif --without nope')).toMatchObject({ status: 3 })
    expect(await fleet('whatif --gpus 3')).toMatchObject({ status: 2 })
    expect(await fleet('whatif --create L40-48Q=50')).toMatchObject({ status: 5 })
  })

  it('name a member whose directory is gone', async () => {
    fs.rmSync(bench.stateDir, { recursive: true })
    const { status, stderr } = await fleet('capacity')
    expect([status, stderr]).toEqual([
      3,
      expect.stringMatching(/fleet.yaml:6: .* is no directory, so the member state/),
    ])
  })
})
