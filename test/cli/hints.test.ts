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

async function hintOf(line: string, on = bench): Promise<string> {
  const { status, stderr } = await on.sh(line)
  expect(status, line).not.toBe(0)
  return /^hint: nvgpu (.*)$/m.exec(stderr)?.[1] ?? `none for ${line}: ${stderr}`
}

/** The command does its work; fit may say that there is no room. */
async function expectWorks(hint: string, on = bench): Promise<void> {
  const { status, stderr } = await on.sh(hint.replace(/^watch /, 'watch --count 1 '), { env: { NVGPU_DRY_RUN: '1' } })
  expect(hint.startsWith('fit ') ? [0, 5] : [0], `${hint}: ${stderr}`).toContain(status)
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
    await expectWorks(await hintOf(line))
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
      expect.stringMatching(
        /there is no host in \S+\/typo \(ENOENT\) \[not-found\]\nhint: nvgpu migrate \S+ --to DIR, with DIR/,
      ),
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

const THREE_GPUS = [
  'host init --gpus 3',
  'vf enable 4 --gpu 0',
  'gpu mode heterogeneous --gpu 0',
  'vgpu create --type L40-16Q --gpu 0 --name mixed --placement-id 0',
  'vf enable 3 --gpu 1',
  'vgpu create --type L40-8Q --gpu 1 --name desk1',
  'vgpu create --type L40-8Q --gpu 1 --name desk2 --no-start',
]

describe('on a host of three GPUs', () => {
  let three: Bench
  beforeAll(async () => {
    three = new Bench()
    for (const line of THREE_GPUS) expect((await three.sh(line)).status, line).toBe(0)
  })
  afterAll(() => {
    three.dispose()
  })

  it.each([
    'vgpu create --type L40-4Q --gpu 1',
    'vgpu create --type L40-4Q --vf 1/2',
    'vgpu create --type L40-48Q --gpu 0',
    'vgpu create --type L40-16Q --gpu 0 --placement-id 0',
    'vgpu create --type L40-16Q --gpu 0 --placement-id 1',
    'vgpu create --type L40-8Q --gpu 1 --placement-id 3',
    'vgpu create --type L40-8Q --gpu 2',
    'vgpu create --type L40-8Q --vf 1/0',
    'vgpu create --type L40-99Q',
    'vgpu create --type T4-8Q',
    'gpu mode heterogeneous --gpu 1',
    'gpu mode heterogeneous --gpu 2',
    'gpu mode heterogeneous',
    'gpu scheduler fixed-share --gpu 0',
    'gpu scheduler best-effort --frequency 90 --gpu 1',
    'gpu ecc on --gpu 1',
    'gpu ecc on',
    'gpu reset',
    'gpu reset 1',
    'gpu unbind 1',
    'gpu bind 9',
    'gpu drain 1 --to-gpu 1',
    'vf enable 33 --gpu 2',
    'vf enable 99999 --gpu 2',
    'vf enable 4',
    'vf enable 1 --gpu 1',
    'vf disable --gpu 1',
    'vf disable',
    'vf unbind 1/0',
    'vf bind 1/2 --driver nobody',
    'vf show 2/0',
    'vf show 1/9',
    'vf show 0',
    'vgpu show nobody',
    'vgpu start nobody',
    'vgpu stop nobody',
    'vgpu destroy',
    'vgpu attach desk1 --vm other',
    'vgpu attach mixed --vm desk1',
    'vgpu define --type L40-8Q',
    'vgpu undefine desk2',
    'vgpu autostart desk2',
    'vgpu encoder-capacity desk1 500',
    'vgpu encoder-capacity desk2 50',
    'vgpu guest boot desk2',
    'vgpu dmon -c 99999',
    'vgpu resume desk2',
    'vfio open 1/0 --vm other',
    'vfio open 1/2 --vm other',
    'vfio close 1/2',
    'vfio close 1/1',
    'vfio reset 1/1',
    'vfio read 1/0 bar0 0xffffffffff',
    'vfio read 1/0 bar5 0',
    'sysfs write 0000:c2:00.0/remove 1',
    'sysfs write 0000:c2:00.4/remove 1',
    'sysfs read 0000:c9:00.0/vendor',
    'sysfs write 0000:c3:00.0/sriov_numvfs 99999',
    'sysfs write 0000:c3:00.0/sriov_numvfs 99',
    'sysfs write 0000:c2:00.0/sriov_numvfs 1',
    'gsp inject event --event 0x10 --gpu 1',
    'gsp inject event',
    'gsp inject xid',
    'gsp inject event --event 0x1011',
    'gsp log nobody',
    'gsp decode',
    'gsp decode NOTHING',
    'fault add nowhere',
    'fault clear 99',
    'fit L40-99Q',
    'whatif --destroy nobody',
    'types show L40-99Q',
    'types list --board L4O',
    'undo 99',
    'rollback 99',
    'history show 99',
    'host warm-update --to-version 9',
    'host advance never',
    'host suspend --strict',
    'query --gpu=nothing',
    'dmon -o csv',
    'watch vgpu destroy desk1',
    'schema nothing',
    'explain nothing',
    'export libvirt nobody',
    'wait nobody --for running --timeout 0s',
  ])('K 3: the hint of "%s" is a command that works', async (line) => {
    const hint = await hintOf(line, three)
    await expectWorks(hint, three)
  })

  it('K 3: the hint of a GPU without a driver or firmware names it', async () => {
    expect((await three.sh('gpu unbind 2')).status).toBe(0)
    for (const line of ['vf enable 4 --gpu 2', 'vgpu create --type L40-8Q --gpu 2', 'gpu persistence on --gpu 2']) {
      const hint = await hintOf(line, three)
      expect(hint).toBe('gpu bind 0000:c3:00.0')
      await expectWorks(hint, three)
    }
    expect(await hintOf('gsp inject event --event 0x1011 --gpu 2', three)).toBe('gsp boot --gpu 0000:c3:00.0')
    expect((await three.sh('gpu bind 2')).status).toBe(0)
  })

  it('K 3: remarks name a GPU too', async () => {
    const other = new Bench()
    await other.sh('host init --gpus 3')
    for (const line of [
      'vf list',
      'fb map --placement',
      'vgpu list',
      'vgpu stats',
      'gsp plugins',
      'fault list',
      'vgpu list --defined',
    ]) {
      const { stderr } = await other.sh(line)
      const [, hint = ''] = /hint: nvgpu (.*)$/m.exec(stderr) ?? []
      expect(hint, line).not.toBe('')
      if (line === 'fb map --placement') await other.sh('vf enable 2 --gpu 0')
      if (!/ [A-Z]+/.test(hint)) await expectWorks(hint, other)
    }
    other.dispose()
  })
})

describe('types and GPUs under other profiles', () => {
  it.each([
    [['host init --profile rfc-v1 --gpus 2', 'vf enable 2 --gpu 1'], 'vgpu create --type L40-4Q --gpu 1'],
    [
      [
        'host init --profile rfc-v1 --gpus 2',
        'vf enable 3 --gpu 1',
        'vgpu create --type L40-1B --vf 1/0',
        'vgpu create --type L40-1B --vf 1/1',
      ],
      'vgpu create --type L40-1B --vf 1/2',
    ],
    [
      ['host init --profile rfc-v1 --gpus 2', 'gpu ecc on --gpu 1', 'gpu reset 1', 'vf enable 2 --gpu 1'],
      'vgpu create --type L40-1B --gpu 1',
    ],
    [['host init --profile rfc-v1 --gpus 2'], 'gpu scheduler fixed-share --gpu 1'],
    [['host init --profile rfc-v1 --gpus 2', 'vf enable 2 --gpu 1'], 'sysfs write 0000:c2:00.0/sriov_numvfs 1'],
    [['host init --profile rfc-v1 --gpus 2', 'vf enable 2 --gpu 1'], 'gpu unbind 1'],
    [['host init --profile vgpu16 --gpus 2'], 'sysfs write 0000:c2:00.0/sriov_numvfs 4'],
  ])('K 3: after %j the hint of "%s" works', async (lines, refused) => {
    const other = new Bench()
    for (const line of lines) expect((await other.sh(line)).status, line).toBe(0)
    await expectWorks(await hintOf(refused, other), other)
    other.dispose()
  })
})
