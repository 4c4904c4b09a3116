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
      /^\tGPU0\tGPU1\tCPU Affinity\tNUMA Affinity\tGPU NUMA ID\nGPU0\t X \tPHB\t0-15\t0\t\tN\/A\n/,
    )
    expect(topology).toContain('  NV#  = Connection traversing a bonded set of # NVLinks\n')
    expect(await ok('smi nvlink -s')).toMatch(/^GPU 0: NVIDIA L40 \(UUID: GPU-[0-9a-f-]+\)\nGPU 1: /)
    expect(await ok('smi encodersessions')).toContain('# GPU   Session')
  })

  it('I 2.3: mig answers as a board without MIG, or with MIG off', async () => {
    for (const list of ['-lgip', '-lgi', '-lci']) {
      const { status, stdout } = await bench.sh(`smi mig ${list}`)
      expect({ list, status, stdout }).toEqual({ list, status: 6, stdout: 'No MIG-supported devices found.\n' })
    }
    expect(await bench.sh('smi -mig 0')).toMatchObject({ status: 3, stdout: expect.stringContaining('Not Supported') })
    await ok('host init --board A100-PCIE-40GB --profile vgpu17 --force')
    expect(await bench.sh('smi mig -lgi')).toMatchObject({ status: 6, stdout: 'No MIG-enabled devices found.\n' })
    expect(await ok('smi -mig 0')).toBe('Disabled MIG Mode for GPU 00000000:C1:00.0\nAll done.\n')
    expect((await bench.sh('smi -mig 1')).status).toBe(3)
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
})
