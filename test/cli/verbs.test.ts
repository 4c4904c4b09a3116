import fs from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { catalogType, records, timeSlicedTypes, xmlFile, xmlType } from '../type-file/samples.ts'
import { Bench } from './captured-io.ts'

let bench: Bench
beforeEach(() => {
  bench = new Bench()
})
afterEach(() => {
  bench.dispose()
})

async function items(line: string) {
  const { stdout, status, stderr } = await bench.sh(`${line} -o json`)
  expect([status, stderr], line).toEqual([0, ''])
  return JSON.parse(stdout).items
}

/** Runs what has to succeed. */
async function ok(line: string): Promise<string> {
  const { status, stdout, stderr } = await bench.sh(line)
  expect(status, `${line}: ${stderr}`).toBe(0)
  return stdout
}

/** Runs what has to be refused, and holds the state to what it was. */
async function refused(line: string, status: number): Promise<string> {
  const before = await ok('host export')
  const outcome = await bench.sh(line)
  expect(outcome.status, `${line}: ${outcome.stderr}`).toBe(status)
  expect(outcome.stdout, line).toBe('')
  expect(outcome.stderr.split('\n').length, outcome.stderr).toBeLessThanOrEqual(3)
  expect(outcome.stderr).toMatch(/^nvgpu: .* \(E[A-Z0-9]+\) \[[a-z-]+\]\n(hint: .+\n)?$/)
  expect(await ok('host export')).toBe(before)
  return outcome.stderr
}

describe('a profile', () => {
  it.each(['v2', 'rfc-v1', 'vgpu17'])(
    '%s can be chosen when the host is made, and is what the host then follows',
    async (profile) => {
      await ok(`host init --profile ${profile}`)
      expect((await items('host show'))[0].profile).toBe(profile)
      await ok('vf enable 2')
      await ok('vgpu create --type L40-1B')
      const outcome = await bench.sh('vgpu create --type L40-1Q')
      expect([outcome.status, outcome.stderr.match(/\((E[A-Z]+)\)/)?.[1]]).toEqual(
        { v2: [4, 'EINVAL'], 'rfc-v1': [5, 'ENODEV'], vgpu17: [0, undefined] }[profile],
      )
    },
  )
})

describe('the log of a plugin task', () => {
  it('is lines for people, and items like those of every verb for programs', async () => {
    await ok('vf enable 1')
    await ok('vgpu create --type L40-4Q --name desk')
    const lines = (await ok('gsp log desk')).trimEnd().split('\n')
    expect(lines[0]).toMatch(/^init: gfid 1 /)
    const [{ uuid }] = await items('vgpu list')
    expect(await items('gsp log desk')).toEqual(lines.map((text, line) => ({ vgpu: uuid, line, text })))
    await ok('vgpu stop desk')
    expect(await items('gsp log desk')).toEqual([])
  })
})

describe('reading', () => {
  it('finds one L40 where nothing was ever made, and writes nothing', async () => {
    const [gpu] = await items('gpu list')
    expect(gpu).toMatchObject({ index: 0, bdf: '0000:c1:00.0', board: 'L40', name: 'NVIDIA L40' })
    expect(fs.existsSync(bench.stateDir)).toBe(false)
  })

  it('every listing is one document with schema, kind and items, also when it is empty', async () => {
    const listings = {
      '': 'overview',
      'gpu list': 'gpus',
      'gpu show': 'gpus',
      'vf list': 'vfs',
      'types list': 'types',
      'vgpu list': 'vgpus',
      'chid map': 'chidMaps',
      'fb map': 'fbMaps',
      'fb map --bar1': 'bar1Maps',
      'gsp objects': 'gspObjects',
      'gsp plugins': 'gspPlugins',
      'host show': 'hosts',
      'host log': 'kernelLog',
      'host history': 'history',
      'host fsck': 'findings',
      explain: 'explanations',
    }
    for (const [line, kind] of Object.entries(listings)) {
      const json = await bench.sh(`${line} -o json`)
      const document = JSON.parse(json.stdout)
      expect(Object.keys(document), line).toEqual(['schema', 'kind', 'items'])
      expect(document, line).toMatchObject({ schema: 1, kind })
      expect(parseYaml((await bench.sh(`${line} -o yaml`)).stdout), line).toEqual(document)
      const names = (await bench.sh(`${line} -o name`)).stdout
      expect((await bench.sh(`${line} -q`)).stdout, line).toBe(names)
    }
  })

  it('in every format, nothing but data goes to standard output', async () => {
    const { stdout, stderr, status } = await bench.sh('vgpu list')
    expect([stdout, status]).toEqual(['', 0])
    expect(stderr).toBe('there is no vGPU; hint: nvgpu vgpu create --type TYPE\n')
    expect((await bench.sh('vgpu list -o csv')).stdout).toMatch(/^uuid,name,state,[^\n]*\r\n$/)
    expect((await bench.sh('vgpu list -o json')).stderr).toBe('')
  })
})

