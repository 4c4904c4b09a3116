import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { hostName, patternOf, sameName } from '../../src/app/fleet/host-names.ts'
import { readNodeList } from '../../src/app/fleet/node-list.ts'
import { readFleetFile } from '../../src/app/fleet/read.ts'
import { replaceFile } from '../../src/app/replace-file.ts'
import { schemaOf } from '../../src/contract/views/documents.ts'
import { Bench } from '../cli/captured-io.ts'

const OPENB = path.resolve(import.meta.dirname, '../../../shared/data/openb/openb_node_list_gpu_node.csv')

let bench: Bench
let file: string
beforeEach(() => {
  bench = new Bench()
  file = bench.file('fleet.yaml')
})
afterEach(() => {
  bench.dispose()
})

const fleet = (line: string) => bench.sh(`fleet ${line} --fleet ${file}`)
const read = (text: string) => readFleetFile('fleet.yaml', new TextEncoder().encode(text))
const nodes = (text: string) => readNodeList('nodes.csv', new TextEncoder().encode(text))

describe('a fleet file', () => {
  it('of 1,000 hosts is one line a group, and satisfies its schema', async () => {
    expect(await fleet('init --hosts 1000 --board L40 --gpus 8')).toMatchObject({ status: 0, stderr: '' })
    await fleet('add --hosts 20 --board L4 --gpus 4 --mode heterogeneous --vfs 16 --ecc on --name edge-{001}')
    const text = fs.readFileSync(file, 'utf8')
    expect(text).toBe(`schema: 1
kind: fleet
groups:
  - { name: "l40-{1}", hosts: 1000, board: L40, gpus: 8 }
  - { name: "edge-{001}", hosts: 20, board: L4, gpus: 4, vfs: 16, mode: heterogeneous, ecc: true }
`)
    const judge = new Ajv2020({ strict: false }).compile(schemaOf('fleet') ?? {})
    expect(judge(parse(text)), JSON.stringify(judge.errors)).toBe(true)
    expect((await fleet('list -o csv --no-header')).stdout.split('\r\n')).toEqual([
      'l40-{1},group,1000,L40,true,8000,,homogeneous,v2,',
      'edge-{001},group,20,L4,true,80,16,heterogeneous,v2,',
      '',
    ])
  })

  it('keeps its comments when hosts are added, and is JSON where its name says so', async () => {
    fs.writeFileSync(file, '# racks of the lab\ngroups:\n  - {name: "a-{1}", hosts: 2, board: L40, gpus: 1} # old\n')
    await fleet('add --board L4 --name b')
    expect(fs.readFileSync(file, 'utf8')).toMatch(
      /^# racks of the lab\n[\s\S]*# old\n[\s\S]*name: b, hosts: 1, board: L4/,
    )
    file = bench.file('fleet.json')
    await fleet('init --board L40')
    await fleet('add --board L4')
    const { groups } = JSON.parse(fs.readFileSync(file, 'utf8'))
    expect(groups.map(({ board }: { board: string }) => board)).toEqual(['L40', 'L4'])
  })

  it('loses no addition when several come at once: each is there, or was refused', async () => {
    await fleet('init --board L40 --name first')
    const lines = Array.from({ length: 6 }, (_, i) => `add --board L4 --name host-${'abcdef'[i]}`)
    const outcomes = await Promise.all(lines.map((line) => fleet(line)))
    const names = JSON.parse((await fleet('list -o json')).stdout).items.map(({ name }: { name: string }) => name)
    const added = lines.filter((_, i) => outcomes[i]?.status === 0).map((line) => line.split(' ').at(-1))
    expect(names).toEqual(['first', ...added])
    expect(added.length).toBeGreaterThan(0)
    for (const { status, stderr } of outcomes)
      if (status !== 0) expect([status, stderr]).toEqual([4, expect.stringMatching(/another program changed/)])
    expect(fs.readdirSync(path.dirname(file)).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  it('is replaced by one of two processes, and a claim of a killed one ends', () => {
    fs.writeFileSync(file, 'old')
    const [old, one] = ['old', 'one'].map((text) => Buffer.from(text)) as [Buffer, Buffer]
    expect(replaceFile(file, one, old)).toBe(false)
    expect(replaceFile(file, null, one)).toBe(false)
    const claim = `${file}.${createHash('sha256').update(old).digest('hex').slice(0, 16)}.tmp`
    fs.writeFileSync(claim, 'of another')
    expect(replaceFile(file, old, one)).toBe(false)
    expect([fs.readFileSync(file, 'utf8'), fs.readFileSync(claim, 'utf8')]).toEqual(['old', 'of another'])
    fs.utimesSync(claim, 1, 1)
    expect(replaceFile(file, old, one)).toBe(true)
    expect([fs.readFileSync(file, 'utf8'), fs.existsSync(claim)]).toEqual(['one', false])
    fs.rmSync(file)
    expect(replaceFile(file, null, one)).toBe(true)
    expect(fs.readFileSync(file, 'utf8')).toBe('one')
  })

  it('takes state directories and host files as members, without a change to them', async () => {
    await bench.sh('vf enable 4')
    await bench.sh(`host export ${bench.file('whole.json')}`)
    bench.file('host.yaml', 'host: {boards: [{board: L4, count: 2}]}\ngpus: [{gpu: all, vfs: 3}]\n')
    await fleet('init --board L40')
    const before = fs.readdirSync(bench.stateDir).map((name) => fs.statSync(`${bench.stateDir}/${name}`).mtimeMs)
    const added = await fleet(`add ${bench.stateDir} ${bench.file('whole.json')} ${bench.file('host.yaml')}`)
    expect(added).toMatchObject({ status: 0, stderr: '' })
    expect(parse(fs.readFileSync(file, 'utf8')).members).toEqual([
      { name: 'state', dir: 'state' },
      { name: 'whole', file: 'whole.json' },
      { name: 'host', file: 'host.yaml' },
    ])
    expect((await fleet('list -o csv --no-header --no-units')).stdout).toContain(
      'host,file,1,L4,true,2,3,homogeneous,v2',
    )
    expect(fs.readdirSync(bench.stateDir).map((name) => fs.statSync(`${bench.stateDir}/${name}`).mtimeMs)).toEqual(
      before,
    )
    expect(await fleet(`add ${bench.stateDir}`)).toMatchObject({ status: 4 })
  })

  it('is not written by a dry run, nor over another one without --force', async () => {
    await fleet('init --board L40 --dry-run')
    expect(fs.existsSync(file)).toBe(false)
    await fleet('init --board L40')
    const text = fs.readFileSync(file, 'utf8')
    expect((await fleet('init --board L4')).stderr).toMatch(/is there already \(EEXIST\)/)
    expect((await fleet('add --board L4 --dry-run')).stderr).toBe('dry run: nothing was changed\n')
    expect(fs.readFileSync(file, 'utf8')).toBe(text)
    expect((await fleet('init --board L4 --force')).status).toBe(0)
  })

  it.each([
    [
      'groups:\n- {name: a, hosts: 3, board: L40, gpus: 2}',
      /fleet.yaml:2: groups\[0\].name: 3 hosts need numbers .* a-\{1\}/,
    ],
    [
      'groups:\n- {name: a, bord: L40, gpus: 2}',
      /fleet.yaml:2: groups\[0\].bord: there is no member "bord" here; nearest: board/,
    ],
    [
      'groups:\n- {name: a, board: L04, gpus: 2}',
      /fleet.yaml:2: groups\[0\].board: there is no board "L04"; nearest: L40/,
    ],
    ['groups:\n- {name: a, board: L40}', /fleet.yaml:2: groups\[0\]: gpus is missing/],
    ['groups:\n- {name: A_1, board: L40, gpus: 1}', /write "a-1"/],
    ['groups:\n- {name: "a1{1}", board: L40, gpus: 1}', /no digit beside them/],
    [
      'groups:\n- {name: "a{1}", hosts: 5, board: L40, gpus: 2}\nmembers: [{name: a3, dir: x}]',
      /two hosts have the name a3/,
    ],
    ['members: [{name: a}]', /fleet.yaml:1: members\[0\]: dir is missing/],
    ['[1]', /a map is needed here/],
    ['', /has no document in it/],
  ])('%j is refused with line and mend', (text, message) => {
    expect(() => read(text)).toThrow(message)
  })

  it('refuses a group that no host can be, in the words of the host', async () => {
    expect((await fleet('init --board L40 --vfs 100')).stderr).toMatch(/100 VFs were asked for, .* has 32 \(ERANGE\)/)
    expect((await fleet('init --board A40 --profile v2')).stderr).toMatch(/the architecture is Ampere, not Ada/)
    expect((await fleet('init --board L04')).stderr).toMatch(/there is no board "L04"; nearest: L40/)
    expect((await fleet('list')).stderr).toMatch(/does not exist .*\nhint: nvgpu fleet init --hosts 8 --board L40/)
    expect(fs.existsSync(file)).toBe(false)
  })
})

describe('names of hosts', () => {
  it.each([
    ['rack7-{001}', 9, 'rack7-010'],
    ['n{98}.lab', 3, 'n101.lab'],
    ['one', 0, 'one'],
  ])('%s has host %d %s', (name, index, expected) => {
    expect(hostName(patternOf(name) ?? expect.fail(), index)).toBe(expected)
  })

  it.each([
    [
      [
        ['a{1}', 10],
        ['a{5}', 2],
      ],
      'a5',
    ],
    [
      [
        ['a{1}', 10],
        ['a{11}', 2],
      ],
      null,
    ],
    [
      [
        ['a{01}', 10],
        ['a7', 1],
      ],
      null,
    ],
    [
      [
        ['a{01}', 10],
        ['a07', 1],
      ],
      'a07',
    ],
    [
      [
        ['a{1}-1', 10],
        ['a1-{1}', 2],
      ],
      'a1-1',
    ],
    [
      [
        ['rack1-{1}', 10],
        ['rack2-{1}', 10],
      ],
      null,
    ],
    [
      [
        ['b', 1],
        ['b', 1],
      ],
      'b',
    ],
  ] as const)('of %j, %s is there twice', (entries, name) => {
    expect(sameName(entries.map(([text, hosts]) => ({ pattern: patternOf(text) ?? expect.fail(), hosts })))).toBe(name)
  })
})

describe('a list of nodes', () => {
  it('joins equal neighbours with consecutive names, and keeps the order', () => {
    const text =
      'sn,cpu_milli,memory_mib,gpu,model\nn-08,1000,10,2,T4\nn-09,1000,10,2,T4\nn-10,1000,10,4,G2\nn-12,1000,10,4,G2\n'
    expect(nodes(text).groups.map(({ name, hosts, board, model, gpus }) => [name, hosts, board, model, gpus])).toEqual([
      ['n-{08}', 2, 'T4', null, 2],
      ['n-10', 1, null, 'G2', 4],
      ['n-12', 1, null, 'G2', 4],
    ])
  })

  it('has our own columns too, and says which say nothing', () => {
    const { groups, ignored } = nodes(
      'name,hosts,board,gpus,vfs,mode,color\r\n"a-{1}",5,L40,8,16,heterogeneous,"red, blue"\r\n',
    )
    expect(groups).toMatchObject([{ name: 'a-{1}', hosts: 5, board: 'L40', vfs: 16, mode: 'heterogeneous' }])
    expect(ignored).toEqual(['color'])
  })

  it.each([
    ['sn,cpu_milli,gpu\n', /nodes.csv:1: there is no column board or model/],
    ['sn,gpu,model\na,-3,L40\n', /nodes.csv:2: gpus: a whole number from 0 to 1024 is needed here, not "-3"/],
    ['sn,gpu,model\n\na,1e999,L40\n', /nodes.csv:3: gpus: .*too large for any number/],
    ['sn,gpu,model\na,1\n', /nodes.csv:2: there are 2 values, and 3 columns/],
    ['sn,gpu,model\nA_1,1,L40\n', /nodes.csv:2: name: "A_1" is no name of a host.*write "a-1"/],
    ['sn,gpu,model\n"a,1,L40\n', /nodes.csv:2: a quote is misplaced or not closed/],
    ['sn,gpu,model,gpus\n', /two columns are the gpus of a node/],
    ['sn,gpu,model\n', /there is no node/],
    ['', /there is no header/],
  ])('%j is refused with its line', (text, message) => {
    expect(() => nodes(text)).toThrow(message)
  })

  it.runIf(fs.existsSync(OPENB))('of the openb trace is read as it is', () => {
    const { groups, ignored } = readNodeList(OPENB, fs.readFileSync(OPENB))
    expect(ignored).toEqual([])
    expect(groups.reduce((sum, { hosts }) => sum + hosts, 0)).toBe(1213)
    expect(groups.reduce((sum, { hosts, gpus }) => sum + hosts * gpus, 0)).toBe(6212)
  })
})
