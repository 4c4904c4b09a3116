import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { Bench } from './captured-io.ts'

let bench: Bench
beforeEach(async () => {
  bench = new Bench()
  await bench.sh('host init --gpus 2')
  await bench.sh('vf enable 4 --gpu 0')
  await bench.sh('vgpu create --type L40-8Q --gpu 0 --name desk1')
  await bench.sh('vgpu create --type L40-8Q --gpu 0 --no-start')
})
afterEach(() => {
  bench.dispose()
})

async function printed(line: string): Promise<string> {
  const { status, stdout, stderr } = await bench.sh(line)
  expect([status, stderr], line).toEqual([0, ''])
  return stdout
}

describe('query', () => {
  it('prints CSV as nvidia-smi does, units in header and values, and without either when told so', async () => {
    const fields = 'index,memory.total,utilization.encoder'
    expect(await printed(`query --gpu=${fields} --format=csv`)).toMatch(
      /^index, memory\.total \[MiB\], utilization\.encoder \[%\]\n0, 49140 MiB, \d+ %\n1, 49140 MiB, 0 %\n$/,
    )
    expect(await printed(`query --gpu=${fields}`)).toBe(await printed(`query --gpu=${fields} --format=csv`))
    expect(await printed(`query --gpu=${fields} --format=csv,noheader,nounits -i 1`)).toBe('1, 49140, 0\n')
    expect(await printed('query --gpu=memory.total --format=csv,nounits -i 1')).toBe('memory.total [MiB]\n49140\n')
    expect(await printed('--no-header --no-units query --gpu=memory.total -i 1')).toBe('49140\n')
  })

  it('says [N/A] for what there is no figure of, and null in JSON and YAML', async () => {
    const fields = '--vgpu=name,state,type.id,vm.pid,fb.guest,placement_id'
    const { id } = JSON.parse(await printed('types show L40-8Q -o json')).items[0]
    expect(await printed(`query ${fields} --format=csv,noheader`)).toBe(
      `desk1, running, ${id}, 1001, 7808 MiB, [N/A]\n[N/A], configured, ${id}, [N/A], [N/A], [N/A]\n`,
    )
    const document = JSON.parse(await printed(`query ${fields} --format=json`))
    expect(document).toMatchObject({ schema: 1, kind: 'vgpuProperties' })
    expect(document.items[0]).toMatchObject({ name: 'desk1', 'vm.pid': 1001, 'fb.guest': 7808, placement_id: null })
    expect(document.items[1]).toMatchObject({ name: null, state: 'configured', 'vm.pid': null })
    expect(parseYaml(await printed(`query ${fields} --format=yaml`))).toEqual(document)
    expect(JSON.parse(await printed(`query ${fields} -o json`))).toEqual(document)
  })

  it('-o csv is the CSV of every other command, which takes any text', async () => {
    expect((await bench.run(['vgpu', 'create', '-t', 'L40-8Q', '-n', 'desk, 7'])).status).toBe(0)
    const line = 'query --vgpu=name,type.name,memory.total -o csv'
    expect(await printed(line)).toContain('name,type.name,memory.total\r\n')
    expect(await printed(line)).toContain('\r\n"desk, 7",NVIDIA L40-8Q,8192 MiB\r\n')
    expect(await printed(`${line} --no-units --no-header`)).toContain('"desk, 7",NVIDIA L40-8Q,8192\r\n')
  })

  it('asks VFs and types too', async () => {
    expect((await printed('query --vf=gpu.index,index,bus_id,vgpu --format=csv,noheader')).split('\n')[3]).toBe(
      '0, 3, 0000:c1:00.7, [N/A]',
    )
    expect(await printed('query --types=id.hex,name,max_instances,creatable')).toContain('0x368, NVIDIA L40-2Q, 24, ')
  })

  it('takes aliases and prints the canonical name', async () => {
    expect((await printed('query --gpu=gpu_uuid,gpu_bus_id')).split('\n')[0]).toBe('uuid, pci.bus_id')
  })

  it.each(['gpu', 'vgpu', 'vf', 'types', 'scheduler-log'])(
    'lists the properties of --%s, and knows every one it lists',
    async (kind) => {
      const help = await printed(`query --help-query-${kind}`)
      expect(help).toMatch(new RegExp(`^List of valid properties to query for the switch "--${kind}":\n\n"`))
      const lines = help.split('\n').filter((line) => line.startsWith('"'))
      const names = lines.flatMap((line) => [...line.matchAll(/"([^"]+)"/g)].map((match) => match[1]))
      expect(new Set(names).size).toBe(names.length)
      const header = (await printed(`query --${kind}=${names.join(',')}`)).split('\n')[0] ?? ''
      expect(header.split(', ')).toHaveLength(names.length)
    },
  )

  it('refuses an unknown property in the words of nvidia-smi, with status 2 and the nearest one', async () => {
    const { status, stdout, stderr } = await bench.sh('query --gpu=index,memory.totl')
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toBe(
      'nvgpu: query: Field "memory.totl" is not a valid field to query. Nearest: memory.total (EINVAL) [syntax]\nhint: nvgpu query --help-query-gpu\n',
    )
  })

  it.each([
    ['query', 'a query is for one of --gpu, --vgpu, --vf, --types and --scheduler-log'],
    ['query --gpu=name --vf=index', 'a query is for one of --gpu, --vgpu, --vf, --types and --scheduler-log'],
    ['query --gpu=name --format=xml', 'Format modifier is not recognized.'],
    ['query --gpu=name --format=csv,loud', 'Format modifier is not recognized.'],
  ])('refuses %s', async (line, sentence) => {
    const { status, stderr } = await bench.sh(line)
    expect(status).toBe(2)
    expect(stderr).toContain(sentence)
  })

  it('a GPU that is not there is status 3', async () => {
    expect((await bench.sh('query --gpu=name -i 9')).status).toBe(3)
  })
})