describe('the main job', () => {
  it('enables VFs, creates, stops, starts and destroys a vGPU, and says so in a line each', async () => {
    expect(await ok('vf enable 2')).toBe(
      'VF 0000:c1:00.4 bound to nvidia-vgpu-vfio\nVF 0000:c1:00.5 bound to nvidia-vgpu-vfio\n',
    )
    const uuid = '11111111-2222-4333-8444-555555555555'
    const created = await bench.sh(`vgpu create --type L40-4Q --uuid ${uuid.toUpperCase()} --name desk7`, { tty: true })
    expect(created).toMatchObject({
      status: 0,
      stdout: `vGPU ${uuid} (L40-4Q) running on 0000:c1:00.4\n`,
      stderr: '',
    })
    expect(await ok('vgpu stop desk7')).toBe(`vGPU ${uuid} (L40-4Q) configured on 0000:c1:00.4\n`)
    expect(await ok('vgpu start 1111')).toBe(`vGPU ${uuid} (L40-4Q) running on 0000:c1:00.4\n`)
    expect(await ok('vgpu destroy c1:00.4')).toBe(`vGPU ${uuid} (L40-4Q) destroyed on 0000:c1:00.4\n`)
    expect(await items('vgpu list')).toEqual([])
    expect(await ok('vf disable')).toBe('VF 0000:c1:00.4 removed\nVF 0000:c1:00.5 removed\n')
  })

  it('through a pipe, create prints the UUID and nothing else; so it does with -q on a terminal', async () => {
    await ok('vf enable 2')
    const piped = await ok('vgpu create --type 874')
    expect(piped).toMatch(/^[0-9a-f-]{36}\n$/)
    const { stdout } = await bench.sh('vgpu create --type nvidia-874 -q', { tty: true })
    expect(stdout).toMatch(/^[0-9a-f-]{36}\n$/)
    expect((await items('vgpu list')).map((vgpu: { uuid: string }) => `${vgpu.uuid}\n`)).toEqual([piped, stdout])
  })

  it('--no-start only selects the type; --if-not-exists and --if-exists make it repeatable', async () => {
    await ok('vf enable 1')
    const line = 'vgpu create --type L40-4Q --name desk7 --no-start --if-not-exists'
    const first = await ok(line)
    expect((await items('vgpu list'))[0]).toMatchObject({ state: 'configured', framebuffer: null })
    expect(await ok(line)).toBe(first)
    await ok('vgpu destroy desk7')
    await refused('vgpu destroy desk7', 3)
    await ok('vgpu destroy desk7 --if-exists')
  })

  it('a change is a document with changed and warnings', async () => {
    await ok('vf enable 1')
    const { stdout } = await bench.sh('vgpu create --type L40-4Q -o json')
    const document = JSON.parse(stdout)
    expect(Object.keys(document)).toEqual(['schema', 'kind', 'items', 'changed', 'warnings'])
    expect(document).toMatchObject({ kind: 'vgpus', changed: true, warnings: [] })
    expect(document.items).toHaveLength(1)
    const again = JSON.parse((await bench.sh('vf enable 1 -o json')).stdout)
    expect(again.changed).toBe(false)
  })

  it('--dry-run answers as the real thing would and changes nothing', async () => {
    await ok('vf enable 1')
    const before = await ok('host export')
    const dry = await bench.sh('vgpu create --type L40-4Q --dry-run -o json')
    expect(dry.status).toBe(0)
    expect(JSON.parse(dry.stdout)).toMatchObject({ changed: true, dryRun: true, items: [{ state: 'running' }] })
    expect(await ok('host export')).toBe(before)
    expect((await bench.sh('vgpu create --type L40-4Q', { env: { NVGPU_DRY_RUN: '1' } })).stderr).toContain('dry run')
    expect(await ok('host export')).toBe(before)
    expect((await bench.sh('vf enable 33 --dry-run')).status).toBe(5)
  })

  it('types go out as blobs and come back byte for byte', async () => {
    const file = bench.file('type.bin')
    await ok(`types export L40-4Q ${file}`)
    const blob = fs.readFileSync(file)
    expect(blob).toHaveLength(4952)
    expect((await bench.sh('types export 874')).bytes).toEqual(blob)
    await ok(`types upload ${file}`)
    expect((await items('types show 874'))[0].source).toBe('uploaded')
    expect((await bench.sh('types export 874')).bytes).toEqual(blob)
    expect((await bench.run(['types', 'upload', '-'], { stdin: blob })).status).toBe(0)
  })

  it('a file of several records is uploaded as a whole', async () => {
    expect(await ok(`types upload ${bench.file('two.bin', records(869, 874))} -q`)).toBe('L40-1B\nL40-4Q\n')
  })

  it('of a vgpuConfig.xml with the types of every board, those of the boards here are taken', async () => {
    const ids = timeSlicedTypes()
    const file = bench.file('vgpuConfig.xml', xmlFile(...ids.map((id) => xmlType(id))))
    const { status, stdout, stderr } = await bench.sh(`types upload ${file} -q`)
    const own = ids.filter((id) => catalogType(id).vgpuName.startsWith('NVIDIA L40-'))
    expect([status, stdout.trim().split('\n')]).toEqual([
      0,
      own.map((id) => catalogType(id).vgpuName.slice('NVIDIA '.length)),
    ])
    expect(stderr).toBe(
      `nvgpu: warning: ${ids.length - own.length} of ${ids.length} types are for boards that are not here, and were left out\n`,
    )
    const foreign = bench.file(
      'foreign.xml',
      xmlFile(...ids.filter((id) => !own.includes(id)).map((id) => xmlType(id))),
    )
    expect((await bench.sh(`types upload ${foreign}`)).stderr).toContain('is the device id of no GPU here')
  })

  it('a blob does not go to a terminal', async () => {
    const { status, stdout, stderr } = await bench.sh('types export 874', { tty: true })
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain('hint: nvgpu types export 874 type.bin')
  })

  it('binds and unbinds by hand when autoprobe is off', async () => {
    expect(await ok('vf autoprobe off')).toBe('new VFs of 0000:c1:00.0 are not bound to the variant driver\n')
    expect(await ok('vf enable 1')).toBe('VF 0000:c1:00.4 is not bound to a driver\n')
    expect(await ok('vf bind 0')).toBe('VF 0000:c1:00.4 bound to nvidia-vgpu-vfio\n')
    expect(await ok('vf unbind 0/0')).toBe('VF 0000:c1:00.4 is not bound to a driver\n')
    expect(await ok('vf bind c1:00.4 --driver vfio-pci')).toBe('VF 0000:c1:00.4 bound to vfio-pci\n')
  })
})

