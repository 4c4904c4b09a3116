import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LISTING } from '../../src/cli/listing.ts'
import { loadNouns } from '../../src/cli/load-noun.ts'
import { Bench } from './captured-io.ts'

const bench = new Bench()
/** A GPU with MIG on. */
const migBench = new Bench()
afterAll(() => {
  bench.dispose()
  migBench.dispose()
})

const FLEET = `${bench.dir}/fleet.yaml`

function sh(line: string) {
  const host = MIG_LISTINGS.some((verb) => line.startsWith(verb)) ? migBench : bench
  return host.sh(line.replace('FLEET', FLEET))
}

async function ok(line: string): Promise<string> {
  const { status, stdout, stderr } = await sh(line)
  expect(status, `${line}: ${stderr}`).toBe(0)
  return stdout
}

async function names(line: string): Promise<string[]> {
  const { items }: { items: { name: string }[] } = JSON.parse(await ok(`${line} -o json`))
  return items.map(({ name }) => name)
}

const MIG_LISTINGS = ['mig profiles', 'mig placements', 'mig list']

const LISTINGS = [
  'gpu list',
  'gpu stats',
  'vf list',
  'types list',
  'types list --board T4',
  'vgpu list',
  'vgpu list --all',
  'vgpu stats',
  'host boards',
  'host log',
  'host history',
  'history list',
  'events list',
  'fault list',
  'fault points',
  'gsp objects',
  'gsp plugins',
  'nvml functions',
  'sysfs ls',
  'fleet list --fleet FLEET',
  ...MIG_LISTINGS,
]

beforeAll(async () => {
  for (const line of [
    'host init --gpus 2',
    'vf enable 4 --all',
    'gsp trace on',
    'fault add ops.allocFbmem --effect ENOSPC --after 99',
    'vgpu create -t L40-8Q -n web1 --gpu 1',
    'vgpu create -t L40-8Q -n web2 --gpu 1 --no-start',
    'vgpu create -t L40-4Q -n db --gpu 0 --vm rows',
    'vgpu define -t L40-4Q --gpu 0 -n later',
    'host advance 2s',
    'fleet init --fleet FLEET --hosts 3 --board L40',
  ])
    await ok(line)
  for (const line of ['host init --board A100-PCIE-40GB', 'mig enable', 'mig create 3g.20gb 2g.10gb -C'])
    expect((await migBench.sh(line)).status, line).toBe(0)
})

