import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Bench } from './captured-io.ts'
import { checkpoint } from './checkpoint.ts'

const bench = new Bench()
afterAll(() => bench.dispose())

const ok = async (line: string): Promise<string> => {
  const { status, stdout, stderr } = await bench.sh(line)
  expect({ line, status, stderr }).toMatchObject({ line, status: 0 })
  return stdout
}

/** Of which none of the others is the beginning. */
const ID = '9f1c2f0e-8a45-4f0c-9d0b-3f1f0a8c1d01'

const pidOf = async (name: string) => JSON.parse(await ok(`vgpu show ${name} -o json`)).items[0].pid

/** What a command says without the files of GPUs that it has no business with; the first tells it what boards there are. */
async function readBy(line: string): Promise<string[]> {
  const hidden = `${bench.stateDir}/hidden`
  const shards = path.join(bench.stateDir, 'shards')
  const others = fs.readdirSync(shards).filter((name) => /^0000-c[2-4]-/.test(name))
  fs.mkdirSync(hidden)
  for (const name of others) fs.renameSync(path.join(shards, name), path.join(hidden, name))
  const { status, stderr } = await bench.sh(line)
  for (const name of others) fs.renameSync(path.join(hidden, name), path.join(shards, name))
  fs.rmdirSync(hidden)
  return status === 0 ? [] : [stderr]
}

describe('a VM with vGPUs on several GPUs of a large host', () => {
  beforeAll(async () => {
    await ok('host init --board L40 --gpus 8')
    for (const gpu of [1, 5, 6, 7]) await ok(`vf enable 4 --gpu ${gpu}`)
    await ok('vgpu create -t L40-48Q -n first --gpu 5 --vm web')
    await ok('vgpu create -t L40-48Q -n own --gpu 7')
    await ok('vgpu create -t L40-48Q -n placed --gpu 1 --vm vm-6-0')
    checkpoint(bench.stateDir)
  })

  it('has one process, wherever they are', async () => {
    await ok('vgpu create -t L40-48Q -n second --gpu 6 --vm web')
    expect(await pidOf('second')).toBe(await pidOf('first'))
    await ok('vgpu destroy second')
  })

  it('is known by the name of a vGPU it was made for, and by that of a place', async () => {
    await ok('vgpu create -t L40-48Q -n second --gpu 6 --vm own')
    expect(await pidOf('second')).toBe(await pidOf('own'))
    await ok('vgpu destroy second')
    await ok('vgpu create -t L40-48Q -n second --gpu 6 --vm vm-6-0')
    expect(await pidOf('second')).toBe(await pidOf('placed'))
    await ok('vgpu destroy second')
  })

  it('is not looked for where it cannot be', async () => {
    checkpoint(bench.stateDir)
    expect(await readBy(`vgpu create -t L40-48Q -n second --gpu 6 --uuid ${ID}`)).toEqual([])
    expect(await readBy('vgpu destroy second')).toEqual([])
    expect(await readBy(`vgpu create -t L40-48Q -n second --gpu 6 --vm web --uuid ${ID}`)).toEqual([])
    expect(await readBy('vgpu destroy second')).toEqual([])
    expect(await readBy('vgpu show nobody')).toEqual([expect.stringContaining('lacks the file of a GPU')])
  })
})