describe('refusals', () => {
  it('each has its status, one sentence and a hint, and changes nothing', async () => {
    await ok('vf enable 2')
    await ok('vgpu create --type L40-4Q --name desk7')
    expect(await refused('vgpu create --type L40-4X', 3)).toContain('L40-4Q')
    expect(await refused('vgpu create --type L40-8Q', 4)).toContain('L40-4Q')
    expect(await refused('vgpu create --type L40-4Q --gpu 7', 3)).toContain('hint: ')
    expect(await refused('vgpu create --type L40-4Q --vf 0000:c1:00.4', 4)).toContain('0000:c1:00.4')
    expect(await refused('vgpu create --type L40-4Q --vf 0000:99:00.4', 3)).toContain('0000:99:00.4')
    expect(await refused('vgpu create --type L40-4Q --name desk7', 4)).toContain('desk7')
    expect(await refused('vgpu show desk8', 3)).toContain('desk7')
    expect(await refused('vf show 9', 3)).toContain('hint: ')
    expect(await refused('gpu show ff:00.0', 3)).toContain('hint: ')
    expect(await refused('vf enable 33', 5)).toContain('ERANGE')
    expect(await refused('vf enable 8 --raw', 4)).toContain('EBUSY')
    expect(await refused('vf disable', 4)).toContain('0000:c1:00.4')
    expect(await refused('types show nothing', 3)).toContain('types list')
    expect(await refused('types upload /nonexistent', 3)).toContain('does not exist')
    expect(await refused(`types upload ${bench.dir}`, 2)).toContain('is a directory')
    expect(await refused(`types upload ${bench.file('short.bin', Buffer.alloc(100))}`, 2)).toContain('4952')
    await ok('vgpu create --type L40-4Q')
    expect(await refused('vgpu create --type L40-4Q', 5)).toContain('hint: nvgpu vf list')
  })

  it.each(['types show', 'types export', 'fit', 'vgpu create --type', 'vgpu define --type'])(
    '%s says which board a type is of, where the host has none of it',
    async (line) => {
      expect(await refused(`${line} A40-4Q`, 4)).toMatch(
        /: NVIDIA A40-4Q is a type of A40, which this host does not have: it has L40 \(ENODEV\) \[type-mismatch\]\nhint: nvgpu types list\n$/,
      )
      expect(await refused(`${line} NVIDIA-L4-4Q`, 4)).toContain(': NVIDIA L4-4Q is a type of L4, ')
    },
  )

  it('a type that does not exist is not refused in the name of a kernel function that was never asked', async () => {
    expect(await refused('types show L40-4X', 3)).toMatch(/^nvgpu: types show: there is no vGPU type "L40-4X"; /)
    for (const line of ['fit', 'vgpu create --type', 'vgpu define --type'])
      expect(await refused(`${line} L40-4X`, 3)).toMatch(/^nvgpu: [a-z ]+: types: there is no vGPU type "L40-4X"; /)
  })

  it('a type that only a later driver has, or another profile, is said to be so', async () => {
    expect(await refused('types show L40-3B', 5)).toContain(': NVIDIA L40-3B comes with driver 580; this host has 570')
    await ok('host init --profile rfc-v1')
    for (const line of ['types show', 'fit', 'vgpu create --type'])
      expect(await refused(`${line} L40-4Q`, 5)).toContain(
        ': the rfc-v1 profile knows type 869 only, not NVIDIA L40-4Q',
      )
  })

  it('an Xid’s text has what Latin-1 has: all of it, or none of the event', async () => {
    expect(await ok('gsp inject xid --channel 512 --xid 31 --text déjà')).toContain('Xid:31 déjà')
    for (const text of ['日本', 'a—b', 'e\u0301', '😀'])
      expect(await refused(`gsp inject xid --channel 512 --xid 31 --text ${text}`, 2)).toMatch(
        /Latin-1 text, in which there is no ".{1,2}" \(EINVAL\) \[syntax\]\nhint: nvgpu gsp inject xid .* --text injected --gpu 0\n$/,
      )
  })

  it('the JSON of an error has the errno, the code and the status', async () => {
    const { status, stderr } = await bench.sh('vgpu show desk8 -o json')
    expect(status).toBe(3)
    expect(JSON.parse(stderr)).toMatchObject({ kind: 'error', code: 'not-found', status: 3, hint: 'nvgpu vgpu list' })
  })

  it('a state directory that is a file is refused, and the file is left alone', async () => {
    const file = bench.file('plain', 'mine')
    for (const line of ['vgpu list', 'vf enable 1']) {
      const { status, stderr } = await bench.sh(`${line} --state-dir ${file}`)
      expect(status).toBe(2)
      expect(stderr).toContain(file)
      expect(fs.readFileSync(file, 'utf8')).toBe('mine')
    }
  })
})

