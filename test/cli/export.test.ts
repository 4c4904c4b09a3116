import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missing } from '../house/installed.ts'
import { Bench } from './captured-io.ts'

/** Tests that need the program another vendor ships; where it is not there they are skipped, and say why. */
function reading(tool: string, ...probe: readonly string[]) {
  const why = missing(tool, ...probe)
  if (why !== undefined) console.log(`skipped: ${why}`)
  return it.skipIf(why !== undefined)
}

const withLspci = reading('lspci', '--version')
const withSchemas = reading('virt-xml-validate', '--version')
const withQemu = reading('qemu-system-x86_64', '--version')
const withPython = reading('/usr/bin/python3', '-c', 'import yaml')
/** mdevctl keeps definitions in /etc: it is given another one, which takes a mount name space. */
const withMdevctl = reading('unshare', '-m', 'sh', '-c', 'mount -t tmpfs none /etc/mdevctl.d && command -v mdevctl')

const BIN = path.resolve('bin/nvgpu.cjs')
const HOST = `
gpus:
  - {gpu: 0, vfs: 16}
  - {gpu: 1, vfs: 4, mode: heterogeneous}
vgpus:
  - {name: desk1, type: L40-4Q, gpu: 0, attrs: [{nvidia/vgpu_params: "frame_rate_limiter=0"}]}
  - {name: desk2, type: L40-4Q, gpu: 0, vf: 9}
  - {name: big, type: L40-24Q, gpu: 1}
  - {name: idle, type: L40-8Q, gpu: 1, state: configured}
definitions:
  - {name: desk1, type: L40-4Q, gpu: 0, start: auto}
`

let bench: Bench
beforeAll(async () => {
  bench = new Bench()
  await print('host init --gpus 2')
  await print('apply -f -', HOST)
})
afterAll(() => {
  bench.dispose()
})

async function print(line: string, stdin = ''): Promise<string> {
  const { status, stdout, stderr } = await bench.sh(line, { stdin })
  expect(status, `${line}: ${stderr}`).toBe(0)
  return stdout
}

/** Runs another program; answers what it prints. */
function sh(command: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  })
  expect(status, `${command} ${args.join(' ')}: ${stdout}${stderr}`).toBe(0)
  return stdout
}

/** Python's yaml reads YAML 1.1, as Ansible and many others do. */
function pythonReads(yaml: string): unknown {
  const file = bench.file('read.yaml', yaml)
  const program = 'import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout)'
  return JSON.parse(sh('/usr/bin/python3', '-c', program, file))
}

describe('XML for libvirt', () => {
  const valid = (file: string, schema: string) => spawnSync('virt-xml-validate', [file, schema], { encoding: 'utf8' })

  withSchemas.each(['', ' --mdev'])('export nodedev%s is what its schema allows, each device', async (words) => {
    const dir = bench.file(`nodedev${words.trim()}`)
    const files = (await print(`export nodedev${words} --dir ${dir}`)).trim().split('\n')
    expect(files).toHaveLength(2 + 20 + (words === '' ? 0 : 4))
    for (const file of files) expect(valid(file, 'nodedev'), file).toMatchObject({ status: 0 })
    const [pf = ''] = files
    const spoilt = bench.file('spoilt.xml', fs.readFileSync(pf, 'utf8').replace("id='0x10de'", "id='NVIDIA'"))
    expect(valid(spoilt, 'nodedev').status).not.toBe(0)
  })

  withSchemas.each(['', ' --mdev'])('export hostdev%s stands in a domain', async (words) => {
    const devices = await print(`export hostdev${words}`)
    expect(devices.match(/<hostdev /g)).toHaveLength(4)
    const domain = (inside: string) =>
      `<domain type='kvm'><name>d</name><memory>1048576</memory><os><type arch='x86_64'>hvm</type></os><devices>${inside}</devices></domain>`
    expect(valid(bench.file('domain.xml', domain(devices)), 'domain')).toMatchObject({ status: 0 })
    const spoilt = devices.replace("mode='subsystem'", "mode='other'")
    expect(valid(bench.file('spoilt.xml', domain(spoilt)), 'domain').status).not.toBe(0)
  })

  it('names the VFs that are there, and the PF of each', async () => {
    const pf = await print('export nodedev c2:00.0')
    const inside = /<capability type='virt_functions' maxCount='32'>(.*?)<\/capability>/s.exec(pf)?.[1]
    expect(inside?.match(/<address .*?\/>/g)).toEqual(
      [4, 5, 6, 7].map((fn) => `<address domain='0x0000' bus='0xc2' slot='0x00' function='0x${fn}'/>`),
    )
    const vf = await print('export nodedev big')
    expect(vf).toContain("<capability type='phys_function'>")
    expect(vf).toContain('<name>nvidia-vgpu-vfio</name>')
  })
})

