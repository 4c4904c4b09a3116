import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bench } from './captured-io.ts'

let bench: Bench
const ok = async (line: string) => {
  const { status, stdout, stderr } = await bench.sh(line)
  expect({ line, status, stderr }).toEqual({ line, status: 0, stderr: '' })
  return stdout
}

beforeEach(async () => {
  bench = new Bench()
  // INVENTED figures
  const figures = 'framebuffer=97887,bar1=128G,vfBar1=2G,vmmuSegment=256M'
  await ok(`host init --board RTX-PRO-6000-Blackwell-SE --profile vgpu17 --figures ${figures}`)
  for (const line of ['mig enable', 'vf enable 8', 'mig create 1g.24gb+gfx 1g.24gb+gfx -C']) await ok(line)
})
afterEach(() => {
  bench.dispose()
})

const GPU = 'GPU 00000000:C1:00.0'

describe('nvidia-smi vgpu where vGPUs take turns on GPU instances', () => {
  it('rule 38: -gi N -shm switches mixed sizes of that instance, and -ghm shows them', async () => {
    await ok('vgpu create --type DC-1-6Q')
    const set = async (ids: string, text: string) => {
      const { status, stdout } = await bench.sh(`smi vgpu -i 0 -gi ${ids} -shm ${text}`)
      return [status, stdout]
    }
    const unable = (id: number, words: string) =>
      `Unable to set vGPU heterogeneous mode for ${GPU} GPU instance ID  ${id}: ${words}\n`
    expect(await set('3', '1')).toEqual([19, unable(3, 'In use by another client')])
    expect(await set('4,5', '1')).toEqual([6, unable(5, 'Not Found')])
    expect(await set('4', '1')).toEqual([0, `Enabled vGPU heterogeneous mode for ${GPU} GPU instance ID  4\n`])
    expect((await ok('smi vgpu -ghm')).split('\n').map((line) => line.trim().replace(/ +/g, ' '))).toEqual([
      ...[GPU, 'GPU Instance ID : 3', 'vGPU Heterogeneous Mode : Disabled'],
      ...['GPU Instance ID : 4', 'vGPU Heterogeneous Mode : Enabled', ''],
    ])
    expect(await ok('smi vgpu -gi 4 -ghm')).not.toContain(': 3\n')
    await ok('vgpu create --type DC-1-8Q --gpu-instance 4')
    await ok('vgpu create --type DC-1-3Q --gpu-instance 4')
    const query = (await ok('smi vgpu -q')).match(/(?<=(GPU Instance|Placement) ID +: )\d+/g)
    expect(query).toEqual(['3', '0', '4', '0', '4', '9'])
    expect(await ok('smi vgpu -c -v -gi 4')).toMatch(/DC-1-12Q[\s\S]*?Creatable Placement IDs +: 12\n/)
    expect(await ok('smi vgpu -c -gi 3')).toBe(
      `${GPU}\n${['6Q', '6A'].map((type) => `    NVIDIA RTX Pro 6000 Blackwell DC-1-${type}\n`).join('')}`,
    )
  })

  it('rule 41: -smts 0 hides types of which several run on an instance', async () => {
    expect(await ok('smi vgpu -s')).toContain('DC-1-12Q')
    expect(await ok('smi vgpu -smts 0')).toBe(`Disabled vGPU MIG timeslice mode for ${GPU}\n`)
    const listed = await ok('smi vgpu -s')
    expect(listed).not.toContain('DC-1-12Q')
    expect(listed).toContain('DC-1-24Q')
    expect(await ok('mig time-slicing on')).toBe('time slices on GPU instances of GPU 0 (0000:c1:00.0) are on\n')
    expect((await bench.sh('smi vgpu -smts 2')).status).toBe(2)
  })

  it('rule 33: -s -v has the most on an instance', async () => {
    expect(await ok('smi vgpu -s -v')).toMatch(
      /DC-1-2Q\n[\s\S]*?Max Instances +: 48\n[\s\S]*?Max Instances Per GI +: 12\n/,
    )
  })

  it('a mode of an instance is named by gpu mode and mig show', async () => {
    expect(await ok('gpu mode heterogeneous --gpu-instance 3')).toBe(
      'GPU instance 3 on GPU 0 is in heterogeneous mode\n',
    )
    expect(await ok('mig show 3')).toContain('heterogeneous')
  })
})

describe('a host file of such a host', () => {
  it('keeps the mode of instances, places and the turns on instances', async () => {
    await ok('gpu mode heterogeneous --gpu-instance 4')
    await ok('vgpu create --type DC-1-8Q --gpu-instance 4')
    await ok('vgpu create --type DC-1-4Q --gpu-instance 4')
    await ok('vgpu create --type DC-1-12Q')
    const file = await ok('export')
    expect(file).toContain('mode: heterogeneous')
    expect(file).toContain('migTimeSlicing: true')
    await bench.sh('host reset --force')
    const applied = await bench.run(['apply', '-f', '-'], { stdin: file })
    expect(applied).toMatchObject({ status: 0, stderr: '' })
    expect(await ok('export')).toBe(file)
    const off = file
      .replace('migTimeSlicing: true', 'migTimeSlicing: false')
      .replace('mode: heterogeneous', 'mode: homogeneous')
      .replace(/\nvgpus:[\s\S]*?\ndefinitions/, '\nvgpus: []\ndefinitions')
    expect((await bench.run(['apply', '-f', '-'], { stdin: off })).stdout).toContain(
      'switch time slices on GPU instances of 0000:c1:00.0 off',
    )
    expect(await ok('export')).toContain('migTimeSlicing: false')
  })
})