describe('the state directory', () => {
  it('is the flag, else NVGPU_STATE_DIR, else under XDG_STATE_HOME, else under HOME', async () => {
    const flag = bench.file('flag')
    const xdg = bench.file('xdg')
    const home = bench.file('home')
    const env = { NVGPU_STATE_DIR: bench.stateDir, XDG_STATE_HOME: xdg, HOME: home }
    await bench.sh(`vf enable 1 --state-dir ${flag}`, { env })
    expect([flag, bench.stateDir].map((dir) => fs.existsSync(dir))).toEqual([true, false])
    await bench.sh('vf enable 1', { env })
    expect([bench.stateDir, xdg].map((dir) => fs.existsSync(dir))).toEqual([true, false])
    await bench.sh('vf enable 1', { env: { ...env, NVGPU_STATE_DIR: '' } })
    expect([`${xdg}/nvgpu`, home].map((dir) => fs.existsSync(dir))).toEqual([true, false])
    await bench.sh('vf enable 1', { env: { NVGPU_STATE_DIR: '', HOME: home } })
    expect(fs.existsSync(`${home}/.local/state/nvgpu`)).toBe(true)
    const { status, stderr } = await bench.sh('vf list', { env: { NVGPU_STATE_DIR: '' } })
    expect(status).toBe(2)
    expect(stderr).toContain('HOME is not set')
  })

  it('remembers the changes and can be checked', async () => {
    await ok('vf enable 2')
    await bench.run(['vgpu', 'create', '--type', 'L40-4Q', '--name', 'my desk'])
    const history = await items('host history')
    expect(history.map((entry: { seq: number; command: string }) => [entry.seq, entry.command])).toEqual([
      [1, 'vf enable 2'],
      [2, "vgpu create --type L40-4Q --name 'my desk'"],
    ])
    expect(await items('host history --max 1')).toHaveLength(1)
    expect(await items('host fsck')).toEqual([])
  })
})

