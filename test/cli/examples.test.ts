import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CACHES } from '../house/sandbox.ts'

/** From the directory of a test: that of the clone may have a blank in its name. */
const EXAMPLES = './examples'

let dir: string
let env: Record<string, string>
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'nvgpu-examples-'))
  fs.mkdirSync(path.join(dir, 'bin'))
  fs.symlinkSync(path.resolve('bin/nvgpu.cjs'), path.join(dir, 'bin/nvgpu'))
  fs.symlinkSync(path.resolve('examples'), path.join(dir, 'examples'))
  env = {
    PATH: `${path.join(dir, 'bin')}:${process.env.PATH}`,
    HOME: dir,
    XDG_CACHE_HOME: CACHES,
    NVGPU_STATE_DIR: state('here'),
    LC_ALL: 'C',
  }
})
afterEach(() => {
  fs.rmSync(dir, { recursive: true, force: true })
})

function state(name: string): string {
  return path.join(dir, name)
}

function sh(script: string) {
  const { status, stdout, stderr } = spawnSync('sh', ['-euc', script], { encoding: 'utf8', env, cwd: dir })
  return { status, stdout, stderr }
}

function ok(script: string): string {
  const { status, stdout, stderr } = sh(script)
  expect(status, `${script}: ${stderr}`).toBe(0)
  return stdout
}

/** Type, state, GPU and name of each vGPU of a host. */
function vgpus(name = 'here'): string[] {
  const fields = 'type.name,state,gpu.index,name'
  return ok(`nvgpu query --vgpu=${fields} --format=csv,noheader --state-dir ${state(name)}`)
    .split('\n')
    .filter(Boolean)
}

describe('examples/host.yaml', () => {
  it('describes a host that apply makes, and that is then as described', () => {
    ok(`nvgpu apply -f ${EXAMPLES}/host.yaml`)
    ok(`nvgpu assert -f ${EXAMPLES}/host.yaml`)
    expect(vgpus().sort()).toEqual(
      [
        'NVIDIA L40-24Q, running, 0, design1',
        'NVIDIA L40-24Q, running, 0, design2',
        ...Array.from({ length: 10 }, (_, index) => `NVIDIA L40-4Q, running, 1, desk${index + 1}`),
        'NVIDIA L40-4Q, configured, 1, spare',
      ].sort(),
    )
  })
})

