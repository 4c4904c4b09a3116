import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bench } from './captured-io.ts'

let bench: Bench
beforeEach(async () => {
  bench = new Bench()
  await ok('host init --board A100-PCIE-40GB --gpus 3 --profile vgpu17')
  await ok('mig enable 0')
  await ok('mig enable 1')
  await ok('mig create 3g.20gb:4 1g.5gb:1 --gpu 0 -C')
})
afterEach(() => {
  bench.dispose()
})

async function ok(line: string): Promise<string> {
  const { status, stdout, stderr } = await bench.sh(line)
  expect({ line, status, stderr: status === 0 ? '' : stderr }).toEqual({ line, status: 0, stderr: '' })
  return stdout
}

describe('profiles on the command line', () => {
  it.each([
    ['19:2 --placement 3', 'the start is given twice'],
    ['19:-1', "'19:-1' is not PROFILE or PROFILE:START"],
    ['19:999', "'19:999' is not PROFILE or PROFILE:START"],
    ['19:', "'19:' is not PROFILE or PROFILE:START"],
    ['19:1:1', "'19:1:1' is not PROFILE or PROFILE:START"],
    [':3', "':3' is not a profile"],
    ['19,', "'' is not a profile"],
    ['19,19 --placement 3', '--placement is for one profile'],
    ['1c --gpu-instance 2 -C', '-C and --gpu-instance exclude each other'],
  ])('%s is refused, and nothing is made', async (words, sentence) => {
    const before = await ok('mig list -q')
    const { status, stdout, stderr } = await bench.sh(`mig create ${words} --gpu 0`)
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain(sentence)
    expect(await ok('mig list -q')).toBe(before)
  })
})

describe('MIG in views of GPUs and the host', () => {
  it('M 8: fb map draws each GPU instance in its slots, and GPUs without MIG have no such map', async () => {
    const [first, second] = (await ok('fb map --instances')).split('\n\n')
    const lines = first?.split('\n') ?? []
    expect(lines[0]).toBe('GPU 0 (0000:c1:00.0) slots of GPU instances: 5 of 8 used, largest gap 2')
    expect(lines[1]).toBe(`[${'........'}${'8'.repeat(8)}${'.'.repeat(16)}${'2'.repeat(32)}]`)
    expect(first).toMatch(/^8 +1 +1 +1 +1g\.5gb \(ID 8\)$/m)
    expect(first).toMatch(/^2 +4 +7 +4 +3g\.20gb \(ID 2\)$/m)
    expect(second).toMatch(/^GPU 1 .* 0 of 8 used, largest gap 8$/m)
    const { kind, items } = JSON.parse(await ok('fb map --instances -o json'))
    expect(kind).toBe('instanceMaps')
    expect(items.map(({ gpu }: { gpu: number }) => gpu)).toEqual([0, 1])
    expect(items[0].ranges[1]).toEqual({
      offset: 1,
      size: 1,
      owner: 'GPU instance 8',
      instance: { id: 8, profile: '1g.5gb', vgpus: [] },
    })
  })

  it('M 8: without MIG the map is empty, and the hint switches it on', async () => {
    const { stdout, stderr } = await bench.sh('fb map --instances --gpu 2')
    expect(stdout).toBe('')
    expect(stderr).toContain('hint: nvgpu mig enable 2')
    expect((await bench.sh('fb map --instances --placement')).status).toBe(2)
  })

  it('M 8: the tree has instances below their GPU, and equal GPUs with MIG apart from those without', async () => {
    expect((await ok('host tree')).split('\n').slice(1, -1)).toEqual([
      '`- NVIDIA A100-PCIE-40GB',
      '   |- GPU 0 0000:c1:00.0, MIG',
      '   |  |- GPU instance 2, 3g.20gb at 4:4, compute 0',
      '   |  `- GPU instance 8, 1g.5gb at 1:1, compute 0',
      '   |- GPU 1 0000:c2:00.0, MIG',
      '   `- GPU 2 0000:c3:00.0',
    ])
  })

  it('M 8: mode, pending mode and number of instances are facts of a GPU', async () => {
    await ok('vf enable 1 --gpu 2')
    await bench.sh('mig enable 2')
    const { items } = JSON.parse(await ok('gpu list -o json'))
    expect(items.map(({ mig }: { mig: object }) => mig)).toEqual([
      { current: 'Enabled', pending: null, gpuInstances: 2, computeInstances: 2 },
      { current: 'Enabled', pending: null, gpuInstances: 0, computeInstances: 0 },
      { current: 'Disabled', pending: 'Enabled', gpuInstances: 0, computeInstances: 0 },
    ])
    expect(await ok('gpu show 0')).toMatch(/^MIG: +Enabled, 2 GPU instances$/m)
    expect(await ok('gpu show 2')).toMatch(/^MIG: +Disabled, Enabled after the next reset$/m)
    expect(await ok('')).toMatch(/\| +Enabled \|/)
    const metrics = await ok('metrics')
    expect(metrics).toContain('nvgpu_gpu_mig_mode{gpu="2",bdf="0000:c3:00.0"} 0')
    expect(metrics).toContain(
      'nvgpu_gpu_instance_vgpus{gpu="0",bdf="0000:c1:00.0",gpu_instance="2",profile="3g.20gb"} 0',
    )
  })
})
