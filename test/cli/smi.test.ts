import { SaxesParser } from 'saxes'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newHost } from '../../src/engine/new-host.ts'
import { smiView } from '../../src/engine/smi/facts.ts'
import { drawQ, drawQXml } from '../../src/render/smi/q-report.ts'
import { STYLES } from '../../src/render/smi/style.ts'
import { Bench, type Outcome } from './captured-io.ts'
import { expectInOrder, expectShape, golden } from './smi-golden.ts'

let bench: Bench
beforeEach(() => {
  bench = new Bench()
})
afterEach(() => {
  bench.dispose()
})

const NOW = new Date(2026, 10, 22, 18, 38, 53)

async function printed(line: string): Promise<string> {
  const { status, stdout, stderr } = await bench.sh(line)
  expect([status, stderr], line).toEqual([0, ''])
  return stdout
}

async function host(...commands: string[]): Promise<void> {
  for (const command of commands) expect((await bench.sh(command)).stderr, command).toBe('')
}

const refused = ({ status, stdout, stderr }: Outcome) => ({ status, stdout, stderr })

describe('blocks captured of nvidia-smi, values aside', () => {
  it('the table of boards and processes', async () => {
    expectShape(await printed('smi --style 580'), golden('summary-580.txt'))
  })

  it('-L and --version', async () => {
    expectShape(await printed('smi -L'), golden('list.txt'))
    expectShape(await printed('smi --version'), golden('version-580.txt'))
  })

  it('-q, the whole log, on a host that is no vGPU host', () => {
    const view = smiView(newHost({ vgpu: false }), [0])
    expectShape(drawQ(view, STYLES['580'], NOW, null), golden('q-580.txt'))
  })

  it('-q -x, every element of it', () => {
    const view = smiView(newHost({ vgpu: false }), [0])
    expectShape(drawQXml(view, STYLES['580'], NOW), golden('q-580.xml'))
  })

  it('-q -d MEMORY and UTILIZATION', () => {
    const view = smiView(newHost({ vgpu: false }), [0])
    expectShape(drawQ(view, STYLES['580'], NOW, ['MEMORY']), golden('q-580-memory.txt'))
    expectShape(drawQ(view, STYLES['580'], NOW, ['UTILIZATION']), golden('q-580-utilization.txt'))
  })

  it('dmon and pmon', async () => {
    expectShape(await printed('smi dmon -c 1'), golden('dmon.txt'))
    expectShape(await printed('smi pmon -c 1'), golden('pmon-idle.txt'))
  })

  it.each([
    [
      '--query-gpu=index,name,uuid,pci.bus_id,memory.total,memory.used,temperature.gpu,utilization.gpu,driver_version --format=csv',
      /^index, name, uuid, pci\.bus_id, memory\.total \[MiB\], memory\.used \[MiB\], temperature\.gpu, utilization\.gpu \[%\], driver_version\n0, NVIDIA L40, GPU-[0-9a-f-]{36}, 00000000:C1:00\.0, 49140 MiB, 0 MiB, 30, 0 %, 570\.144\n$/,
    ],
    ['--query-gpu=index,name,memory.total --format=csv,noheader', /^0, NVIDIA L40, 49140 MiB\n$/],
    ['--query-gpu=index,name,memory.total --format=csv,noheader,nounits', /^0, NVIDIA L40, 49140\n$/],
    ['--query-compute-apps=pid,name,used_memory --format=csv', /^pid, process_name, used_gpu_memory \[MiB\]\n$/],
  ])('%s', async (words, shape) => {
    expect(await printed(`smi ${words}`)).toMatch(shape)
  })

  it('the header of a query', async () => {
    const fields =
      'index,name,uuid,pci.bus_id,driver_version,memory.total,memory.used,utilization.gpu,ecc.mode.current,mig.mode.current,power.draw,compute_cap'
    const [header, row] = (await printed(`smi --query-gpu=${fields} --format=csv`)).split('\n')
    expect(`${header}\n`).toBe(golden('query-gpu.txt'))
    expect(row).toMatch(
      /^0, NVIDIA L40, GPU-[0-9a-f-]{36}, 00000000:C1:00\.0, 570\.144, 49140 MiB, 0 MiB, 0 %, Disabled, \[N\/A\], 28\.50 W, 8\.9$/,
    )
  })
})