describe('examples/fleet.sh', () => {
  const fleet = (file: string, words = '') => sh(`${EXAMPLES}/fleet.sh ${file} ${words}`)
  const csv = (...rows: string[]) => {
    const file = path.join(dir, 'fleet.csv')
    fs.writeFileSync(file, ['name,type,count,gpu', ...rows, ''].join('\n'))
    return file
  }
  beforeEach(() => {
    ok('nvgpu host init --gpus 2')
  })

  it('makes what a CSV lists in one change, and nothing the second time', () => {
    expect(fleet(`${EXAMPLES}/fleet.csv`)).toMatchObject({ status: 0, stderr: '' })
    const made = vgpus()
    expect(made.filter((row) => row.startsWith('NVIDIA L40-4Q, running, 1'))).toHaveLength(9)
    expect(made.slice(0, 2)).toEqual(['NVIDIA L40-24Q, running, 0, design1', 'NVIDIA L40-24Q, running, 0, design2'])
    expect(JSON.parse(fleet(`${EXAMPLES}/fleet.csv`, '-o json').stdout).changed).toBe(false)
    expect(ok('nvgpu host history -q').trim().split('\n')).toHaveLength(2)
  })

  it('takes away what the file no longer lists, and keeps the rest', () => {
    fleet(csv('a,L40-4Q,,0', 'b,L40-4Q,,0'))
    const before = ok('nvgpu vgpu show a -o json')
    expect(fleet(csv('a,L40-4Q,1,0', '', '# b is gone', 'c,874,,')).status).toBe(0)
    expect(vgpus().map((row) => row.split(', ').at(-1))).toEqual(['a', 'c'])
    expect(ok('nvgpu vgpu show a -o json')).toBe(before)
  })

  it('E 1: takes names that mean something to a shell, to YAML or to CSV, from a file of such a name', () => {
    const names = [
      'a, b',
      '"quoted"',
      '$(touch proof)',
      '`touch proof`',
      "it's: [x] {y} #z",
      'back\\\\slash\\',
      'x=1',
      'grün 😀',
    ]
    const file = path.join(dir, 'a=$(touch proof) b.csv')
    const row = (name: string) => `"${name.replaceAll('"', '""')}",L40-4Q,1,0`
    fs.writeFileSync(file, ['name,type,count,gpu', ...names.map(row), ''].join('\n'))
    const { status, stderr } = spawnSync('sh', [`${EXAMPLES}/fleet.sh`, path.basename(file)], {
      encoding: 'utf8',
      env,
      cwd: dir,
    })
    expect([status, stderr]).toEqual([0, ''])
    const items: { name: string }[] = JSON.parse(ok('nvgpu vgpu list -o json')).items
    expect(items.map(({ name }) => name).sort()).toEqual([...names].sort())
    expect(fs.existsSync(path.join(dir, 'proof'))).toBe(false)
  })

  it('E 1: takes VFS for a number only', () => {
    const { status, stderr } = sh(`VFS='1}, {gpu: 1' ${EXAMPLES}/fleet.sh ${EXAMPLES}/fleet.csv`)
    expect([status, stderr]).toEqual([2, expect.stringContaining('is not a number')])
  })

  it('under --dry-run changes nothing', () => {
    const { status, stdout } = fleet(`${EXAMPLES}/fleet.csv`, '--dry-run')
    expect([status, stdout.split('\n').length > 12]).toEqual([0, true])
    expect(vgpus()).toEqual([])
  })

  it('takes files of spreadsheets: a mark at the front, CR LF at the ends', () => {
    const file = path.join(dir, 'sheet.csv')
    fs.writeFileSync(file, '\ufeffname,type,count,gpu\r\n,L40-4Q,2,\r\n')
    expect(fleet(file)).toMatchObject({ status: 0, stderr: '' })
    expect(vgpus()).toHaveLength(2)
  })

  it.each([
    [['a,L40-4Q,1'], 'there are 3 columns, not 4'],
    [['a,,1,0'], 'the type is missing'],
    [['a,L40-4Q,some,0'], '"some" is not a count'],
    [['a,L40-4Q,0,0'], '"0" is not a count'],
    [['a"b,L40-4Q,1,0'], 'a quote is misplaced or not closed'],
    [['"a,L40-4Q,1,0'], 'a quote is misplaced or not closed'],
    [['a\tb,L40-4Q,1,0'], 'the line has a control character'],
    [[], 'the file has no vGPU'],
  ])('refuses %j, naming file and line', (rows, sentence) => {
    const file = csv(...rows)
    const { status, stdout, stderr } = fleet(file)
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(new RegExp(`^fleet\\.sh: ${file}:\\d+: `))
    expect(stderr).toContain(sentence)
    expect(vgpus()).toEqual([])
  })

  it('of more than fits makes nothing, and has the status of nvgpu', () => {
    fleet(csv('a,L40-4Q,1,0'))
    const before = ok('nvgpu host export')
    const { status, stderr } = fleet(csv('a,L40-4Q,1,0', ',L40-4Q,30,'))
    expect(status).toBe(5)
    expect(stderr).toMatch(/^nvgpu: apply: .*\nhint: /)
    expect(ok('nvgpu host export')).toBe(before)
  })
})

describe('examples/roll-update.sh', () => {
  const roll = (words: string) => sh(`${EXAMPLES}/roll-update.sh ${words}`)
  const version = (name: string) =>
    ok(`nvgpu query --gpu=driver_version --format=csv,noheader --state-dir ${state(name)}`).trim()
  beforeEach(() => {
    for (const name of ['a', 'b']) {
      ok(`nvgpu vf enable 4 -q --state-dir ${state(name)}`)
      for (const desk of ['x', 'y']) ok(`nvgpu vgpu create --type L40-4Q --name ${desk} --state-dir ${state(name)}`)
    }
    ok(`nvgpu vgpu stop y --state-dir ${state('b')}`)
  })

  it('brings hosts to a version one after the other, under what runs', () => {
    const before = [vgpus('a'), vgpus('b')]
    const { status, stdout, stderr } = roll(`570.158.01 ${state('a')} ${state('b')}`)
    expect(status, stderr).toBe(0)
    expect(stdout).toBe(
      `${state('a')}: 570.158.01, with 2 vGPUs running\n${state('b')}: 570.158.01, with 1 vGPUs running\n`,
    )
    expect([version('a'), version('b')]).toEqual(['570.158.01', '570.158.01'])
    expect([vgpus('a'), vgpus('b')]).toEqual(before)
    expect(roll(`570.158.01 ${state('a')} ${state('b')}`).stdout).toBe(
      `${state('a')}: has 570.158.01\n${state('b')}: has 570.158.01\n`,
    )
  })

  it('touches no host where one would refuse', () => {
    ok(`nvgpu host suspend --state-dir ${state('b')}`)
    const { status, stdout, stderr } = roll(`570.158.01 ${state('a')} ${state('b')}`)
    expect([status === 0, stdout]).toEqual([false, ''])
    expect(stderr).toContain(`roll-update.sh: ${state('b')} would refuse 570.158.01; nothing was done`)
    expect(version('a')).toBe('570.144')
    expect(roll(`newest ${state('a')}`).status).toBe(2)
  })
})

