import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { SaxesParser } from 'saxes'
import type { Systeminformation } from 'systeminformation'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bench } from './captured-io.ts'

/** Expectations of programs that read nvidia-smi, stated anew: their fields, and the form that they convert. */

let bench: Bench
beforeEach(async () => {
  bench = new Bench()
  for (const line of ['host init --board A40 --profile vgpu17 --gpus 2', 'vf enable 2 --gpu 0', 'host advance 5s'])
    expect((await bench.sh(line)).status).toBe(0)
  expect((await bench.sh('vgpu create --type A40-8Q --gpu 0')).status).toBe(0)
  await bench.sh('host advance 60s')
})
afterEach(() => {
  bench.dispose()
})

async function ok(line: string): Promise<string> {
  const { status, stdout, stderr } = await bench.sh(line)
  expect({ line, status, stderr }).toEqual({ line, status: 0, stderr: '' })
  return stdout
}

/** The texts of each GPU's elements by path. */
function gpusOf(xml: string): Map<string, string>[] {
  const gpus: Map<string, string>[] = []
  const path: string[] = []
  const parser = new SaxesParser()
  parser.on('opentag', ({ name }) => {
    path.push(name)
    if (name === 'gpu' && path.length === 2) gpus.push(new Map())
  })
  parser.on('text', (text) => {
    if (text.trim() !== '') gpus.at(-1)?.set(path.slice(2).join('/'), text.trim())
  })
  parser.on('closetag', () => void path.pop())
  parser.write(xml).close()
  return gpus
}

const TELEGRAF: Readonly<Record<string, RegExp>> = {
  product_name: /^NVIDIA A40$/,
  uuid: /^GPU-[0-9a-f-]{36}$/,
  compute_mode: /^Default$/,
  performance_state: /^P\d+$/,
  'fb_memory_usage/total': /^\d+ MiB$/,
  'fb_memory_usage/reserved': /^\d+ MiB$/,
  'fb_memory_usage/used': /^\d+ MiB$/,
  'fb_memory_usage/free': /^\d+ MiB$/,
  'utilization/gpu_util': /^\d+ %$/,
  'utilization/memory_util': /^\d+ %$/,
  'utilization/encoder_util': /^\d+ %$/,
  'utilization/decoder_util': /^\d+ %$/,
  'temperature/gpu_temp': /^\d+ C$/,
  'gpu_power_readings/power_draw': /^\d+\.\d\d W$/,
  'pci/pci_gpu_link_info/pcie_gen/current_link_gen': /^\d$/,
  'pci/pci_gpu_link_info/link_widths/current_link_width': /^\d+x$/,
  'encoder_stats/session_count': /^\d+$/,
  'encoder_stats/average_fps': /^\d+$/,
  'encoder_stats/average_latency': /^\d+$/,
  'fbc_stats/session_count': /^\d+$/,
  'clocks/graphics_clock': /^\d+ MHz$/,
  'clocks/sm_clock': /^\d+ MHz$/,
  'clocks/mem_clock': /^\d+ MHz$/,
  'clocks/video_clock': /^\d+ MHz$/,
}

const NETDATA: Readonly<Record<string, RegExp>> = {
  product_architecture: /^Ampere$/,
  'mig_mode/current_mig': /^(Enabled|Disabled|N\/A)$/,
  'bar1_memory_usage/total': /^\d+ MiB$/,
  'bar1_memory_usage/used': /^\d+ MiB$/,
  'pci/tx_util': /^\d+ KB\/s$/,
  'pci/rx_util': /^\d+ KB\/s$/,
  'pci/pci_gpu_link_info/pcie_gen/max_link_gen': /^\d$/,
  'pci/pci_gpu_link_info/link_widths/max_link_width': /^\d+x$/,
  fan_speed: /^(\d+ %|N\/A)$/,
  'gpu_power_readings/current_power_limit': /^\d+\.\d\d W$/,
  'voltage/graphics_volt': /^\d+\.\d+ mV$/,
}