describe('blocks of vGPU hosts, captured or documented, values aside', () => {
  beforeEach(() => host('vf enable 8'))

  it('-q names what only a vGPU host has, with its misspelling and its eight blanks', async () => {
    expectInOrder(await printed('smi -q'), golden('q-vgpu-host.txt'))
    expect(await printed('smi -q')).toContain(
      '    GPU Virtualization Mode\n        Virtualization Mode               : Host VGPU\n',
    )
  })

  it('vgpu', async () => {
    await host('vgpu create --type L40-4Q --name desk1')
    expectShape(await printed('smi vgpu'), golden('vgpu-summary.txt'))
  })

  it('vgpu -q, a vGPU without and one with a guest driver', async () => {
    await host('vgpu create --type L40-4C --no-start --name a', 'vgpu create --type L40-4C --name b')
    const attached = await bench.sh('vgpu attach a --vm win --guest-os windows')
    expect(attached.status).toBe(0)
    const text = await printed('smi --style 580 vgpu -q')
    expectInOrder(text, golden('vgpu-query.txt'))
    const [, first = '', second = ''] = text.split(/^ {4}vGPU ID.*\n/m)
    expect(first).toContain('        Guest Driver Version              : N/A\n')
    expect(first).toContain('        License Status                    : N/A (Expiry: N/A)\n')
    expect(first).toContain('            Bus Id                        : 00000000:00:00.0\n')
    expect(second).toMatch(/^ {8}Guest Driver Version {14}: \d+\./m)
    expect(second).toContain('            Bus Id                        : 00000000:00:05.0\n')
  })

  it('a VM is a process of the table', async () => {
    await host('vgpu create --type L40-4Q')
    const text = await printed('smi')
    expectShape(text.slice(text.indexOf('|  GPU   GI')), `${golden('summary-vgpu-process.txt')}`)
  })

  it('vgpu without a vGPU has the row of its GPU', async () => {
    expectShape(await printed('smi vgpu'), golden('vgpu-summary-none.txt'))
  })

  it('vgpu -q, every documented line and no other, and two lines without a vGPU', async () => {
    expectShape(await printed('smi --style 580 vgpu -q'), golden('vgpu-query-none.txt'))
    await host('vgpu create --type L40-4Q')
    expectShape(await printed('smi --style 580 vgpu -q'), golden('vgpu-query-full.txt'))
    // a paused guest, one without a driver: the same lines
    await host('vgpu destroy --all', 'vgpu create --type L40-4C --no-start --name a')
    expect((await bench.sh('vgpu attach a --vm win --guest-os windows')).status).toBe(0)
    expectShape(await printed('smi --style 580 vgpu -q'), golden('vgpu-query-full.txt').replace(': 4000', ': <>'))
  })

  it.each([
    ['-es', ['# GPU vGPU Session Process Codec H V Average Average', '# Idx Id Id Id Type Res Res FPS Latency(us)']],
    [
      '-fs',
      [
        '# GPU vGPU Session Process Display Session Diff. Class. Capture Max H Max V H V Average Average',
        '# Idx Id Id Id Ordinal Type Map State Map State Mode Res Res Res Res FPS Latency(us)',
      ],
    ],
    ['-p', ['# GPU vGPU process process sm mem enc dec jpg ofa', '# Idx Id Id name % % % % % %']],
  ])('vgpu %s has the documented columns, and a row of dashes or of the vGPU', async (option, heads) => {
    const report = async () => (await printed(`watch --count 1 smi vgpu ${option}`)).split('\n')
    const [first, second, row = '', end] = await report()
    expect([first, second].map((line) => line?.replaceAll(/ +/g, ' '))).toEqual(heads)
    expect([row.trim().split(/ +/)[0], new Set(row.trim().split(/ +/).slice(1)), end]).toEqual([
      '0',
      new Set(['-']),
      '',
    ])
    await host('vgpu create --type L40-4Q')
    const [, , busy = ''] = await report()
    expect(busy).toMatch(/^ {4}0 325\d{7}( +-)+$/)
    expect(busy).toHaveLength(row.length)
  })

  it('vgpu -c leaves what can be created now, only the GPU where nothing can', async () => {
    const names = async () => (await printed('smi vgpu -c')).trimEnd().split('\n')
    expect(await names()).toEqual((await printed('smi vgpu -s')).trimEnd().split('\n'))
    await host('vgpu create --type L40-24Q')
    expect(await names()).toEqual(['GPU 00000000:C1:00.0', '    NVIDIA L40-24Q'])
    await host('vgpu create --type L40-24Q')
    expect(await names()).toEqual(['GPU 00000000:C1:00.0'])
  })

  it('vgpu -c -v tells the placements that are left', async () => {
    await host('gpu mode heterogeneous', 'vgpu create --type L40-8Q --placement-id 0')
    const text = await printed('smi vgpu -c -v')
    expect(text).toContain('        Creatable Placement IDs           : ')
    expect(text).not.toContain('Supported Placement IDs')
    const [, ids = ''] = /Name {30}: NVIDIA L40-24Q\n[\s\S]*?Creatable Placement IDs {11}: (.*)\n/.exec(text) ?? []
    expect(ids).toBe('24')
  })

  it('vgpu -m, in the layout of the other reports', async () => {
    expect(await printed('smi vgpu -m')).toBe(
      'GPU 00000000:C1:00.0\n    Migration/Suspend/Resume              : Supported\n',
    )
  })

  it('-L has a line for each GPU, and none for VFs and vGPUs', async () => {
    await host('vgpu create --type L40-4Q')
    expectShape(await printed('smi -L'), golden('list.txt'))
  })

  it('vgpu -s lists names in the order of numbers', async () => {
    const lines = (await printed('smi vgpu -s')).split('\n')
    expectShape(`${lines.slice(0, 4).join('\n')}\n`, golden('vgpu-supported.txt'))
  })

  it('vgpu -s -v, the documented block of L40-2Q to the last value', async () => {
    expect(await printed('smi vgpu -s -v')).toContain(golden('vgpu-type-l40-2q.txt'))
  })

  it('vgpu -s -v of release 580 begins as captured', async () => {
    expectInOrder(await printed('smi --style 580 vgpu -s -v'), golden('vgpu-supported-verbose-580.txt'))
    expect(await printed('smi vgpu -s -v')).not.toContain('Max Instances Per GI')
  })

  it('vgpu -ss under equal share, the documented figures', async () => {
    await host('gpu scheduler equal-share')
    expectShape(await printed('smi vgpu -ss'), golden('vgpu-scheduler-state.txt'))
  })

  it('vgpu -ss under best effort has no parameters', async () => {
    expect((await printed('smi vgpu -ss')).split('\n').slice(1)).toEqual([
      '    Active vGPUs                          : 0',
      '    Scheduler Policy                      : Best Effort',
      '',
    ])
  })

  it('vgpu -sc, the documented figures', async () => {
    expectShape(await printed('smi vgpu -sc'), golden('vgpu-scheduler-caps.txt'))
  })

  it('vgpu -u, with and without a vGPU', async () => {
    const [first, second, idle, busy] = golden('vgpu-utilization.txt').split('\n')
    expectShape(await printed('watch --count 1 smi vgpu -u'), `${first}\n${second}\n${idle}\n`)
    await host('vgpu create --type L40-4Q')
    expectShape(await printed('watch --count 1 smi vgpu -u'), `${first}\n${second}\n${busy}\n`)
  })
})