describe('filters and order of listings', () => {
  it('K 8: every verb that lists has them', async () => {
    const verbs = (await loadNouns()).flatMap((noun) =>
      noun.verbs.map((verb) => ({ path: `${noun.name} ${verb.name}`, verb })),
    )
    const having = verbs.filter(({ verb }) => verb.options.filter === LISTING.filter).map(({ path }) => path)
    expect(having).toEqual([...new Set(LISTINGS.map((line) => line.split(' --')[0]))].toSorted(byPlaceIn(verbs)))
    expect(verbs.filter(({ path }) => / (?:list|ls)$/.test(path)).map(({ path }) => path)).toEqual(
      having.filter((path) => / (?:list|ls)$/.test(path)),
    )
  })

  it.each(LISTINGS)('K 8: %s filters and sorts by each of its fields', async (line) => {
    const [head = '', ...records] = (await ok(`${line} -o csv`)).trimEnd().split('\r\n')
    expect(records.length).toBeGreaterThan(0)
    for (const field of head.split(',')) {
      const up = (await ok(`${line} -o csv --sort-by ${field}`)).trimEnd().split('\r\n').slice(1)
      expect(up.toSorted()).toEqual(records.toSorted())
      const [, ...none] = (await ok(`${line} -o csv --filter ${field}=no*such`)).trimEnd().split('\r\n')
      expect(none).toEqual([])
      const all = await ok(`${line} -o csv --filter ${field}!=no*such`)
      expect(all.trimEnd().split('\r\n').slice(1)).toEqual(records)
    }
    const { status, stderr } = await sh(`${line} --sort-by colour`)
    expect(status).toBe(2)
    expect(stderr).toContain("there is no field 'colour' here")
  })

  it('K 8: a filter takes any case, *, numbers, empty fields and short type names', async () => {
    expect(await names('vgpu list --filter name=WEB*')).toEqual(['web1', 'web2'])
    expect(await names('vgpu list --filter name=*b*')).toEqual(['db', 'web1', 'web2'])
    expect(await names('vgpu list --filter name!=web*')).toEqual(['db'])
    expect(await names('vgpu list --filter gpu=1 --filter state=running')).toEqual(['web1'])
    expect(await names('vgpu list --filter gpu=01')).toEqual(['web1', 'web2'])
    expect(await names('vgpu list --filter vgpuType.name=l40-4q')).toEqual(['db'])
    expect(await names('vgpu list --filter VGPUTYPE.NAME=L40-4Q')).toEqual(['db'])
    expect(await names('vgpu list --filter vm=')).toEqual(['web2'])
    expect(await names('vgpu list --all --filter definition.start=manual')).toEqual(['later'])
  })

  it('K 8: --sort-by takes several fields, numbers by value, and puts missing values last', async () => {
    expect(await names('vgpu list --sort-by -gpu,name')).toEqual(['web1', 'web2', 'db'])
    expect(await names('vgpu list --sort-by -gpu,-name')).toEqual(['web2', 'web1', 'db'])
    expect(await names('vgpu list --sort-by -vm')).toEqual(['web1', 'db', 'web2'])
    expect(await names('vgpu list --sort-by vm')).toEqual(['db', 'web1', 'web2'])
    const sizes = (await ok('types list --sort-by profileSizeMiB -o csv --no-units')).trimEnd().split('\r\n')
    const at = sizes[0]?.split(',').indexOf('profileSizeMiB') ?? -1
    const column = sizes.slice(1).map((line) => Number(line.split(',')[at]))
    expect(column).toEqual(column.toSorted((a, b) => a - b))
  })

  it('K 8: the choice holds for tables and names too, and an empty one is told', async () => {
    const lines = (await ok('vgpu list --no-header --sort-by -gpu,name --filter name=web*')).trimEnd().split('\n')
    expect(lines.map((line) => line.split(/ +/)[1])).toEqual(['web1', 'web2'])
    expect((await ok('vgpu list -q --filter gpu=0')).trimEnd().split('\n')).toHaveLength(1)
    const none = await bench.sh('vgpu list --filter gpu=7')
    expect(none).toMatchObject({ status: 0, stdout: '', stderr: 'no item matches the filter\n' })
  })

  it.each([
    ['vgpu list --filter type=L40-4Q', "there is no field 'type' here; nearest: vgpuType.id, vgpuType.name"],
    ['vgpu list --filter name', "'name' is not FIELD=VALUE"],
    ['vgpu list --filter =x', "'=x' is not FIELD=VALUE"],
    ['vgpu list --filter !=x', "'!=x' is not FIELD=VALUE"],
    ['vgpu list --sort-by name,', "'name,' is not FIELD,-FIELD"],
    ['vgpu list --sort-by -', "'-' is not FIELD,-FIELD"],
    ['vgpu list --dumpjson --filter gpu=0', '--dumpjson takes neither --filter nor --sort-by'],
  ])('K 8: %s is refused', async (line, why) => {
    const { status, stderr, stdout } = await bench.sh(line)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toContain(why)
  })

  it('K 8: a pattern of thousands of * is matched without backtracking', async () => {
    const pattern = `${'*a'.repeat(2000)}*b`
    expect(await names(`vgpu list --filter name=${pattern}`)).toEqual([])
  })
})

function byPlaceIn(verbs: readonly { path: string }[]): (a: string | undefined, b: string | undefined) => number {
  const place = (path: string | undefined) => verbs.findIndex((each) => each.path === path)
  return (a, b) => place(a) - place(b)
}