describe('the whole host', () => {
  it('init makes another one; a host in use is only replaced by force', async () => {
    expect(await ok('host init --board L4 --gpus 2')).toBe('host with 2 GPUs, profile v2\n')
    expect((await items('gpu list')).map((gpu: { board: string }) => gpu.board)).toEqual(['L4', 'L4'])
    await ok('vf enable 2 --gpu 0')
    expect(await refused('host init', 4)).toContain('2 VFs')
    await ok('host init --force --profile rfc-v1')
    expect((await items('host show'))[0]).toMatchObject({ gpus: 1, profile: 'rfc-v1' })
    expect(await refused('host init --board L41', 3)).toContain('L40')
    expect(await refused('host init --gpus 0', 2)).toContain('0')
    expect(await refused('host init --gpus 99999999', 2)).toContain('99999999')
  })

  it('reset makes the same one anew', async () => {
    await ok('host init --board L4 --gpus 2')
    const before = await ok('host export')
    await ok('vf enable 2 --gpu 1')
    expect(await refused('host reset', 4)).toContain('2 VFs')
    await ok('host reset --force')
    expect(await ok('host export')).toBe(before)
  })

  it('the same calls give the same export, byte for byte', async () => {
    const other = new Bench()
    try {
      const uuid = '11111111-2222-4333-8444-555555555555'
      const calls = [
        'vf enable 4',
        `vgpu create --type L40-4Q --uuid ${uuid}`,
        'chid map',
        `vgpu stop ${uuid}`,
        `vgpu start ${uuid}`,
      ]
      for (const call of calls) expect((await bench.sh(call)).status).toBe((await other.sh(call)).status)
      expect(await ok('host export')).toBe((await other.sh('host export')).stdout)
    } finally {
      other.dispose()
    }
  })

  it('an export can be imported elsewhere and carries on', async () => {
    await ok('vf enable 2')
    await ok('vgpu create --type L40-4Q --name desk7')
    const file = bench.file('host.json')
    await ok(`host export ${file}`)
    const other = new Bench()
    try {
      expect((await other.sh(`host import ${file}`)).status).toBe(0)
      expect((await other.sh('host export')).stdout).toBe(fs.readFileSync(file, 'utf8'))
      expect((await other.sh('vgpu stop desk7')).status).toBe(0)
      expect((await other.sh(`host import ${file}`)).status).toBe(4)
      expect((await other.sh(`host import ${file} --force`)).status).toBe(0)
    } finally {
      other.dispose()
    }
  })

  it('a file that is no host is refused with what is wrong in it', async () => {
    const good = JSON.parse(await ok('host export'))
    const attempt = async (value: unknown) => {
      const text = typeof value === 'string' ? value : JSON.stringify(value)
      return refused(`host import ${bench.file('bad.json', text)}`, 2)
    }
    expect(await attempt('{')).toContain('no JSON')
    expect(await attempt([])).toContain('no schema')
    expect(await attempt({ ...good, extra: 1 })).toContain('foreign key "extra"')
    expect(await attempt({ ...good, now: -1 })).toContain('host.now')
    expect(await attempt({ ...good, gpus: [] })).toContain('host.gpus')
    expect(await attempt({ ...good, gpus: [{ ...good.gpus[0], bdf: '../../etc' }] })).toContain('host.gpus[0].bdf')
    expect(await attempt(JSON.stringify(good).replace('{', '{"__proto__":{"polluted":1},'))).toContain('__proto__')
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
    const file = bench.file('newer.json', JSON.stringify({ ...good, schema: 99 }))
    expect(await refused(`host import ${file}`, 8)).toContain('schema 99')
  })
})