describe("nvidia-smi's refusals", () => {
  it.each([
    ['smi --foo', 255, "ERROR: Option --foo is not recognized. Please run 'nvidia-smi -h'.\n\n"],
    ['smi bogus', 255, "ERROR: Option bogus is not recognized. Please run 'nvidia-smi -h'.\n\n"],
    ['smi vgpu caps', 2, 'Option "caps" is not recognized.\n'],
    ['smi vgpu -caps', 2, 'Option "-caps" is not recognized.\n'],
    ['smi vgpu --foo', 2, 'Option "--foo" is not recognized.\n'],
    ['smi vgpu --query-vgpu=foo', 2, 'Option "--query-vgpu=foo" is not recognized.\n'],
    ['smi vgpu -ghm', 3, 'vGPU heterogeneous mode of GPU instances for GPU 00000000:C1:00.0: Not Supported\n'],
    [
      'smi -pl 250 -eow',
      3,
      'Changing power management limit is not supported for GPU 00000000:C1:00.0.\nTreating as warning and moving on.\nAll done.\n',
    ],
    ['smi -pl abc', 2, 'Invalid value "abc" for -pl.\n'],
    ['smi --reset-ecc-errors=7', 2, 'Invalid value "7" for -p.\n'],
    ['smi -lgc fast', 2, 'Invalid value "fast" for -lgc.\n'],
    ['smi -i 7', 6, 'No devices were found\n'],
    ['smi -i 00000000:99:00.0', 6, 'No devices were found\n'],
    ['smi -q -i 99', 6, 'No devices were found\n'],
    ['smi vgpu -i 9', 6, 'No devices were found\n'],
    ['smi -q -d FOO', 2, 'Failed to parse --display/-d flags\n'],
    ['smi --query-gpu=foo --format=csv', 2, 'Field "foo" is not a valid field to query.\n\n'],
    ['smi --query-gpu=index,name --format=json', 2, 'Format modifier is not recognized.\n'],
    [
      'smi vgpu -l 99',
      2,
      'Provided [-l(sec) | --loop(sec)=] value is incorrect. Loop frequency must be between 1 and 10.\n\n',
    ],
    ['smi vgpu set-scheduler-state', 6, 'Failed to locate the vGPU scheduler policy specified at the command-line\n'],
    ['smi vgpu set-scheduler-state -p 9', 3, 'Unable to set the vGPU scheduler state. Not supported\n'],
    ['smi vgpu set-scheduler-state -p toString', 3, 'Unable to set the vGPU scheduler state. Not supported\n'],
    ['smi -e constructor', 2, 'Invalid value "constructor" for -e, --ecc-config.\n'],
    ['smi vgpu set-scheduler-state -p 2 -a 7', 2, 'Option passed to set Adaptive Round Robin scheduler is invalid.\n'],
  ])('%s', async (line, status, stdout) => {
    expect(refused(await bench.sh(line))).toEqual({ status, stdout, stderr: '' })
  })

  it('a machine without a vGPU host says so with status 0', async () => {
    expect((await bench.sh('host init --board A16')).stderr).toMatch(
      /^nvgpu: warning: profile v2 has no vGPUs on A16: /,
    )
    for (const option of ['', '-s', '-c', '-q', '-v', '-s -v', '-c -v', '-m', '-shm 1', '-ghm', '-gi 0']) {
      expect(refused(await bench.sh(`smi vgpu ${option}`)), option).toEqual({
        status: 0,
        stdout: 'No supported devices in vGPU mode\n',
        stderr: '',
      })
    }
  })

  it('without a driver there is no communicating', async () => {
    await host('gpu unbind 0 --force')
    const { status, stdout } = await bench.sh('smi')
    expect(status).toBe(9)
    expect(stdout).toMatch(/^NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver\. .*\n\n$/)
  })
})

