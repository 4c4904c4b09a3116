import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bench } from './captured-io.ts'

/** netdata's plugin host for collectors in Python, and its collector (Debian: netdata-plugins-python). */
const PLUGINS = '/usr/lib/netdata/plugins.d'
const PROGRAM = path.join(PLUGINS, 'python.d.plugin')
const COLLECTOR = '/usr/lib/netdata/python.d/nvidia_smi.chart.py'
const isThere = fs.existsSync(PROGRAM) && fs.existsSync(COLLECTOR)
if (!isThere) console.log(`smi-netdata: skipped, ${COLLECTOR} is not installed (netdata-plugins-python)`)

let bench: Bench
beforeEach(() => {
  bench = new Bench()
})
afterEach(() => bench.dispose())

/** Runs the collector until it has told a value of each of these dimensions, or 60 s. */
function collect(env: Record<string, string>, wanted: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(PROGRAM, ['nvidia_smi', 'debug', '1'], { env: { ...process.env, ...env }, detached: true })
    const end = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      } catch {
        // it has ended by itself
      }
    }
    const limit = setTimeout(end, 60_000)
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
      if (wanted.every((name) => stdout.includes(`SET '${name}' = `))) end()
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.on('error', reject)
    child.on('close', () => {
      clearTimeout(limit)
      resolve({ stdout, stderr })
    })
  })
}

describe("netdata's collector of Debian", () => {
  it.skipIf(!isThere)(
    'I 2.7: runs against the link nvidia-smi, and has a number in each chart it can fill',
    { timeout: 90_000 },
    async () => {
      for (const line of ['host init --board A40 --profile vgpu17 --gpus 2', 'vf enable 2 --gpu 0', 'host advance 5s'])
        expect((await bench.sh(line)).status).toBe(0)
      expect((await bench.sh('vgpu create --type A40-8Q --gpu 0 --vm desk1')).status).toBe(0)
      await bench.sh('host advance 60s')
      const bin = bench.file('bin')
      const config = bench.file('config')
      fs.mkdirSync(bin)
      fs.mkdirSync(path.join(config, 'python.d'), { recursive: true })
      fs.symlinkSync(path.resolve('bin/nvgpu.cjs'), path.join(bin, 'nvidia-smi'))
      fs.writeFileSync(path.join(config, 'python.d.conf'), 'nvidia_smi: yes\n')
      fs.writeFileSync(path.join(config, 'python.d', 'nvidia_smi.conf'), 'loop_mode: yes\npoll_seconds: 1\n')
      const env = {
        PATH: `${bin}:${process.env.PATH}`,
        NVGPU_STATE_DIR: bench.stateDir,
        NETDATA_USER_CONFIG_DIR: config,
        NETDATA_STOCK_CONFIG_DIR: '/usr/lib/netdata/conf.d',
        NETDATA_PLUGINS_DIR: PLUGINS,
        NETDATA_LIB_DIR: bench.dir,
        NETDATA_LOCK_DIR: bench.dir,
      }
      const values = [
        ...[
          'rx_util',
          'tx_util',
          'gpu_util',
          'memory_util',
          'encoder_util',
          'decoder_util',
          'fb_memory_free',
          'fb_memory_used',
        ],
        ...[
          'bar1_memory_free',
          'bar1_memory_used',
          'gpu_temp',
          'graphics_clock',
          'video_clock',
          'sm_clock',
          'mem_clock',
        ],
        ...['fan_speed'],
      ]
      const both = [0, 1].flatMap((gpu) => values.map((value) => `gpu${gpu}_${value}`))
      const [{ pid = 0 } = {}] = JSON.parse((await bench.sh('vgpu list -o json')).stdout).items
      const wanted = [...both, `gpu0_process_mem_${pid}`]
      const { stdout, stderr } = await collect(env, wanted)
      const told = new Map(
        [...stdout.matchAll(/^SET '(\S+)' = (\S+)$/gm)].map(([, name, value]) => [name, Number(value)]),
      )
      expect(
        wanted.filter((name) => !Number.isFinite(told.get(name))),
        stderr.slice(-2000),
      ).toEqual([])
      expect(stdout).toMatch(/^CHART nvidia_smi\S*gpu0_gpu_utilization .*'gpu0 NVIDIA A40'/m)
      expect(told.get('gpu0_fb_memory_used')).toBeGreaterThan(7000)
      expect(told.get('gpu1_fb_memory_used')).toBeLessThan(told.get('gpu0_fb_memory_used') ?? 0)
      // this collector of 2022 looks for power_readings, which 550 has renamed: it has no power of any 550
      expect(told.has('gpu0_power_draw')).toBe(false)
    },
  )
})
