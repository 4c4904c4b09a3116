import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bench } from './captured-io.ts'
import { expectShape, golden } from './smi-golden.ts'

let bench: Bench
beforeEach(() => {
  bench = new Bench()
})
afterEach(() => {
  bench.dispose()
})

async function ok(line: string): Promise<string> {
  const { status, stdout, stderr } = await bench.sh(line)
  expect({ line, status, stderr }).toEqual({ line, status: 0, stderr: '' })
  return stdout
}

describe('options of nvidia-smi', () => {
  it('I 2.3: dmon has the groups of -s in the order of its letters, and the captured ones without', async () => {
    const usual = await ok('smi dmon -c 1')
    expectShape(usual.split('\n').slice(0, 2).join('\n'), golden('dmon.txt').split('\n').slice(0, 2).join('\n'))
    expect(usual.split('\n')[2]?.trim().split(/ +/)).toEqual('0 29 30 - 0 0 0 0 0 0 405 210'.split(' '))
    expect(await ok('smi dmon -s cm -c 1 -d 1')).toBe(
      '# gpu   mclk   pclk     fb   bar1   ccpm \n# Idx    MHz    MHz     MB     MB     MB \n    0    405    210      0      0      0 \n',
    )
    expect((await bench.sh('smi dmon -s x -c 1')).status).toBe(2)
    expect(await ok('smi pmon -s um -c 1')).toContain('command')
    expect((await bench.sh('smi pmon -s q -c 1')).status).toBe(2)
  })

  it('I 2.3: topo -m is the captured matrix, nvlink -s the GPUs', async () => {
    await ok('host init --gpus 2')
    const topology = await ok('smi topo -m')
    expect(topology).toMatch(
      /^\tGPU0\tGPU1\tCPU Affinity\tNUMA Affinity\tGPU NUMA ID\nGPU0\t X \tPHB\t0-63\tN\/A\t\tN\/A\n/,
    )
    const sysfs = async (file: string) => (await ok(`sysfs cat /sys/bus/pci/devices/0000:c1:00.0/${file}`)).trim()
    expect([await sysfs('local_cpulist'), await sysfs('numa_node')]).toEqual(['0-63', '-1'])
    expect(await ok('smi topo -p2p r')).toMatch(/^\tGPU0\tGPU1\nGPU0\t X \tNS\nGPU1\tNS\t X \n\nLegend:\n/)
    expect(topology).toContain('  NV#  = Connection traversing a bonded set of # NVLinks\n')
    expect(await ok('smi nvlink -s')).toMatch(/^GPU 0: NVIDIA L40 \(UUID: GPU-[0-9a-f-]+\)\nGPU 1: /)
    expect(await ok('smi encodersessions')).toContain('# GPU   Session')
  })

  it('I 2.3: mig answers as a board without MIG, or with MIG off', async () => {
    for (const list of ['-lgip', '-lgi', '-lci']) {
      const { status, stdout } = await bench.sh(`smi mig ${list}`)
      expect({ list, status, stdout }).toEqual({ list, status: 6, stdout: 'No MIG-supported devices found.\n' })
    }
    const warned =
      'Unable to disable MIG Mode for GPU 00000000:C1:00.0: Not Supported\nTreating as warning and moving on.\nAll done.\n'
    expect(await ok('smi -mig 0')).toBe(warned)
    expect(await bench.sh('smi -mig 0 -eow')).toMatchObject({ status: 3, stdout: warned })
    await ok('host init --board A100-PCIE-40GB --profile vgpu17 --force')
    expect(await bench.sh('smi mig -lgi')).toMatchObject({ status: 6, stdout: 'No MIG-enabled devices found.\n' })
    expect(await ok('smi -mig 0')).toBe('Disabled MIG Mode for GPU 00000000:C1:00.0\nAll done.\n')
    expect(await ok('smi -mig 1')).toBe('Enabled MIG Mode for GPU 00000000:C1:00.0\nAll done.\n')
  })

  it('I 2.3: a mode that is set already is no error', async () => {
    for (const option of ['-pm 1', '-pm 1', '-c 0', '-c 0', '-am 0'])
      expect(await ok(`smi ${option}`)).toContain('All done.')
  })

  it('I 2.3: the queries of accounted apps, retired pages and supported clocks are tables', async () => {
    expect(await ok('smi --query-accounted-apps=pid,gpu_util --format=csv')).toBe('pid, gpu_utilization [%]\n')
    expect(await ok('smi --query-retired-pages=gpu_uuid,address --format=csv')).toBe(
      'gpu_uuid, retired_pages.address\n',
    )
    const clocks = (await ok('smi --query-supported-clocks=mem,gr --format=csv')).split('\n')
    expect(clocks.slice(0, 3)).toEqual(['memory [MHz], graphics [MHz]', '9001 MHz, 2520 MHz', '9001 MHz, 2505 MHz'])
    expect((await bench.sh('smi --query-supported-clocks=foo --format=csv')).status).toBe(2)
  })

  it('I 2.3: a loop prints the header of its table once, and -f writes a file', async () => {
    let rounds = 0
    const { stdout } = await bench.sh('smi --query-gpu=index,pstate --format=csv -lms 10', {
      meanwhile: (what) => {
        rounds += what === 'sleep' ? 1 : 0
        if (rounds === 3) throw new Error('interrupted')
      },
    })
    expect(stdout).toBe('index, pstate\n0, P8\n0, P8\n0, P8\n')
    const file = bench.file('smi.csv')
    await ok(`smi --query-gpu=index,pstate --format=csv -f ${file}`)
    expect(fs.readFileSync(file, 'utf8')).toBe('index, pstate\n0, P8\n')
  })

  it('I 2.3: a setting that a board lacks is a warning, and one that is there already succeeds', async () => {
    expect(await ok('smi -pl 250')).toMatch(/is not supported for GPU 00000000:C1:00\.0\.\nTreating as warning/)
    for (const [line, sentence] of [
      ['-pl 300', 'Power limit is already 300.00 W for GPU 00000000:C1:00.0.'],
      ['-vm 3', 'GPU virtualization mode is already VGPU for GPU'],
      ['-rgc', 'GPU clocks are at their defaults for GPU'],
      ['-cc 0', 'CUDA clocks are at their defaults for GPU'],
      ['-caa', 'No ended process is in the account for GPU'],
    ])
      expect({ line, said: await ok(`smi ${line} -eow`) }).toMatchObject({
        said: expect.stringContaining(sentence ?? ''),
      })
    expect(await ok('smi -p 0')).toContain('Resetting ECC error counts is not supported')
    for (const line of ['gpu ecc on', 'gpu reset']) await bench.sh(line)
    expect(await ok('smi -p 0 -eow')).toContain('Volatile ECC error counts are zero for GPU')
    expect(await ok('smi -c 1')).toContain('Compute mode is 1 for GPU')
    expect(await ok('smi -pm 0')).toContain('Persistence mode is 0 for GPU')
    // the main screen has both
    expect(await ok('smi')).toMatch(/\| +0 {2}NVIDIA L40 +Off {2}\|/)
    expect(await ok('smi')).toMatch(/0% {3}E\. Process \|/)
  })

  it('I 2.3: a round of dmon has date and time in front with -o, and goes to a file with -f', async () => {
    expect((await ok('smi dmon -s m -c 1 -o DT')).split('\n')).toEqual([
      '#Date       Time         gpu     fb   bar1   ccpm ',
      '#YYYYMMDD   HH:MM:SS     Idx     MB     MB     MB ',
      ' 20261122   18:38:53        0      0      0      0 ',
      '',
    ])
    const file = bench.file('dmon.log')
    expect(await ok(`smi dmon -s m -c 2 -f ${file}`)).toBe('')
    expect(fs.readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(4)
    let rounds = 0
    await bench.sh(`smi --query-gpu=index --format=csv -lms 10 -f ${file}`, {
      meanwhile: (what) => {
        rounds += what === 'sleep' ? 1 : 0
        if (rounds === 3) throw new Error('interrupted')
      },
    })
    expect(fs.readFileSync(file, 'utf8')).toBe('index\n0\n0\n0\n')
  })

  it('I 2.3: units, remapped rows and accounted processes of guests are reports of their own', async () => {
    expect(await ok('smi -q -u')).toMatch(/\nAttached Units {28}: 0\n$/)
    expect(await ok('smi -q -u -x')).toMatch(
      /^<\?xml .*\n<nvidia_smi_log>\n[\s\S]*\t<attached_units>0<\/attached_units>\n<\/nvidia_smi_log>\n$/,
    )
    expect(await ok('smi --query-remapped-rows=gpu_bus_id,remapped_rows.pending --format=csv')).toBe(
      'gpu_bus_id, remapped_rows.pending\n00000000:C1:00.0, No\n',
    )
    for (const line of ['vf enable 2', 'vgpu create --type L40-4Q', 'gpu accounting on']) await ok(line)
    const fields = 'gpu_bus_id,vgpu_instance,pid,max_memory_usage'
    expect(await ok(`smi vgpu --query-accounted-apps=${fields} --format=csv`)).toMatch(
      /^gpu_bus_id, vgpu_instance, pid, max_memory_usage \[MiB\]\n00000000:C1:00\.0, \d+, \d+, \d+ MiB\n$/,
    )
  })

  const xmllint = spawnSync('sh', ['-c', 'command -v xmllint'], { encoding: 'utf8' }).stdout.trim()
  if (xmllint === '') console.log('smi-options: no xmllint, so no XML is validated')
  it.skipIf(xmllint === '').each([
    ['L40', 'v2', '550'],
    ['A40', 'vgpu16', '550'],
    ['H100-PCIe-80GB', 'vgpu17', '580'],
  ])(
    'I 2.1: -q -x of %s under %s in the style of %s is well-formed, and valid by the DTD of --dtd',
    async (board, profile, style) => {
      for (const line of [`host init --board ${board} --profile ${profile} --gpus 2 --force`, 'vf enable 2 --gpu 0'])
        expect((await bench.sh(line)).status).toBe(0)
      const created = await bench.sh(
        `vgpu create --gpu 0 --type ${board.split('-')[0]}-${board.startsWith('H') ? '8C' : '4Q'}`,
      )
      expect(created.status, created.stderr).toBe(0)
      const lint = (text: string, ...options: string[]) => {
        const { status, stderr } = spawnSync(xmllint, [...options, '--noout', '-'], {
          input: text,
          encoding: 'utf8',
        })
        // the DTD that the document names is no file here
        expect({ status, errors: stderr.match(/.*error :.*/g) }).toEqual({ status: 0, errors: null })
      }
      lint(await ok(`smi --style ${style} -q -x`))
      lint(await ok(`smi --style ${style} -q -x --dtd`), '--valid')
      const dtd = bench.file('smi.dtd', await ok(`smi --style ${style} --dtd`))
      lint(await ok(`smi --style ${style} -q -x`), '--dtdvalid', dtd)
    },
  )
})