describe("nvidia-smi's setters", () => {
  it('-shm switches mixed sizes on and off, and is refused with 19 beside a vGPU', async () => {
    await host('vf enable 8')
    expect(await printed('smi vgpu -shm 1')).toBe('Enabled vGPU heterogeneous mode for GPU 00000000:C1:00.0\n')
    expect(await printed('smi -q')).toContain('        vGPU Heterogeneous Mode           : Enabled\n')
    await host('vgpu create --type L40-4Q')
    expect(refused(await bench.sh('smi vgpu -shm 0'))).toEqual({
      status: 19,
      stdout: 'Unable to set vGPU heterogeneous mode for GPU 00000000:C1:00.0: In use by another client\n',
      stderr: '',
    })
    await host('vgpu destroy --all')
    expect(await printed('smi vgpu -shm 0')).toBe('Disabled vGPU heterogeneous mode for GPU 00000000:C1:00.0\n')
  })

  it('--dry-run changes nothing', async () => {
    await host('vf enable 8')
    expect(refused(await bench.sh('smi --dry-run vgpu -shm 1'))).toEqual({
      status: 0,
      stdout: 'Enabled vGPU heterogeneous mode for GPU 00000000:C1:00.0\n',
      stderr: 'dry run: nothing was changed\n',
    })
    expect(await printed('smi -q')).toContain('        vGPU Heterogeneous Mode           : Disabled\n')
  })

  it('set-scheduler-state sets policy and time slice, and is refused with its sentence beside a vGPU', async () => {
    await host('vf enable 8')
    expect((await bench.sh('smi vgpu set-scheduler-state -p 3 -a 0 -ts 5000000')).status).toBe(0)
    expect((await printed('smi vgpu -ss')).split('\n').slice(2, 5)).toEqual([
      '    Scheduler Policy                      : Fixed Share',
      '    ARR Mode                              : Disabled',
      '    Time Slice(ns)                        : 5000000',
    ])
    await host('vgpu create --type L40-4Q')
    expect(refused(await bench.sh('smi vgpu set-scheduler-state -p 1'))).toEqual({
      status: 19,
      stdout:
        'Unable to set the vGPU scheduler state on GPU "00000000:C1:00.0". vGPU scheduler state cannot be configured, if vGPU instance is currently active on the device.\n',
      stderr: '',
    })
  })

  it('-e takes effect at the reset, as -q says meanwhile', async () => {
    expect(await printed('smi -e 1')).toBe(
      'Enabled ECC support for GPU 00000000:C1:00.0.\nAll done.\nReboot required.\n',
    )
    expect(await printed('smi --query-gpu=ecc.mode.current,ecc.mode.pending --format=csv,noheader')).toBe(
      'Disabled, Enabled\n',
    )
    expect(await printed('smi -e 1')).toBe('ECC support is already Enabled for GPU 00000000:C1:00.0.\nAll done.\n')
    expect(await printed('smi -r')).toBe('GPU 00000000:C1:00.0 was successfully reset.\nAll done.\n')
    expect(await printed('smi --query-gpu=memory.total --format=csv,noheader,nounits')).toBe('46068\n')
  })
})

