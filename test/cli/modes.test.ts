import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bench } from './captured-io.ts'

let bench: Bench
beforeEach(() => {
  bench = new Bench()
})
afterEach(() => {
  bench.dispose()
})

/** Runs lines that all must succeed. @returns standard output of the last */
async function all(...lines: readonly string[]): Promise<string> {
  let out = ''
  for (const line of lines) {
    const { status, stdout, stderr } = await bench.sh(line)
    expect(status, `${line}: ${stderr}`).toBe(0)
    out = stdout
  }
  return out
}

const json = async (line: string) => JSON.parse(await all(`${line} -o json`))

describe('gpu mode', () => {
  it('lets types of several sizes share a GPU, at the placements asked for or the first free', async () => {
    expect(await all('vf enable 8', 'gpu mode heterogeneous')).toBe('GPU 0000:c1:00.0 in heterogeneous mode\n')
    await all('vgpu create -t L40-24Q', 'vgpu create -t L40-8Q --placement-id 40')
    const { items } = await json('vgpu list')
    expect(items.map((vgpu: { placementId: number }) => vgpu.placementId)).toEqual([0, 40])
    expect(await all('types show L40-4Q')).toContain('at 24 32 36')
    expect(await all('gpu show')).toMatch(/Mode: +heterogeneous/)
  })

  it('says what is in the way', async () => {
    expect(await bench.sh('gpu mode heterogeneous')).toMatchObject({
      status: 4,
      stdout: '',
      stderr: expect.stringMatching(
        /no VFs are enabled on 0000:c1:00\.0 \(EINVAL.*\) \[wrong-state\]\nhint: nvgpu vf enable 4/,
      ),
    })
    await all('vf enable 4', 'vgpu create -t L40-4Q')
    const busy = await bench.sh('gpu mode heterogeneous')
    expect(busy.status).toBe(4)
    expect(busy.stderr).toContain('in use by')
    expect((await bench.sh('vgpu create -t L40-4Q --placement-id 8')).stderr).toContain('heterogeneous mode only')
    expect(await bench.sh('gpu mode sideways')).toMatchObject({ status: 2 })
  })

  it('with --dry-run changes nothing', async () => {
    await all('vf enable 4', 'gpu mode heterogeneous --dry-run')
    expect((await json('gpu list')).items[0].vgpuMode.current).toBe('homogeneous')
  })

  it('refuses a placement that is no number, taken, or not of the type', async () => {
    await all('vf enable 4', 'gpu mode heterogeneous', 'vgpu create -t L40-8Q --placement-id 16')
    expect(await bench.sh('vgpu create -t L40-8Q --placement-id x')).toMatchObject({ status: 2 })
    const taken = await bench.sh('vgpu create -t L40-8Q --placement-id 16')
    expect(taken).toMatchObject({ status: 4, stderr: expect.stringContaining('free: 0 24 40') })
    expect(await bench.sh('vgpu create -t L40-8Q --placement-id 5')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('5 is not a placement of NVIDIA L40-8Q'),
    })
  })
})

describe('gpu ecc', () => {
  it('waits for the reset, and shows that it does', async () => {
    const { status, stdout, stderr } = await bench.sh('gpu ecc on')
    expect([status, stdout]).toEqual([0, 'GPU 0000:c1:00.0 ECC Disabled, Enabled after a reset\n'])
    expect(stderr).toContain('nvgpu gpu reset 0000:c1:00.0')
    expect(await all('gpu show')).toMatch(/ECC: +Disabled, Enabled after the next reset/)
    await all('gpu reset')
    expect((await json('gpu list')).items[0]).toMatchObject({ eccMode: 'Enabled', eccPending: null })
    const refused = await bench.sh('vf enable 2').then(() => bench.sh('vgpu create -t 869'))
    expect(refused).toMatchObject({ status: 4, stderr: expect.stringContaining('ENODEV') })
  })
})

describe('gpu scheduler', () => {
  it('takes policy and parameters, clamps, and refuses what does not go together', async () => {
    expect(await all('gpu scheduler equal-share --frequency 240 --averaging 10')).toBe(
      'GPU 0000:c1:00.0 scheduler equal-share, time slice 4166666 ns\n',
    )
    const clamped = await bench.sh('gpu scheduler fixed-share --arr off --time-slice 99')
    expect(clamped).toMatchObject({ status: 0, stderr: expect.stringContaining('99 ms is taken as 30 ms') })
    expect((await json('gpu list')).items[0].scheduler).toMatchObject({
      policy: 'fixed-share',
      timeSliceNs: 30_000_000,
    })
    expect(await bench.sh('gpu scheduler best-effort --averaging 3')).toMatchObject({ status: 2 })
    expect(await bench.sh('gpu scheduler round-robin')).toMatchObject({ status: 2 })
    expect(await bench.sh('gpu scheduler equal-share --frequency -5')).toMatchObject({ status: 2 })
    await all('vf enable 2', 'vgpu create -t L40-4Q')
    expect(await bench.sh('gpu scheduler best-effort')).toMatchObject({ status: 4 })
    await all('vgpu destroy --all', 'gpu scheduler best-effort')
  })
})

