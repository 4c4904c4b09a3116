import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bench } from '../cli/captured-io.ts'

let bench: Bench
beforeEach(() => {
  bench = new Bench()
})
afterEach(() => {
  bench.dispose()
})

async function ok(line: string, world = {}): Promise<string> {
  const { status, stdout, stderr } = await bench.sh(line, world)
  expect(status, `${line}: ${stderr}`).toBe(0)
  return stdout
}

async function items(line: string) {
  return JSON.parse(await ok(`${line} -o json`)).items
}

/** Runs what has to be refused, and holds the state to what it was. */
async function refused(line: string, status: number): Promise<string> {
  const before = await ok('host export')
  const outcome = await bench.sh(line)
  expect([outcome.status, outcome.stdout], `${line}: ${outcome.stderr}`).toEqual([status, ''])
  expect(outcome.stderr).toMatch(/^nvgpu: .* \(E[A-Z0-9]+\) \[[a-z-]+\]\n(hint: .+\n)?$/)
  expect(await ok('host export')).toBe(before)
  return outcome.stderr
}

const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
const DUMP = [
  {
    '0000:c1:00.4': [{ [uuid(101)]: { mdev_type: 'nvidia-874', start: 'auto', attrs: [{ a: '1' }, { a: '2' }] } }],
    '0000:c1:00.0': [
      { [uuid(102)]: { mdev_type: 'nvidia-874', start: 'manual', attrs: [] } },
      { [uuid(103)]: { mdev_type: 'nvidia-875', start: 'manual', attrs: [] } },
    ],
  },
]