describe('examples/drain-gpu.sh', () => {
  const drain = (gpu: string) => sh(`${EXAMPLES}/drain-gpu.sh ${gpu} ${state('there')}`)
  beforeEach(() => {
    ok('nvgpu host init --gpus 2')
    ok('nvgpu vf enable 8 -q --gpu 0; nvgpu vf enable 8 -q --gpu 1')
    ok('nvgpu vgpu create --type L40-8Q --name stays --gpu 1')
    for (const name of ['x', 'y', 'z']) ok(`nvgpu vgpu create --type L40-8Q --name ${name} --gpu 0`)
    ok(`nvgpu vf enable 8 -q --state-dir ${state('there')}`)
  })

  it('moves what runs on the GPU to another host and disables its VFs', () => {
    const uuids = (words: string) => ok(`nvgpu vgpu list -q ${words}`).split('\n').sort()
    const before = uuids('--gpu 0')
    expect(drain('0')).toMatchObject({ status: 0 })
    expect(vgpus()).toEqual(['NVIDIA L40-8Q, running, 1, stays'])
    expect(vgpus('there').sort()).toEqual(['x', 'y', 'z'].map((name) => `NVIDIA L40-8Q, running, 0, ${name}`))
    expect(uuids(`--state-dir ${state('there')}`)).toEqual(before)
    expect(JSON.parse(ok('nvgpu gpu list -o json')).items[0].sriov.numVfs).toBe(0)
    expect(drain('0').status).toBe(0)
  })

  it('E 1: moves vGPUs of a type whose name means something to a shell', () => {
    const file = state('type.bin')
    ok(`nvgpu types export L40-8Q ${file}`)
    const blob = fs.readFileSync(file)
    blob.writeUInt32LE(5000, 0)
    blob.fill(0, 4, 36).write('$(touch proof), configured, *', 4)
    fs.writeFileSync(file, blob)
    ok('nvgpu vgpu destroy --all --gpu 0; nvgpu vgpu destroy stays')
    for (const name of ['here', 'there']) {
      ok(`nvgpu types upload ${file} -q --state-dir ${state(name)}`)
    }
    ok('nvgpu vgpu create --type 5000 --name odd --gpu 0')
    const { status, stderr } = drain('0')
    expect(status, stderr).toBe(0)
    expect(ok(`nvgpu query --vgpu=name --format=csv,noheader --state-dir ${state('there')}`)).toBe('odd\n')
    expect(fs.existsSync(state('proof'))).toBe(false)
  })

  it('moves nothing unless all of it fits', () => {
    ok(`for n in 1 2 3 4; do nvgpu vgpu create --type L40-8Q --state-dir ${state('there')}; done`)
    const before = ok('nvgpu host export')
    const { status, stderr } = drain('0')
    expect(status).toBe(5)
    expect(stderr).toContain('3 x L40-8Q: does not fit')
    expect(ok('nvgpu host export')).toBe(before)
  })

  it('does not begin where a vGPU does not run, or the GPU is not there', () => {
    ok('nvgpu vgpu stop y')
    const before = ok('nvgpu host export')
    const { status, stdout, stderr } = drain('0')
    expect([status, stdout]).toEqual([4, ''])
    expect(stderr).toContain('only running vGPUs can move; start or destroy these first:')
    expect(drain('7').status).toBe(3)
    expect(ok('nvgpu host export')).toBe(before)
  })
})

describe('the examples', () => {
  it.each(fs.readdirSync(EXAMPLES).filter((name) => name.endsWith('.sh') && name !== 'demo.sh'))(
    '%s says how it is used',
    (name) => {
      const { status, stdout, stderr } = sh(`${EXAMPLES}/${name}`)
      expect([status, stdout, stderr.startsWith(`usage: ${name} `)]).toEqual([2, '', true])
    },
  )
})

describe('examples/fleet.yaml', () => {
  it('is a fleet whose capacity is counted, and whose nodes are exported', () => {
    ok(`nvgpu fleet list --fleet ${EXAMPLES}/fleet.yaml`)
    const rows = ok(`nvgpu fleet capacity --fleet ${EXAMPLES}/fleet.yaml -o csv --no-header --no-units`)
    expect(rows).toMatch(/^NVIDIA L4-8Q,\d+,L4,8192,4800,1600,1600\r$/m)
    expect(ok(`nvgpu export kwok --fleet ${EXAMPLES}/fleet.yaml --type L4-8Q`).match(/^kind: Node$/gm)).toHaveLength(
      508,
    )
  })
})