describe('programs that parse nvidia-smi', () => {
  it('one that walks indented "Name : value" blocks finds every vGPU under its GPU', async () => {
    await host('host init --gpus 2', 'vf enable 4 --gpu 0', 'vf enable 4 --gpu 1')
    await host('vgpu create --type L40-8Q --gpu 0 --name a', 'vgpu create --type L40-2Q --gpu 1 --name b')
    await host('vgpu create --type L40-2Q --gpu 1 --name c')
    const records = walk(await printed('smi vgpu -q'))
    expect(records.map(({ gpu, vm, type, total }) => [gpu, vm, type, total])).toEqual([
      ['00000000:C1:00.0', 'a', 'NVIDIA L40-8Q', '8192 MiB'],
      ['00000000:C2:00.0', 'b', 'NVIDIA L40-2Q', '2048 MiB'],
      ['00000000:C2:00.0', 'c', 'NVIDIA L40-2Q', '2048 MiB'],
    ])
    expect(new Set(records.map(({ id }) => id)).size).toBe(3)
    for (const { id } of records) expect(Number(id).toString(16)).toMatch(/^c1d[0-9a-f]{5}$/)
  })

  it('the number of a vGPU is its RM client handle, and of one that does not run there is none', async () => {
    await host('vf enable 4', 'vgpu create --type L40-4Q --name a', 'vgpu create --type L40-4Q --name b --no-start')
    const { client } = JSON.parse(await printed('vgpu show a -o json')).items[0]
    expect(await printed('smi vgpu -q')).toContain(`    vGPU ID                               : ${Number(client)}\n`)
    const stats = JSON.parse(await printed('vgpu stats a b -o json')).items
    expect(stats.map(({ vgpuId }: { vgpuId: number | null }) => vgpuId)).toEqual([Number(client), null])
  })

  it('one that splits CSV at ", " reads the numbers', async () => {
    await host('host init --gpus 2', 'vf enable 2 --gpu 1', 'vgpu create --type L40-8Q --gpu 1')
    const text = await printed(
      'smi --query-gpu=index,memory.used,memory.free,utilization.gpu --format=csv,noheader,nounits',
    )
    const rows = text
      .trimEnd()
      .split('\n')
      .map((line) => line.split(', ').map(Number))
    expect(rows.map(([index]) => index)).toEqual([0, 1])
    expect(rows[0]?.[1]).toBe(0)
    expect(rows[1]?.[1]).toBeGreaterThan(7000)
    for (const row of rows) for (const value of row) expect(value).not.toBeNaN()
  })

  it('one that reads XML finds it well-formed, with the VM as a process', async () => {
    await host('vf enable 2', 'vgpu create --type L40-8Q')
    const found: string[] = []
    const open: string[] = []
    const parser = new SaxesParser()
    parser.on('opentag', ({ name }) => open.push(name))
    parser.on('closetag', () => open.pop())
    parser.on('text', (text) => {
      if (['pid', 'process_name', 'used_memory', 'heterogenous_multivGPU'].includes(open.at(-1) ?? '')) found.push(text)
    })
    parser.write(await printed('smi -q -x')).close()
    expect(found).toEqual(['Supported', '1001', 'vgpu', '7872 MiB'])
  })

  it('one that reads XML of a vGPU host finds what only such a host has', async () => {
    await host('vf enable 4', 'vgpu create --type L40-8Q')
    const xml = await printed('smi -q -x')
    for (const [element, value] of [
      ['heterogenous_multivGPU', 'Supported'],
      ['fractional_multiVgpu', 'Supported'],
      ['heterogeneous_timeSlice_profile', 'Supported'],
      ['heterogeneous_timeSlice_sizes', 'Supported'],
      ['virtualization_mode', 'Host VGPU'],
      ['host_vgpu_mode', 'SR-IOV'],
      ['vgpu_heterogeneous_mode', 'Disabled'],
    ]) {
      expect(xml.match(new RegExp(`<${element}>.*</${element}>`, 'g'))).toEqual([`<${element}>${value}</${element}>`])
    }
    // the levels of the captured document
    expect(xml).toMatch(/^\t<vgpu_driver_capability>\n\t\t<heterogenous_multivGPU>/m)
    expect(xml).toMatch(/^\t\t<gpu_virtualization_mode>\n\t\t\t<virtualization_mode>/m)
  })

  it('-i leaves the GPUs named, in any spelling, in index order', async () => {
    await host('host init --gpus 3')
    for (const ids of ['2,0', '00000000:C3:00.0,0', 'c1:00.0,2']) {
      expect(await printed(`smi --query-gpu=index,count --format=csv,noheader -i ${ids}`)).toBe('0, 3\n2, 3\n')
    }
  })

  it('legal properties are those of nvidia-smi: each can be asked for, aliases print the canonical name', async () => {
    const help = await printed('smi --help-query-gpu')
    const names = [...help.matchAll(/^"([^"]+)"/gm)].map((match) => match[1])
    expect(names.length).toBeGreaterThan(180)
    expect(new Set(names).size).toBe(names.length)
    const text = await printed(`smi --query-gpu=${names.join(',')} --format=csv`)
    expect(
      text
        .split('\n')[0]
        ?.split(', ')
        .map((name) => name.replace(/ \[.*\]$/, '')),
    ).toEqual(names)
    expect(text.split('\n')[1]?.split(', ')).toHaveLength(names.length)
    expect(await printed('smi --query-gpu=gpu_name,gpu_bus_id --format=csv')).toMatch(/^name, pci\.bus_id\n/)
    expect(await printed('smi --query-compute-apps=pid,name,used_memory --format=csv')).toBe(
      'pid, process_name, used_gpu_memory [MiB]\n',
    )
  })
})