describe('vgpu define', () => {
  it('prints the UUID into a pipe and a sentence on a terminal', async () => {
    expect(await ok(`vgpu define --type L40-4Q --uuid ${uuid(100)}`)).toBe(`${uuid(100)}\n`)
    expect(await ok(`vgpu define --type 875 --uuid ${uuid(101)} --vf c1:00.6 --auto`, { tty: true })).toBe(
      `vGPU ${uuid(101)} (L40-6Q) defined on 0000:c1:00.6, start auto\n`,
    )
    expect((await ok('vgpu define -t L40-4Q')).trim()).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('changes nothing under --dry-run, and says so', async () => {
    const { stdout, stderr } = await bench.sh('vgpu define --type L40-4Q --dry-run')
    expect(stdout).toMatch(/^[0-9a-f-]{36}\n$/)
    expect(stderr).toBe('dry run: nothing was changed\n')
    expect(await items('vgpu list --defined')).toEqual([])
  })

  it('is refused with a status that says why', async () => {
    await ok(`vgpu define --type L40-4Q --uuid ${uuid(100)} --name a`)
    expect(await refused(`vgpu define --type L40-4Q --uuid ${uuid(100)}`, 4)).toContain('is defined already')
    expect(await refused('vgpu define --type L40-4Q --name a', 4)).toContain('the name "a" belongs to')
    expect(await refused('vgpu define --type L40-5Q', 3)).toContain('nearest: L40-4Q')
    expect(await refused('vgpu define --type L40-4Q --vf 99', 3)).toContain('no GPU can have a VF "99"')
    expect(await refused('vgpu define', 2)).toContain('name a live vGPU, or give --type or --jsonfile')
    expect(await refused('vgpu define x --type L40-4Q', 2)).toContain('name a live vGPU')
    expect(await refused('vgpu define nobody', 3)).toContain('there is no vGPU "nobody"')
    expect(await ok(`vgpu define --type L40-4Q --uuid ${uuid(100)} --if-not-exists`)).toBe(`${uuid(100)}\n`)
  })
})

describe('the listing', () => {
  beforeEach(async () => {
    await ok('vf enable 4')
    await ok(`vgpu create --type L40-4Q --name both --uuid ${uuid(201)} --persist`)
    await ok(`vgpu create --type L40-4Q --name there --uuid ${uuid(202)}`)
    await ok(`vgpu define --type L40-4Q --name meant --uuid ${uuid(203)} --auto`)
  })

  it('says of each vGPU whether it is there and whether it is defined', async () => {
    const short = async (line: string) =>
      (await items(line)).map((item: { name: string; state: string; definition: { start: string } | null }) => [
        item.name,
        item.state,
        item.definition?.start ?? null,
      ])
    const both = ['both', 'running', 'manual']
    const there = ['there', 'running', null]
    const meant = ['meant', 'defined', 'auto']
    expect(await short('vgpu list')).toEqual([both, there])
    expect(await short('vgpu list --active')).toEqual([both, there])
    expect(await short('vgpu list --defined')).toEqual([both, meant])
    expect(await short('vgpu list --all')).toEqual([both, there, meant])
    expect(await short('vgpu list --active --defined')).toEqual([both, there, meant])
    expect(await ok('vgpu list --all')).toMatch(
      /^UUID +NAME +TYPE +STATE +GPU +VF +VM +START +WANTED\n.* both .* manual +0000:c1:00\.4\n.* there .* - +-\n.* meant +L40-4Q +defined +0 +- +- +auto +0000:c1:00\.0\n$/,
    )
    expect(await ok('vgpu list --defined -q')).toBe(`${uuid(201)}\n${uuid(203)}\n`)
    expect(await ok('vgpu list --all -o csv')).toMatch(/definition\.start,definition\.attrs\r\n/)
    expect(await ok('__complete vgpu')).toContain('meant\n')
  })

  it('and show tell the same of one, there or not', async () => {
    const [meant] = await items('vgpu show meant')
    expect(meant).toEqual((await items('vgpu list --all'))[2])
    expect(meant).toMatchObject({ vf: null, gfid: null, framebuffer: null, definition: { gpuBdf: '0000:c1:00.0' } })
    expect(await ok('vgpu show meant')).toMatch(/State: +defined\n[\s\S]*\nDefined\n +Start: +auto\n/)
    expect(await refused('vgpu show nobody', 3)).toContain('there is no vGPU')
  })

  it('destroy leaves the definition, undefine leaves the vGPU', async () => {
    await ok('vgpu destroy both')
    expect(await ok('vgpu list --defined -q')).toContain(uuid(201))
    expect(await ok('vgpu start both')).toBe(`vGPU ${uuid(201)} (L40-4Q) running on 0000:c1:00.4\n`)
    expect(await ok('vgpu undefine both')).toBe(`vGPU ${uuid(201)} is no longer defined\n`)
    expect(await ok('vgpu list -q')).toBe(`${uuid(201)}\n${uuid(202)}\n`)
    expect(await refused('vgpu undefine both', 3)).toContain('is active and not defined')
    await ok('vgpu undefine both meant --if-exists')
    expect(await ok('vgpu list --defined -q')).toBe('')
    expect(await refused('vgpu start meant', 3)).toContain('there is no vGPU "meant"')
  })

  it('a reboot brings back what is defined to start, and the VFs it had', async () => {
    await ok('vgpu autostart both')
    expect((await items('host reboot'))[0]).toMatchObject({ vfs: 4, vgpus: { configured: 2, running: 2 } })
    expect(await ok('vgpu list -q')).toBe(`${uuid(201)}\n${uuid(203)}\n`)
    await ok('vgpu autostart --all --disable')
    expect((await items('host reboot'))[0]).toMatchObject({ vfs: 0, vgpus: { configured: 0 }, definitions: 2 })
  })

  it('a reboot that cannot bring all of it back says what, and leaves with 1', async () => {
    await ok('vgpu define --type L40-8Q --auto --name odd')
    const { status, stderr } = await bench.sh('host reboot')
    expect(status).toBe(1)
    expect(stderr).toMatch(
      /^nvgpu: warning: vGPU [0-9a-f-]{36} was not started: .* \(EINVAL\)\n(nvgpu: warning: vGPU .* is gone\n)*$/,
    )
  })

  it('a host with definitions is not replaced without force', async () => {
    await ok('vgpu destroy --all')
    await ok('vf disable')
    expect(await refused('host init', 4)).toContain('2 definitions, which would be lost')
  })
})

describe('vgpu modify', () => {
  beforeEach(async () => {
    await ok('vf enable 4')
    await ok(`vgpu create --type L40-4Q --name desk1 --uuid ${uuid(201)} --auto`)
  })

  it('changes the definition; live what may change of the vGPU that is there', async () => {
    await ok('vgpu modify desk1 --manual --vf any --name desk2')
    await ok('vgpu modify desk2 --addattr nvidia/vgpu_params --value frame_rate_limiter=0 --live --defined')
    const [item] = await items('vgpu show desk1')
    const attrs = [{ name: 'nvidia/vgpu_params', value: 'frame_rate_limiter=0' }]
    expect(item).toMatchObject({
      name: 'desk1',
      frameRateLimit: null,
      attrs,
      definition: { name: 'desk2', start: 'manual', vf: null, attrs },
    })
    await ok('vgpu modify desk2 --delattr')
    await ok('vgpu modify desk2 --auto --placement-id 4')
    await ok('vgpu modify desk2 --placement-id any')
    expect((await items('vgpu show desk1'))[0]).toMatchObject({ attrs, definition: { attrs: [], start: 'auto' } })
    expect(await bench.sh('vgpu modify desk2 --auto')).toMatchObject({
      status: 0,
      stderr: `nvgpu: warning: vGPU ${uuid(201)} is so already\n`,
    })
  })

  it.each([
    ['vgpu modify desk1 --live --type L40-8Q', 4, 'the type of vGPU'],
    ['vgpu modify desk1 --live --vf 3', 4, 'the VF of vGPU'],
    ['vgpu modify desk1 --live --addattr nvidia/vgpu_params --value fps=0', 2, 'no parameter "fps"'],
    ['vgpu modify desk1 --live --addattr x --value 1', 2, 'a vGPU has no attribute "x"'],
    ['vgpu modify desk1', 2, 'modify needs something to change'],
    ['vgpu modify desk1 --addattr x', 2, '--addattr and --value go together'],
    ['vgpu modify desk1 --auto --manual', 2, '--auto and --manual exclude each other'],
    ['vgpu modify desk1 --delattr --index 7', 2, 'there is no attribute 7'],
    ['vgpu modify desk1 --index 1 --auto', 2, '--index goes with'],
    ['vgpu modify nobody --auto', 3, 'there is no definition "nobody"'],
  ])('%s is refused with %i', async (line, status, text) => {
    expect(await refused(line, status)).toContain(text)
  })
})

describe('files of mdevctl', () => {
  it('a dump is defined as it is, and dumped as it was', async () => {
    const file = bench.file('dump.json', JSON.stringify(DUMP))
    expect(await ok(`vgpu define --jsonfile ${file}`)).toBe(`${uuid(101)}\n${uuid(102)}\n${uuid(103)}\n`)
    const sorted = (text: string) => JSON.parse(text).map((parents: object) => Object.entries(parents).sort())
    expect(sorted(await ok('vgpu list --defined --dumpjson'))).toEqual(sorted(JSON.stringify(DUMP)))
    expect(await refused(`vgpu define --jsonfile ${file}`, 4)).toContain('is defined already')
    expect(await ok(`vgpu define --jsonfile ${file} --if-not-exists -q`)).toContain(uuid(103))
    expect((await items('vgpu list --defined'))[0]).toMatchObject({
      uuid: uuid(101),
      definition: {
        vf: '0000:c1:00.4',
        start: 'auto',
        attrs: [
          { name: 'a', value: '1' },
          { name: 'a', value: '2' },
        ],
      },
    })
  })

  it('a bare configuration gets its place and identity from options, and is shown as mdevctl keeps it', async () => {
    const config = { mdev_type: 'nvidia-874', start: 'auto', attrs: [{ 'nvidia/vgpu_params': 'disable_vnc=1' }] }
    const line = `vgpu define --jsonfile - --vf c1:00.5 --uuid ${uuid(104)} --name desk`
    expect(await ok(line, { stdin: JSON.stringify(config) })).toBe(`${uuid(104)}\n`)
    expect(JSON.parse(await ok('vgpu show desk --dumpjson'))).toEqual(config)
    await ok('vgpu modify desk --jsonfile -', { stdin: JSON.stringify({ mdev_type: 'nvidia-875' }) })
    expect(JSON.parse(await ok('vgpu show desk --dumpjson'))).toEqual({
      mdev_type: 'nvidia-875',
      start: 'manual',
      attrs: [],
    })
  })

  it('what is there is dumped by its VF; nothing is an empty list', async () => {
    expect(await ok('vgpu list --dumpjson')).toBe('[]\n')
    await ok('vf enable 2')
    await ok(`vgpu create --type L40-4Q --uuid ${uuid(105)}`)
    expect(JSON.parse(await ok('vgpu list --dumpjson'))).toEqual([
      { '0000:c1:00.4': [{ [uuid(105)]: { mdev_type: 'nvidia-874', start: 'manual', attrs: [] } }] },
    ])
    expect(await ok('vgpu list --defined --dumpjson')).toBe('[]\n')
  })

  it.each([
    ['{', 'the text is not JSON'],
    ['null', 'the file is not an object'],
    ['{"start":"auto"}', 'the file has no mdev_type'],
    ['{"mdev_type":"x","start":"on"}', 'start of the file is neither auto nor manual'],
    ['{"mdev_type":"x","foo":1}', 'has a member "foo"'],
    ['{"mdev_type":"x","attrs":[{"a":"1","b":"2"}]}', 'attribute 0 of the file must have exactly one member'],
    ['{"mdev_type":"x","attrs":[{"a":1}]}', 'the value of a of the file is not a string'],
    ['[{"p":{}}]', '[0].p is not a list of devices'],
    ['[{"0000:c1:00.0":[{"x":{"mdev_type":"nvidia-874"}}]}]', '"x" is not a UUID'],
  ])('%s is refused, naming the place', async (text, problem) => {
    const file = bench.file('bad.json', text)
    expect(await refused(`vgpu define --jsonfile ${file}`, 2)).toContain(
      `bad.json: ${problem}`.replace('bad.json: has', 'has'),
    )
  })

  it('all or nothing: one device that cannot be leaves none', async () => {
    const [parents] = DUMP
    const file = bench.file('dump.json', JSON.stringify([{ ...parents, '0000:ff:00.0': parents?.['0000:c1:00.4'] }]))
    expect(await refused(`vgpu define --jsonfile ${file}`, 3)).toContain('no GPU can have a VF "0000:ff:00.0"')
  })
})

describe('persisted VFs', () => {
  it('come back at boot until they are disabled for good', async () => {
    await ok('vf enable 4')
    expect(await items('host reboot')).toMatchObject([{ vfs: 0 }])
    await ok('vf enable 6 --persist')
    await ok('vf enable 8')
    expect(await items('host reboot')).toMatchObject([{ vfs: 6 }])
    const again = JSON.parse(await ok('vf enable 6 --persist -o json'))
    expect(again.changed).toBe(false)
    await ok('vf disable --persist')
    expect(await items('host reboot')).toMatchObject([{ vfs: 0 }])
  })
})
