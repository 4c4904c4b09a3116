import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Bench } from './captured-io.ts'

let bench: Bench
beforeAll(async () => {
  bench = new Bench()
  for (const line of ['host init --gpus 2', 'vf enable 2 --gpu 1', 'vgpu create --type L40-8Q --gpu 1 --name desk1'])
    expect((await bench.sh(line)).status).toBe(0)
})
afterAll(() => {
  bench.dispose()
})

async function hintOf(line: string): Promise<string> {
  const { status, stderr } = await bench.sh(line)
  expect(status, line).not.toBe(0)
  return /^hint: nvgpu (.*)$/m.exec(stderr)?.[1] ?? `none for ${line}: ${stderr}`
}

describe('the hint of a refusal', () => {
  it.each([
    'vgpu create --type L40-8Q --gpu 0',
    'vgpu create --type L40-4Q --gpu 1',
    'vgpu create --type L40-99Q',
    'vf enable 99 --gpu 0',
    'vf enable 1 --gpu 1',
    'vf disable --gpu 1',
    'vf enable 4',
    'gpu reset 1',
    'gpu unbind 1',
    'gpu show 7',
    'vgpu show desk2',
    'vgpu create --type L40-8Q --name desk1',
    'vf show c9:00.1',
    'fault add nowhere',
    'undo 99',
    'redo',
  ])('K 3: of "%s" is a command that works on this host of two GPUs', async (line) => {
    const hint = await hintOf(line)
    expect(await bench.sh(hint, { env: { NVGPU_DRY_RUN: '1' } }), hint).toMatchObject({ status: 0 })
  })

  it('K 3: names the GPU where there are several', async () => {
    await bench.sh('vf disable --gpu 1')
    const other = new Bench()
    await other.sh('host init --gpus 2')
    expect((await other.sh('vgpu create --type L40-8Q')).stderr).toContain('hint: nvgpu vf enable 4 --gpu 0000:c1:00.0')
    other.dispose()
  })

  it('K 3: does not lead to a host at a mistyped path', async () => {
    const { status, stderr } = await bench.sh(`migrate desk1 --to ${bench.dir}/typo`)
    expect([status, stderr]).toEqual([
      3,
      expect.stringMatching(/there is no host in \S+\/typo \(ENOENT\)\nhint: nvgpu migrate \S+ --to DIR, with DIR/),
    ])
  })

  it('K 2: of starting a failed vGPU is to stop it, and vgpu show has the failure', async () => {
    await bench.sh('gsp inject xid --gpu 1 --channel 512 --xid 31')
    expect((await bench.sh('vgpu show desk1')).stdout).toMatch(/State: +failed\nFailure: +Xid 31: /)
    const hint = await hintOf('vgpu start desk1')
    expect(hint).toMatch(/^vgpu stop /)
    for (const line of [hint, 'vgpu start desk1']) expect((await bench.sh(line)).status).toBe(0)
    expect((await bench.sh('vgpu show desk1')).stdout).toMatch(/State: +running/)
  })
})
