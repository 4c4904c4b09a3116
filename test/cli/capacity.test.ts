import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bench } from './captured-io.ts'

let bench: Bench
beforeEach(async () => {
  bench = new Bench()
  await bench.sh('host init --gpus 2')
  await bench.sh('vf enable 8 --gpu 0')
  await bench.sh('vf enable 8 --gpu 1')
})
afterEach(() => {
  bench.dispose()
})

describe('capacity', () => {
  it('shows what is taken as bars, and of each type how many more and why not more', async () => {
    await bench.sh('vgpu create --type L40-24Q --gpu 0')
    const { status, stdout } = await bench.sh('capacity --gpu 0')
    expect(status).toBe(0)
    expect(stdout).toMatch(/^GPU 0 \(0000:c1:00\.0\) NVIDIA L40: homogeneous, L40-24Q\n/)
    expect(stdout).toContain('  VFs         [#####...................................] 7 of 8 free, 32 possible\n')
    expect(stdout).toMatch(/^L40-24Q +24576 MiB +1 +2 {2}this GPU carries 2 vGPUs and NVIDIA L40-24Q allows 2$/m)
    expect(stdout).toMatch(/^L40-4Q +4096 MiB +0 +12 {2}this GPU carries NVIDIA L40-24Q/m)
  })

  it('agrees with the list of creatable types in every format', async () => {
    await bench.sh('vgpu create --type L40-24Q --gpu 0')
    const [first, second] = JSON.parse((await bench.sh('capacity -o json')).stdout).items
    const types = JSON.parse((await bench.sh('types list -o json')).stdout).items
    for (const type of types) {
      for (const gpu of [first, second]) {
        const here = gpu.types.find((each: { id: number }) => each.id === type.id)
        expect(here.creatable).toBe(type.gpus[gpu.gpu].creatable)
      }
    }
    const csv = (await bench.sh('capacity -o csv --no-header')).stdout.trim().split('\r\n')
    expect(csv).toHaveLength(first.types.length + second.types.length)
  })
})