describe('vgpu attach', () => {
  it('starts a configured vGPU for a VM and says what the guest has', async () => {
    await all('vf enable 4', 'vgpu create -t L40-4Q --name desk7 --no-start')
    expect(await all('vgpu attach desk7 --vm win --guest-os win11')).toMatch(
      /^vGPU \S+ \(L40-4Q\) runs in VM win \(win11\), guest driver 573\.07, displays 1 x 7680x4320 or 4 x 5120x2880\n$/,
    )
    expect(await all('vgpu show desk7')).toMatch(/Guest: +win11, driver 573\.07/)
    expect(await bench.sh('vgpu attach desk7 --vm other --guest-os linux')).toMatchObject({ status: 4 })
    expect(await bench.sh('vgpu attach desk7 --vm other')).toMatchObject({ status: 2 })
  })

  it('warns of a guest whose driver does not load, and refuses what a VM cannot have', async () => {
    await all('vf enable 4', 'vgpu create -t L40-4C --name calc --no-start')
    const { status, stdout, stderr } = await bench.sh('vgpu attach calc --vm a --guest-os windows')
    expect(status).toBe(0)
    expect(stdout).toContain('guest driver not loaded')
    expect(stderr).toContain('TCC mode only')
    await all('vgpu destroy --all', 'vgpu create -t L40-2B --vm desk', 'vgpu create -t L40-2B --name two --no-start')
    expect(await bench.sh('vgpu attach two --vm desk --guest-os linux')).toMatchObject({
      status: 4,
      stderr: expect.stringContaining('VM desk does not start: NVIDIA L40-2B must be alone in its VM'),
    })
  })
})

describe('utilisation', () => {
  it('is there once time has passed, in every format', async () => {
    await all('vf enable 4', 'vgpu create -t L40-4Q --name desk7', 'vgpu create -t L40-4Q')
    expect((await json('vgpu stats desk7')).items).toMatchObject([{ name: 'desk7', now: null, samples: 0 }])
    await all('host advance 20s')
    const { items } = await json('vgpu stats')
    expect(items).toHaveLength(2)
    expect(items[0].samples).toBeGreaterThanOrEqual(20)
    expect(items[0].now.gpu + items[1].now.gpu).toBeLessThanOrEqual(100)
    const csv = await all('vgpu stats -o csv')
    expect(csv.split(/\r?\n/)[0]).toContain('now.gpu')
    const gpu = (await json('gpu stats')).items[0]
    expect(gpu.now.gpu).toBeCloseTo(items[0].now.gpu + items[1].now.gpu, 1)
    expect((await all('gpu stats')).split('\n')).toHaveLength(3)
    expect(await bench.sh('vgpu stats nobody')).toMatchObject({ status: 3 })
  })

  it('dmon prints the columns of nvidia-smi vgpu -u and leaves the state alone', async () => {
    const empty = (await all('vgpu dmon')).split('\n')
    expect(empty.slice(0, 2)).toEqual([
      '# GPU       vGPU    sm   mem   enc   dec   jpg   ofa',
      '# Idx         Id     %     %     %     %     %     %',
    ])
    expect(empty[2]).toBe('    0          -     -     -     -     -     -     -')
    await all('vf enable 4', 'vgpu create -t L40-4Q', 'vgpu create -t L40-4Q')
    const before = await all('host export')
    const lines = (await all('vgpu dmon -c 3 --no-header')).trimEnd().split('\n')
    expect(lines).toHaveLength(6)
    for (const line of lines) expect(line).toMatch(/^ {4}0 325[0-9]{7}(?: {3,5}[0-9]{1,3}){4} {5}- {5}-$/)
    for (const line of lines) expect(line).toHaveLength(52)
    expect(await all('vgpu dmon -c 3 --no-header')).toBe(`${lines.join('\n')}\n`)
    expect(await all('host export')).toBe(before)
    expect((await json('vgpu dmon -c 2')).items).toHaveLength(4)
    expect(await bench.sh('vgpu dmon -c 0')).toMatchObject({ status: 2 })
  })
})