describe('lspci', () => {
  const regions = (text: string) => text.match(/Region \d: Memory at [0-9a-f]{8,16} .*/g)

  withLspci(
    'reads export lspci: it names the board and decodes the SR-IOV capability with the live VF count',
    async () => {
      const dump = bench.file('dump', await print('export lspci'))
      const [first, second] = ['c1:00.0', 'c2:00.0'].map((bdf) => sh('lspci', '-F', dump, '-nn', '-vvv', '-s', bdf))
      expect(first).toContain('3D controller [0302]: NVIDIA Corporation AD102GL [L40] [10de:26b5] (rev a1)')
      expect(first).toContain('Capabilities: [bcc v1] Single Root I/O Virtualization (SR-IOV)')
      expect(first).toContain('Initial VFs: 32, Total VFs: 32, Number of VFs: 16,')
      expect(first).toContain('VF offset: 4, stride: 1, Device ID: 26b5')
      expect(second).toContain('Number of VFs: 4,')
      expect(`${first}${second}`).not.toMatch(/access denied|unknown capability|Illegal/i)
      expect(sh('lspci', '-F', dump).trim().split('\n')).toHaveLength(2 + 20)
    },
  )

  withLspci('prints back the bytes it was given', async () => {
    const dump = await print('export lspci c1:00.0 desk1')
    const file = bench.file('dump', dump)
    const rows = (text: string) => text.match(/^[0-9a-f]{2,3}: .*$/gm)
    expect(rows(dump)).toHaveLength(2 * 256)
    expect(rows(sh('lspci', '-F', file, '-D', '-xxxx'))).toEqual(rows(dump))
  })

  withLspci('follows the count of VFs up and down', async () => {
    const other = new Bench()
    for (const count of [0, 3, 32, 0]) {
      await other.sh(count === 0 ? 'vf disable' : `vf enable ${count}`)
      const dump = other.file('dump', (await other.sh('export lspci c1:00.0')).stdout)
      const text = sh('lspci', '-F', dump, '-vvv')
      expect(text).toContain(`Number of VFs: ${count},`)
      expect(text).toContain(`IOVCtl:\tEnable${count > 0 ? '+' : '-'} `)
    }
    other.dispose()
  })

  withLspci('reads sysfs export: names, sizes of BARs, drivers', async () => {
    const dir = bench.file('tree')
    await print(`sysfs export ${dir}`)
    const show = (bdf: string) =>
      sh('lspci', '-A', 'linux-sysfs', '-O', `sysfs.path=${dir}/bus/pci`, '-nn', '-vvv', '-s', bdf)
    const pf = show('c1:00.0')
    expect(pf).toContain('NVIDIA Corporation AD102GL [L40] [10de:26b5]')
    expect(pf).toContain('Kernel driver in use: NovaCore')
    expect(pf).toContain('Number of VFs: 16,')
    expect(pf).not.toMatch(/access denied|ignored/)
    expect(
      regions(pf)
        ?.map((line) => / \[size=.*/.exec(line)?.[0])
        .slice(0, 3),
    ).toEqual([' [size=16M]', ' [size=64G]', ' [size=32M]'])
    // a VF has no ids of its own in configuration space: the kernel knows them from its PF
    const vf = show('c1:00.4')
    expect(vf).toContain('NVIDIA Corporation AD102GL [L40] [10de:26b5]')
    expect(vf).toContain('Kernel driver in use: nvidia-vgpu-vfio')
    expect(regions(vf)?.every((line) => line.includes('[virtual]'))).toBe(true)
    const all = sh('lspci', '-A', 'linux-sysfs', '-O', `sysfs.path=${dir}/bus/pci`, '-d', '10de:26b5')
    expect(all.trim().split('\n')).toHaveLength(2 + 20)
  })
})

describe('arguments for QEMU', () => {
  const told = (argument: string) =>
    spawnSync('qemu-system-x86_64', ['-machine', 'q35', '-nodefaults', '-display', 'none', '-S', '-device', argument], {
      encoding: 'utf8',
      timeout: 60_000,
    }).stderr

  withQemu.each(['', ' --mdev'])('export qemu%s is understood, down to the device that is not here', async (words) => {
    const lines = (await print(`export qemu${words}`)).trim().split('\n')
    expect(lines).toHaveLength(4)
    for (const line of lines) {
      const [option, argument = ''] = line.split(' ')
      expect(option).toBe('-device')
      expect(told(argument)).toContain('no such host device')
    }
    expect(told(lines[0]?.replace('host=', 'hst=').replace('sysfsdev=', 'sysfs=').split(' ')[1] ?? '')).toContain(
      'not found',
    )
  })
})

describe('YAML', () => {
  withPython.each(['host', 'vgpu-configs', 'kubevirt', 'kubevirt --mdev', 'facts', 'mdevctl'])(
    'export %s says the same to a reader of YAML 1.1 as in JSON',
    async (kind) => {
      expect(pythonReads(await print(`export ${kind} -o yaml`))).toEqual(
        JSON.parse(await print(`export ${kind} -o json`)),
      )
    },
  )

  withPython('names that YAML 1.1 takes for numbers or truths stay names', async () => {
    const other = new Bench()
    const names = ['no', 'y', 'Off', '1_000', '0x1F', '12:30:45', '0o7', '1e3', '.5', '2026-11-22', 'null', '0b1']
    const vgpus = names.map((name) => `{name: "${name}", type: L40-1B}`).join(', ')
    const stdin = `gpus: [{gpu: 0, vfs: 32}]\nvgpus: [${vgpus}]`
    expect(await other.sh('apply -f -', { stdin })).toMatchObject({ status: 0, stderr: '' })
    const document = (await other.sh('export')).stdout
    expect((await other.sh('assert -f -', { stdin: document })).status).toBe(0)
    const read = pythonReads(document) as { vgpus: { name: string }[] }
    expect(read.vgpus.map(({ name }) => name)).toEqual(names)
    other.dispose()
  })

  it('of vgpu-device-manager makes the same vGPUs elsewhere', async () => {
    const [here, there] = [new Bench(), new Bench()]
    const vgpus = '[{type: L40-4Q, gpu: 0, count: 3}, {type: L40-8A, gpu: 1, count: 3}]'
    const stdin = `gpus: [{gpu: all, vfs: 8}]\nvgpus: ${vgpus}`
    for (const bench of [here, there]) expect((await bench.sh('host init --gpus 2')).status).toBe(0)
    expect(await here.sh('apply -f -', { stdin })).toMatchObject({ status: 0, stderr: '' })
    const configs = (await here.sh('export vgpu-configs -c fleet')).stdout
    expect(await there.sh('apply -f - -c fleet', { stdin: configs })).toMatchObject({ status: 0, stderr: '' })
    const types = async (bench: Bench) => (await bench.sh('query --vgpu=gpu.index,type.name,vf --format=csv')).stdout
    expect((await types(there)).trim().split('\n').length).toBe(1 + 6)
    expect(await types(there)).toBe(await types(here))
    here.dispose()
    there.dispose()
  })
})

describe('sections of nova.conf', () => {
  /** Options may be given several times there, which Python's reader of INI files otherwise takes for a slip. */
  const READER = `
import configparser, json, sys
class Many(dict):
    def __setitem__(self, key, value):
        if isinstance(value, list) and key in self: self[key].extend(value)
        else: super().__setitem__(key, value)
ini = configparser.RawConfigParser(strict=False, dict_type=Many)
ini.read(sys.argv[1])
json.dump({name: dict(ini.items(name)) for name in ini.sections()}, sys.stdout)
`
  const parsed = (text: string): Record<string, Record<string, string>> =>
    JSON.parse(sh('/usr/bin/python3', '-c', READER, bench.file('nova.conf', text)))

  withPython('name each VF that carries a vGPU, and an alias a type', async () => {
    const { pci } = parsed(await print('export nova'))
    const lines = (option: string) => (pci?.[option] ?? '').split('\n').map((line) => JSON.parse(line))
    expect(lines('device_spec').map(({ address }) => address)).toEqual([
      '0000:c1:00.4',
      '0000:c1:01.5',
      '0000:c2:00.4',
      '0000:c2:00.5',
    ])
    for (const spec of lines('device_spec'))
      expect(spec).toMatchObject({ vendor_id: '10de', product_id: '26b5', managed: 'no' })
    const classes = new Set(lines('device_spec').map((spec) => spec.resource_class))
    expect(new Set(lines('alias').map((alias) => alias.resource_class))).toEqual(classes)
    for (const name of classes) expect(name).toMatch(/^CUSTOM_[A-Z0-9_]+$/)
  })

  withPython('G 2: have no member in an alias that Nova 26 refuses', async () => {
    const allowed = ['name', 'product_id', 'vendor_id', 'device_type', 'numa_policy', 'capability_type']
    const { pci } = parsed(await print('export nova --nova-release 26'))
    const aliases = (pci?.alias ?? '').split('\n').map((line) => JSON.parse(line))
    expect(aliases.length).toBeGreaterThan(0)
    for (const alias of aliases) {
      expect(Object.keys(alias).filter((key) => !allowed.includes(key))).toEqual([])
      expect(alias).toMatchObject({ vendor_id: '10de', device_type: 'type-VF' })
    }
  })

  withPython('have a section for each mediated type', async () => {
    const sections = parsed(await print('export nova --mdev'))
    const enabled = sections.devices?.enabled_mdev_types?.split(', ') ?? []
    expect(Object.keys(sections)).toEqual(['devices', ...enabled.map((type) => `mdev_${type}`)])
    expect(sections['mdev_nvidia-874']).toMatchObject({ device_addresses: '0000:c1:00.4,0000:c1:01.5' })
  })
})

describe('facts for Ansible', () => {
  /** As the setup module does: it runs what may be run and reads JSON from it. */
  const SETUP =
    'import json, subprocess, sys; json.dump(json.loads(subprocess.check_output([sys.argv[1]])), sys.stdout)'

  function gather(script: string): unknown {
    const file = bench.file('nvgpu.fact', script)
    fs.chmodSync(file, 0o755)
    return JSON.parse(sh('/usr/bin/python3', '-c', SETUP, file))
  }

  withPython('are in the script', async () => {
    expect(gather(await print('export ansible'))).toEqual(JSON.parse(await print('export facts')))
  })

  it.each(["it's", '$(touch proof) `id`', 'line\nfeed', 'bidi\u202e\u0085', '\u001b[31m', '=x'])(
    'E 1: are asked for in the shell of its first line, of the host in %j',
    async (name) => {
      const stateDir = bench.file(name)
      const { stdout } = await bench.run(['--state-dir', stateDir, 'export', 'ansible', '--live'])
      const bin = bench.file(`stub${name.length}`)
      fs.mkdirSync(bin, { recursive: true })
      fs.writeFileSync(path.join(bin, 'nvgpu'), `#!/bin/sh\nprintf '%s\\0' "$@"\n`, { mode: 0o755 })
      const script = bench.file('live.fact', stdout)
      fs.chmodSync(script, 0o755)
      const ran = spawnSync(script, [], {
        encoding: 'utf8',
        cwd: bench.dir,
        env: { PATH: `${bin}:${process.env.PATH}` },
      })
      expect(ran.stdout.split('\0')).toEqual(['--state-dir', stateDir, 'export', 'facts', ''])
    },
  )

  withPython('are asked for by it, from wherever it runs', async () => {
    const script = await print('export ansible --live')
    const link = bench.file('bin')
    fs.mkdirSync(link)
    fs.symlinkSync(BIN, path.join(link, 'nvgpu'))
    const before = process.env.PATH
    process.env.PATH = `${link}:${before}`
    try {
      expect(gather(script)).toEqual(JSON.parse(await print('export facts')))
    } finally {
      process.env.PATH = before
    }
  })
})

describe('mdevctl', () => {
  /** An empty /etc/mdevctl.d with the directories it wants, for this command only. */
  const inside = (script: string, ...args: readonly string[]) => {
    const setup =
      'mount -t tmpfs none /etc/mdevctl.d && mkdir -p /etc/mdevctl.d/scripts.d/callouts /etc/mdevctl.d/scripts.d/notifiers'
    return sh('unshare', '-m', 'sh', '-euc', `${setup}\n${script}`, 'sh', ...args)
  }

  withMdevctl('lists what export mdevctl --dir wrote as export mdevctl prints it', async () => {
    const dir = bench.file('mdevctl.d')
    const files = (await print(`export mdevctl --dir ${dir}`)).trim().split('\n')
    expect(files).toHaveLength(4)
    const listed = JSON.parse(inside('cp -r "$1"/* /etc/mdevctl.d; mdevctl list -d --dumpjson', dir))
    expect(listed).toEqual(JSON.parse(await print('export mdevctl')))
  })

  withMdevctl('defines a device from the configuration of one', async () => {
    const dir = bench.file('one')
    const [file = ''] = (await print(`export mdevctl desk1 --dir ${dir}`)).trim().split('\n')
    const [parent = '', uuid = ''] = file.split('/').slice(-2)
    const listed = inside('mdevctl define -u "$1" -p "$2" --jsonfile "$3"; mdevctl list -d -v', uuid, parent, file)
    expect(listed.split('\n')[0]).toBe(`${uuid} ${parent} nvidia-874 auto`)
    expect(listed).toContain('{"nvidia/vgpu_params":"frame_rate_limiter=0"}')
  })
})

describe('options', () => {
  it.each([
    ['export lspci --config x', '--config is for vgpu-configs, mig-configs, not for lspci'],
    ['export kubevirt --live', '--live is for ansible, not for kubevirt'],
    ['export --mdev', '--mdev is for nodedev, hostdev, qemu, kubevirt, nova, not for host'],
    ['export facts desk1', 'export facts is of the host as a whole'],
  ])('%s: what means nothing to a kind is refused', async (line, sentence) => {
    const { status, stdout, stderr } = await bench.sh(line)
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain(sentence)
  })
})

describe('--dir', () => {
  it('is refused where there is one document, and where there is no directory to be', async () => {
    const one = await bench.sh('export kubevirt --dir x')
    expect([one.status, one.stdout]).toEqual([2, ''])
    const file = bench.file('file', 'x')
    const inFile = await bench.sh(`export nodedev --dir ${file}/below`)
    expect(inFile.status).toBe(3)
    expect(inFile.stderr).toContain(`${file}/below has a part that is not a directory`)
    const itself = await bench.sh(`export nodedev --dir ${file}`)
    expect([itself.status, itself.stdout]).toEqual([3, ''])
  })

  it.each(['export nodedev --dir', 'sysfs export'])('%s ends where no directory can be made', async (line) => {
    // a recursive mkdir of Node's never ends there
    const { status, stderr } = await bench.sh(`${line} /proc/nvgpu/below`)
    expect([1, 3, 7]).toContain(status)
    expect(stderr).toMatch(/^nvgpu: .*export: write: \/proc\/nvgpu\/below /)
  })

  it('of a tree has to be new or empty, and to have a name', async () => {
    const full = await bench.sh(`sysfs export ${bench.dir}`)
    expect([full.status, full.stderr]).toEqual([4, expect.stringContaining(`${bench.dir} is not empty (ENOTEMPTY)`)])
    expect((await bench.run(['sysfs', 'export', ''])).status).toBe(2)
    expect((await bench.run(['export', 'nodedev', '--dir', ''])).status).toBe(2)
  })

  it('E 1: writes no file outside, whatever an imported UUID is', async () => {
    const other = new Bench()
    await other.sh('vf enable 1')
    await other.sh('vgpu create -t L40-4Q --no-start')
    const uuid = (await other.sh('vgpu list -q')).stdout.trim()
    const exported = (await other.sh('host export')).stdout.replaceAll(uuid, '../../outside')
    const imported = await other.sh('host import --force -', { stdin: exported })
    for (const kind of imported.status === 0 ? ['hostdev', 'mdevctl'] : []) {
      const { status, stderr } = await other.sh(`export ${kind} --dir ${other.file('below/there')}`)
      expect([status, stderr]).toEqual([2, expect.stringContaining('outside')])
    }
    expect(fs.readdirSync(other.dir).filter((name) => name.includes('outside'))).toEqual([])
    other.dispose()
  })
})