describe('the terminal', () => {
  it('is not written beyond its width, and colour is where it is wanted', async () => {
    await ok('vf enable 1')
    await ok('vgpu create --type L40-4Q --name desk7')
    const narrow = await bench.sh('vgpu list --no-color', { tty: true, columns: 70 })
    for (const line of narrow.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(70)
    const env = { COLUMNS: '60' }
    const map = await bench.sh('chid map --no-color', { tty: true, columns: 200, env })
    expect(map.stdout.split('\n').find((line) => line.startsWith('['))).toHaveLength(60)
    const csi = '\u001b['
    const colours = async (line: string, world: Parameters<Bench['sh']>[1]) =>
      (await bench.sh(line, world)).stdout.includes(csi)
    expect(await colours('vgpu list', { tty: true })).toBe(true)
    expect(await colours('vgpu list', {})).toBe(false)
    expect(await colours('vgpu list --no-color', { tty: true })).toBe(false)
    expect(await colours('vgpu list', { tty: true, env: { NO_COLOR: '1' } })).toBe(false)
    expect(await colours('vgpu list', { tty: true, env: { TERM: 'dumb' } })).toBe(false)
    expect(await colours('vgpu list', { env: { FORCE_COLOR: '1' } })).toBe(true)
    expect(await colours('vgpu list -o json', { tty: true })).toBe(false)
  })

  it('completion asks for what is there now', async () => {
    await ok('vf enable 2')
    await ok('vgpu create --type L40-4Q --name desk7')
    expect(await ok('__complete vf')).toBe('0000:c1:00.4\n0000:c1:00.5\n')
    expect(await ok('__complete vgpu')).toContain('desk7\n')
    expect(await ok('__complete gpu')).toBe('0000:c1:00.0\n')
    expect((await ok('__complete type')).split('\n')).toContain('L40-4Q')
  })
})