/** As scripts of KVM managers do it: by indentation and the first colon. */
function walk(text: string) {
  const records: { gpu: string; id: string; vm?: string; type?: string; total?: string }[] = []
  let gpu = ''
  let section = ''
  for (const line of text.split('\n')) {
    const [, indent = '', name = '', value] = /^( *)([^:]*?)(?: *: (.*))?$/.exec(line) ?? []
    if (line.startsWith('GPU ')) gpu = line.slice(4)
    else if (name === 'vGPU ID') records.push({ gpu, id: value ?? '' })
    else if (value === undefined) section = name
    const last = records.at(-1)
    if (last === undefined || value === undefined) continue
    if (indent.length === 8 && name === 'VM Name') last.vm = value
    if (indent.length === 8 && name === 'vGPU Name') last.type = value
    if (indent.length === 12 && section === 'FB Memory Usage' && name === 'Total') last.total = value
  }
  return records
}

describe('the vGPUs of one VM', () => {
  it('have slots of the guest one after the other, over all GPUs, whatever GPU is asked about', async () => {
    await host('host init --gpus 2 --board L40', 'vf enable 2 --gpu 0', 'vf enable 2 --gpu 1')
    for (const [gpu, vm] of [
      [0, 'one'],
      [0, 'other'],
      [1, 'one'],
    ]) {
      await host(`vgpu create -t L40-4Q --gpu ${gpu} --no-start -n ${vm}${gpu}`)
      await host(`vgpu attach ${vm}${gpu} --vm ${vm} --guest-os ubuntu-22.04`)
    }
    const address = (line: string) => printed(`query --vgpu=name,guest.pci.bus_id --format=csv,noheader ${line}`)
    expect(await address('')).toBe('one0, 00000000:00:05.0\nother0, 00000000:00:05.0\none1, 00000000:00:06.0\n')
    expect(await address('-i 1')).toBe('one1, 00000000:00:06.0\n')
  })
})