describe('fit', () => {
  it('leaves with 0 and says what to type; typed, it is so', async () => {
    await bench.sh('gpu mode heterogeneous --gpu 0')
    await bench.sh('vgpu create --type L40-1Q --gpu 0')
    const { status, stdout } = await bench.sh('fit L40-24Q=2 L40-16Q')
    expect(status).toBe(0)
    const [sentence, ...commands] = stdout.trimEnd().split('\n')
    expect(sentence).toBe('2 x L40-24Q and 1 x L40-16Q: fits')
    for (const command of commands) {
      const [line = '', times] = command
        .trim()
        .replace(/^nvgpu /, '')
        .split(/ {2}# | times$/)
      for (let i = 0; i < Number(times ?? 1); i += 1) expect((await bench.sh(line)).status, line).toBe(0)
    }
    expect((await bench.sh('vgpu list -q')).stdout.trim().split('\n')).toHaveLength(4)
  })

  it('leaves with 5 where VFs are to be enabled, and says the commands; typed, it fits', async () => {
    await bench.sh('host init --gpus 3 --force')
    await bench.sh('vf enable 2 --gpu 0')
    await bench.sh('vgpu create --type L40-8Q --gpu 0')
    await bench.sh('vf enable 1 --gpu 1')
    const { status, stdout } = await bench.sh('fit L40-24Q=3')
    expect(status).toBe(5)
    const [head, why0, why1, why2, would, ...commands] = stdout.trimEnd().split('\n')
    expect([head, why0, why1, why2, would]).toEqual([
      '3 x L40-24Q: does not fit',
      expect.stringContaining('this GPU carries NVIDIA L40-8Q'),
      '  GPU 1, L40-24Q: 1 by itself, then no free VF',
      '  GPU 2, L40-24Q: none, then no VFs are enabled',
      'it would with more VFs:',
    ])
    expect(commands).toEqual([
      '  nvgpu vf enable 32 --gpu 2',
      '  nvgpu vgpu create --type L40-24Q --gpu 1',
      '  nvgpu vgpu create --type L40-24Q --gpu 2  # 2 times',
    ])
    for (const command of commands) {
      const [line = ''] = command.replace(/^ *nvgpu /, '').split('  #')
      expect((await bench.sh(line)).status, line).toBe(0)
    }
    expect((await bench.sh('fit L40-24Q')).status).toBe(0)
  })

  it('does not name VFs whose enabling does not help', async () => {
    await bench.sh('host init --force')
    const { stdout } = await bench.sh('fit L40-24Q=3')
    expect(stdout).toContain('neither enabling VFs nor moving or destroying vGPUs helps')
    expect(stdout).not.toContain('vf enable')
  })

  it('leaves with 5, says why on each GPU, and what would have to move', async () => {
    await bench.sh('vgpu create --type L40-4Q --gpu 0 --name a')
    await bench.sh('vgpu create --type L40-4Q --gpu 1 --name b')
    const { status, stdout } = await bench.sh('fit L40-48Q')
    expect(status).toBe(5)
    expect(stdout).toMatch(
      /^1 x L40-48Q: does not fit\n {2}GPUs 0-1, L40-48Q: none, then this GPU carries .*\nit would after 1 move:\n {2}move [ab] \(L40-4Q\) from GPU [01] to GPU [01]\n {2}nvgpu vgpu create --type L40-48Q --gpu [01]\n$/,
    )
  })

  it('says which vGPUs stand in the way where none can move', async () => {
    await bench.sh('vgpu create --type L40-4Q --gpu 0 --name a')
    const { status, stdout } = await bench.sh('fit L40-48Q=2')
    expect(status).toBe(5)
    expect(stdout).toMatch(
      /no move helps; it would without 1 vGPU:\n {2}nvgpu vgpu destroy \S+ {2}# a \(L40-4Q\), GPU 0\n$/,
    )
  })

  it('changes nothing, and is one document in JSON', async () => {
    const before = (await bench.sh('host export')).stdout
    const document = JSON.parse((await bench.sh('fit L40-8Q=2 -o json')).stdout)
    expect(document).toMatchObject({ kind: 'fit', items: [{ fits: true, exact: true, moves: [], stops: [], why: [] }] })
    expect(document.items[0].placed).toHaveLength(2)
    expect((await bench.sh('host export')).stdout).toBe(before)
  })

  it.each([
    ['fit L40-9Q', 3, 'there is no vGPU type "L40-9Q"'],
    ['fit L40-8Q=0', 2, "'L40-8Q=0' is not TYPE or TYPE=N"],
    ['fit L40-8Q=99999', 2, 'N from 1 to 1024'],
    ['fit', 2, "missing required argument 'TYPES'"],
    ['fit L40-8Q --gpu 7', 3, 'there is no GPU "7"'],
  ])('refuses %s', async (line, status, sentence) => {
    const outcome = await bench.sh(line)
    expect(outcome.status).toBe(status)
    expect(outcome.stderr).toContain(sentence)
  })
})

describe('whatif', () => {
  it('shows what fits before and after, and changes nothing', async () => {
    await bench.sh('vgpu create --type L40-24Q --gpu 0 --name a')
    const before = (await bench.sh('host export')).stdout
    const { status, stdout } = await bench.sh('whatif --destroy a -o json')
    expect(status).toBe(0)
    const row = JSON.parse(stdout).items.find(
      (each: { gpu: number; vgpuType: { name: string } }) => each.gpu === 0 && each.vgpuType.name === 'NVIDIA L40-48Q',
    )
    expect(row).toMatchObject({ before: 0, after: 1 })
    expect((await bench.sh('host export')).stdout).toBe(before)
  })

  it('is refused where the host itself would refuse, with its status', async () => {
    await bench.sh('vgpu create --type L40-24Q --gpu 0 --name a')
    const real = await bench.sh('gpu mode heterogeneous --gpu 0')
    const thought = await bench.sh('whatif --mode heterogeneous --gpu 0')
    expect(thought.status).toBe(real.status)
    expect(thought.stderr).toBe(real.stderr.replace('nvgpu: gpu mode:', 'nvgpu: whatif:'))
    expect((await bench.sh('whatif --create L40-48Q=5')).status).not.toBe(0)
    expect((await bench.sh('whatif --destroy a --all-gone')).status).toBe(2)
  })

  it('is what comes when it is done', async () => {
    await bench.sh('vgpu create --type L40-24Q --gpu 0 --name a')
    const line = '--all-gone --gpu 0 --ecc on --mode heterogeneous --create L40-24Q --create L40-8Q=2'
    const rows = JSON.parse((await bench.sh(`whatif ${line} -o json`)).stdout).items
    const steps = [
      'vgpu destroy --all --gpu 0',
      'gpu ecc on --gpu 0',
      'gpu reset 0',
      'vf enable 8 --gpu 0',
      'gpu mode heterogeneous --gpu 0',
      'vgpu create --type L40-24Q --gpu 0',
      'vgpu create --type L40-8Q --gpu 0',
      'vgpu create --type L40-8Q --gpu 0',
    ]
    for (const step of steps) expect((await bench.sh(step)).status, step).toBe(0)
    const now = JSON.parse((await bench.sh('capacity -o json')).stdout).items
    for (const { gpu, vgpuType, after } of rows) {
      expect(now[gpu].types.find((type: { id: number }) => type.id === vgpuType.id).creatable).toBe(after)
    }
  })
})

describe('a board without vGPUs under the profile of the host', () => {
  it('host init says a profile that has them, and so does each refusal', async () => {
    const mend = 'nvgpu host init --profile vgpu17 --board A40'
    const { status, stderr } = await bench.sh('host init --board A40 --force')
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: `nvgpu: warning: profile v2 has no vGPUs on A40: ${mend}\n`,
    })
    for (const line of ['vf enable 4', 'vgpu create --type A40-4Q'])
      expect((await bench.sh(line)).stderr, line).toContain(`\nhint: ${mend}\n`)
    expect((await bench.sh('host init --board A40 --no-vgpu')).stderr).toBe('')
    expect(await bench.sh(mend.slice('nvgpu '.length))).toMatchObject({ status: 0, stderr: '' })
    expect((await bench.sh('vf enable 32')).status).toBe(0)
    expect((await bench.sh('vgpu create --type A40-4Q')).status).toBe(0)
  })

  it('nothing fits there, and nothing is to be moved', async () => {
    await bench.sh('host init --board A40 --force')
    const why = '  GPU 0, A40-8Q: none, then vGPU support is not enabled\n'
    expect(await bench.sh('fit A40-8Q')).toMatchObject({
      status: 5,
      stdout: `1 x A40-8Q: does not fit\n${why}neither enabling VFs nor moving or destroying vGPUs helps\n`,
    })
    expect(await bench.sh('fit A40-8Q --optimal')).toMatchObject({
      status: 5,
      stdout: `1 x A40-8Q: does not fit\n${why}nothing of it fits, whatever moves\n`,
    })
    expect((await bench.sh('defragment A40-8Q')).status).toBe(5)
    expect((await bench.sh('capacity')).status).toBe(0)
  })
})