describe('a program that reads nvidia-smi', () => {
  it('I 2.7: finds each number of telegraf in -q -x, in the form it converts', async () => {
    const gpus = gpusOf(await ok('smi -q -x'))
    expect(gpus).toHaveLength(2)
    for (const gpu of gpus) {
      for (const [path, form] of Object.entries(TELEGRAF)) expect(gpu.get(path) ?? '', path).toMatch(form)
    }
  })

  it("I 2.7: finds each number of netdata's collector in -q -x", async () => {
    for (const gpu of gpusOf(await ok('smi -q -x'))) {
      for (const [path, form] of Object.entries(NETDATA)) expect(gpu.get(path) ?? '', path).toMatch(form)
    }
  })

  it('I 2.7: gets a line of sixteen numbers for systeminformation', async () => {
    const fields =
      'driver_version,pci.sub_device_id,name,pci.bus_id,fan.speed,memory.total,memory.used,memory.free,utilization.gpu,utilization.memory,temperature.gpu,temperature.memory,power.draw,power.limit,clocks.gr,clocks.mem'
    const lines = (await ok(`smi --query-gpu=${fields} --format=csv,noheader,nounits`)).trim().split('\n')
    expect(lines).toHaveLength(2)
    for (const line of lines) {
      const values = line.split(', ')
      expect(values).toHaveLength(fields.split(',').length)
      const numbers = values.slice(4).map(Number)
      // an A40 has no sensor at its memory
      expect(numbers.map((value) => Number.isNaN(value))).toEqual(numbers.map((_, at) => at === 7))
    }
  })

  const lspci = spawnSync('sh', ['-c', 'command -v lspci'], { encoding: 'utf8' }).stdout.trim()
  it.skipIf(lspci === '')('I 2.7: is systeminformation itself, with its numbers', async () => {
    const bin = bench.file('bin')
    fs.mkdirSync(bin)
    fs.symlinkSync(path.resolve('bin/nvgpu.cjs'), path.join(bin, 'nvidia-smi'))
    fs.writeFileSync(bench.file('dump'), await ok('export lspci'))
    fs.writeFileSync(path.join(bin, 'lspci'), `#!/bin/sh\nexec ${lspci} -F ${bench.file('dump')} "$@"\n`, {
      mode: 0o755,
    })
    const program = `require('systeminformation').graphics().then(({ controllers }) => console.log(JSON.stringify(controllers)))`
    const env = { ...process.env, PATH: `${bin}:${process.env.PATH}`, NVGPU_STATE_DIR: bench.stateDir }
    const { stdout } = spawnSync(process.execPath, ['-e', program], { env, encoding: 'utf8' })
    const controllers: Systeminformation.GraphicsControllerData[] = JSON.parse(stdout)
    const boards = controllers.filter(({ driverVersion }) => driverVersion !== undefined)
    expect(boards).toHaveLength(2)
    for (const board of boards) {
      expect(board).toMatchObject({
        name: 'NVIDIA A40',
        memoryTotal: 49140,
        powerLimit: 300,
        driverVersion: '550.54.16',
      })
      expect(board.temperatureGpu).toBeGreaterThan(20)
      expect(board.powerDraw).toBeGreaterThan(20)
    }
  })

  it('I 2.7: gets a header cell with its unit for every cell, as nvidia_gpu_exporter splits them', async () => {
    const known = (await ok('smi --help-query-gpu')).matchAll(/^"([\w.]+)"/gm)
    const names = [...known].map(([, name]) => name).filter((name) => name !== undefined)
    expect(names.length).toBeGreaterThan(150)
    const [header = '', ...rows] = (await ok(`smi --query-gpu=${names.join(',')} --format=csv`)).trim().split('\n')
    const heads = header.split(', ')
    expect(heads.map((head) => head.replace(/ \[.*\]$/, ''))).toEqual(names)
    expect(rows).toHaveLength(2)
    for (const row of rows) {
      const cells = row.split(', ')
      expect(cells).toHaveLength(heads.length)
      for (const [at, cell] of cells.entries()) {
        const [, unit] = / \[(.*)\]$/.exec(heads[at] ?? '') ?? []
        if (unit !== undefined && cell !== '[N/A]') expect(cell, heads[at]).toMatch(new RegExp(`^-?[\\d.]+ ${unit}$`))
      }
    }
  })
})
