import fs from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { recordedRequests } from '../../src/app/fleet/recorded-requests.ts'
import { schemaOf } from '../../src/contract/views/documents.ts'
import { Bench } from './captured-io.ts'

let bench: Bench
beforeEach(() => {
  bench = new Bench()
})
afterEach(() => {
  bench.dispose()
})

const written = (name: string, text: string) => {
  const file = bench.file(name)
  fs.writeFileSync(file, text)
  return file
}
const NODES = 'name,board,gpus,cpu_milli,memory_mib\na1,T4,2,32000,65536\na2,T4,2,32000,65536\nb1,G9,4,64000,65536\n'
const TASKS = `cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec\n${'4000,1000,1,500,\n8000,1000,1,1000,T4\n2000,500,0,0,\n9000,100,2,1000,G9\n'.repeat(5)}`
const VGPUS = 'type,count,arrival,departure\nL40-8Q,6,0,100\nL40-4Q,4,10,\nL40-24Q,2,120,\n'

async function simulate(line: string) {
  const nodes = written('nodes.csv', NODES)
  const tasks = written('tasks.csv', TASKS)
  return bench.sh(`fleet simulate --requests ${tasks} --nodes ${nodes} ${line}`)
}

describe('fleet simulate', () => {
  it('compares policies in a table with plots, and the same seed prints the same', async () => {
    const first = await simulate('--policy all --runs 2')
    expect(first).toMatchObject({ status: 0, stderr: '' })
    for (const policy of ['random', 'dot-prod', 'gpu-clustering', 'gpu-packing', 'best-fit', 'fgd', 'vgpu'])
      expect(first.stdout).toMatch(new RegExp(`^${policy} +[\\d.]+ `, 'm'))
    expect(first.stdout).toContain('fgd: allocated')
    expect(first.stdout).toContain('fgd: free and unusable')
    expect((await simulate('--policy all --runs 2')).stdout).toBe(first.stdout)
    expect((await simulate('--policy all --runs 2 --seed 1')).stdout).not.toBe(first.stdout)
  })

  it('prints JSON of its schema, and CSV with a line for each point', async () => {
    const { stdout } = await simulate('-o json')
    const judge = new Ajv2020({ strict: false }).compile(schemaOf('fleetSimulations') ?? {})
    const document = JSON.parse(stdout)
    expect(judge(document), JSON.stringify(judge.errors)).toBe(true)
    expect(document.items.map(({ policy }: { policy: string }) => policy)).toEqual(['best-fit', 'fgd', 'vgpu'])
    expect(document.items[0]).toMatchObject({ seed: 42, runs: 1, unallocatedMiB: null, blind: null })
    const csv = (await simulate('-o csv --policy fgd --no-units')).stdout.split('\r\n')
    expect(csv[0]).toBe('policy,seed,runs,arrived,allocated,lowest,highest,fragmented')
    expect(csv[130]).toMatch(/^fgd,42,1,130,/)
  })

  it('prints one HTML page without outside resources', async () => {
    const { stdout, status } = await simulate('-o html --policy all')
    expect(status).toBe(0)
    expect(stdout).toMatch(/^<!DOCTYPE html>/)
    expect(stdout.match(/<polyline/g)).toHaveLength(14)
    expect(stdout).toContain('prefers-color-scheme: dark')
    expect(stdout).not.toMatch(/https?:|<script|<link|src=|url\(|@import/)
    expect(await bench.sh('vgpu list -o html')).toMatchObject({ status: 2, stdout: '' })
  })

  it('places vGPUs by the rules of their hosts, and counts choices by framebuffer alone that a host refuses', async () => {
    const requests = written('vgpus.csv', VGPUS)
    const fleet = bench.file('fleet.yaml')
    await bench.sh(`fleet init --hosts 2 --board L40 --gpus 1 --fleet ${fleet}`)
    const { stdout, stderr } = await bench.sh(
      `fleet simulate --requests ${requests} --fleet ${fleet} --policy best-fit,vgpu -o json`,
    )
    expect(stderr).toBe('')
    const [blind, ours] = JSON.parse(stdout).items
    expect(blind).toMatchObject({ policy: 'best-fit', placed: 12, refused: 0, blind: { choices: 12, refused: 1 } })
    expect(ours).toMatchObject({ policy: 'vgpu', placed: 12, refused: 0, blind: null })
    expect(ours.unallocatedMiB).toBe(2 * 49_152 - 4 * 4096 - 2 * 24 * 1024)
  })

  it('reads requests from standard input', async () => {
    const nodes = written('nodes.csv', NODES)
    const piped = await bench.run(`fleet simulate --requests - --nodes ${nodes} --policy fgd -o json`.split(' '), {
      stdin: TASKS,
    })
    expect(piped.stdout).toBe((await simulate('--policy fgd -o json')).stdout)
  })

  it('takes the history of a real host as arrivals and departures', async () => {
    const host = bench.file('host')
    const at = (minute: number, line: string) =>
      bench.run(`--state-dir ${host} ${line}`.split(' '), { time: new Date(Date.UTC(2026, 0, 1, 9, minute)) })
    for (const [minute, line] of [
      'host init --board L40 --gpus 2',
      'vf enable 8 --gpu 0',
      'vgpu create --type L40-24Q --name a',
      'vgpu create --type L40-24Q --name b',
      'vgpu destroy a',
      'undo',
      'vgpu destroy b',
      'host reboot',
    ].entries())
      expect(await at(minute, line), line).toMatchObject({ status: 0 })
    expect(new TextDecoder().decode(recordedRequests(host)).split('\n')).toEqual([
      'type,arrival,departure',
      'L40-24Q,2026-01-01T09:02:00.000Z,2026-01-01T09:04:00.000Z',
      'L40-24Q,2026-01-01T09:03:00.000Z,2026-01-01T09:06:00.000Z',
      'L40-24Q,2026-01-01T09:05:00.000Z,2026-01-01T09:07:00.000Z',
      '',
    ])
    const fleet = bench.file('fleet.yaml')
    await bench.sh(`fleet init --hosts 1 --board L40 --gpus 1 --fleet ${fleet}`)
    const { stdout, stderr } = await bench.sh(`fleet simulate --requests ${host} --fleet ${fleet} -o json`)
    expect(stderr).toBe('')
    // Two at a time fill one GPU; all three at once would not fit.
    expect(JSON.parse(stdout).items[0]).toMatchObject({ placed: 3, refused: 0 })
    const empty = bench.file('empty')
    fs.mkdirSync(empty)
    expect(await bench.sh(`fleet simulate --requests ${empty} --fleet ${fleet}`)).toMatchObject({
      status: 3,
      stdout: '',
      stderr: expect.stringContaining(`the history of ${empty} has no vGPU`),
    })
  })

  it.each([
    ['--policy fdg', "there is no policy 'fdg'; nearest: fgd; there are random, dot-prod"],
    ['--runs 0', '--runs takes a number from 1 to 1000, not 0'],
    ['--until 5000', '--until takes a number from 1 to 1000, not 5000'],
    ['--seed x', 'x'],
    ['--order sideways', '--order takes shuffled, timed'],
  ])('refuses %s', async (words, message) => {
    const { status, stderr, stdout } = await simulate(words)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toContain(message)
  })

  it('names the line of a bad trace, and a fleet that is missing', async () => {
    const bad = written('bad.csv', 'cpu_milli,memory_mib,num_gpu,gpu_milli\n1,1,-1,5\n')
    const nodes = written('nodes.csv', NODES)
    const refused = await bench.sh(`fleet simulate --requests ${bad} --nodes ${nodes}`)
    expect(refused).toMatchObject({ status: 2, stdout: '' })
    expect(refused.stderr).toContain(`${bad}:2: num_gpu: a whole number from 0 to 1024 is needed here, not "-1"`)
    const none = await bench.sh(`fleet simulate --requests ${bad} --fleet ${bench.file('none.yaml')}`)
    expect(none).toMatchObject({ status: 3, stdout: '' })
    const missing = await bench.sh(`fleet simulate --requests ${bench.file('none.csv')} --nodes ${nodes}`)
    expect(missing).toMatchObject({ status: 3, stdout: '' })
  })
})
