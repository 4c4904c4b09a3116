import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missing } from '../house/installed.ts'
import { Host } from './library.ts'
import { NO_PCP, pcpCommand, pcpMetrics } from './pcp.ts'

const HERE = path.resolve('test/nvml')
const MIB = 1_048_576
/** Debian's crates, which cargo finds without a network. */
const CRATES = '/usr/share/cargo/registry'
/** Debian's own, whatever other is in the path. */
const CARGO = '/usr/bin/cargo'

const NO_CARGO =
  missing(CARGO, '--version') ??
  (fs.existsSync(`${CRATES}/nvml-wrapper-0.9.0`) ? undefined : 'librust-nvml-wrapper-dev is not installed')
for (const why of [NO_CARGO, NO_PCP]) if (why !== undefined) console.log(`skipped: ${why}`)

interface SeenVgpu {
  id: number
  uuid: string
  vm: string
  type: number
  used: number
  driver: string
  licensed: number
  address: string
  encoder: number
}

interface SeenGpu {
  [key: string]: unknown
  memory: { total: number; used: number; free: number }
  utilization: { gpu: number; memory: number }
  supported: {
    id: number
    name: string
    framebuffer: number
    maxInstances: number
    heads: number
    resolution: string
  }[]
  creatable: number[]
  active: SeenVgpu[]
  samples: { vgpu: number; sm: number; mem: number }[]
}

describe('clients on a host of 2 GPUs and 8 vGPUs', () => {
  const host = new Host()
  const csv = (query: string) =>
    host
      .host(`query ${query} --format=csv,noheader,nounits`)
      .trim()
      .split('\n')
      .map((line) => line.split(', '))
  beforeAll(() => {
    host.host('host init --gpus 2 --force', 'vf enable 4 --gpu 0', 'vf enable 4 --gpu 1')
    host.host('vgpu create --type L40-4Q --gpu 0 --count 4', 'vgpu create --type L40-6Q --gpu 1 --count 4')
    host.host('host advance 30s')
  })
  afterAll(() => host.dispose())

  it.each(['libnvidia-ml.so', 'libnvidia-ml.so.1', 'libnvidia-ml.so.570.144'])(
    'H 3: a ctypes script with pynvml’s size protocol sees what query and types show say, by %s',
    (name) => {
      const run = host.exec(['python3', `${HERE}/size_protocol.py`, name])
      expect(run).toMatchObject({ status: 0, stderr: '' })
      const { driver, gpus }: { driver: string; gpus: SeenGpu[] } = JSON.parse(run.stdout)
      expect(gpus).toHaveLength(2)
      const fields =
        'driver_version,index,name,uuid,pci.bus_id,memory.total,memory.used,memory.free,utilization.gpu,utilization.memory,temperature.gpu,pstate,clocks.sm,vbios_version'
      const rows = gpus.map((gpu) => [
        driver,
        gpu.index,
        gpu.name,
        gpu.uuid,
        gpu.busId,
        ...[gpu.memory.total, gpu.memory.used, gpu.memory.free].map((bytes) => bytes / MIB),
        gpu.utilization.gpu,
        gpu.utilization.memory,
        gpu.temperature,
        `P${gpu.pstate}`,
        gpu.clock,
        gpu.vbios,
      ])
      expect(rows.map((row) => row.map(String))).toEqual(csv(`--gpu=${fields}`))
      for (const gpu of gpus) sameVgpus(gpu)
      sameTypes(gpus)
    },
  )

  it.skipIf(NO_CARGO !== undefined)(
    'H 3: nvml-wrapper for Rust, as Debian has it, sees what query says',
    () => {
      const target = path.resolve('node_modules/.cache/nvml-rust')
      fs.cpSync(`${HERE}/rust`, `${host.home}/rust`, { recursive: true })
      fs.mkdirSync(`${host.home}/rust/.cargo`)
      fs.writeFileSync(
        `${host.home}/rust/.cargo/config.toml`,
        `[source.crates-io]\nreplace-with = "debian"\n[source.debian]\ndirectory = "${CRATES}"\n`,
      )
      const built = host.sh(
        `cd rust && RUSTC=/usr/bin/rustc CARGO_PROFILE_DEV_DEBUG=0 CARGO_HOME=$HOME/.cargo ${CARGO} build --offline --quiet --target-dir ${target}`,
      )
      expect(built).toMatchObject({ status: 0, stdout: '' })
      const run = host.exec([`${target}/debug/client`])
      expect(run).toMatchObject({ status: 0, stderr: '' })
      const [driver, first, firstMore, second, secondMore, missingGpu] = run.stdout.trim().split('\n')
      expect(driver).toBe('570.144')
      const fields =
        'index,name,uuid,pci.bus_id,memory.total,memory.free,utilization.gpu,utilization.memory,temperature.gpu,clocks.sm,vbios_version'
      expect([first, second].map((line) => line?.split(', '))).toEqual(csv(`--gpu=${fields}`))
      const watts = csv('--gpu=power.draw').map(([text]) => Math.round(Number(text) * 1000))
      const more = watts.map((milliwatts) => `${milliwatts} 4 Ok((false, false)) Err(NotSupported)`)
      expect([firstMore, secondMore]).toEqual(more)
      expect(missingGpu).toBe('Err(InvalidArg)')
    },
    600_000,
  )

  it.skipIf(NO_PCP !== undefined)('H 3: PCP’s agent, as Debian has it, sees what query says', () => {
    // it sets persistence and accounting when it starts, and goes on without
    const run = host.exec(pcpCommand(host.home), { options: ['--still', '--read-only'] })
    const metrics = pcpMetrics(run.stdout)
    const column = (name: string) => metrics.get(name) ?? []
    const fields =
      'index,name,uuid,temperature.gpu,pstate,utilization.gpu,utilization.memory,memory.total,memory.free,power.draw'
    const rows = [0, 1].map((gpu) =>
      [
        column('gpuid')[gpu],
        column('cardname')[gpu],
        column('carduuid')[gpu],
        column('temperature')[gpu],
        `P${column('perfstate')[gpu]}`,
        column('gpuactive')[gpu],
        column('memactive')[gpu],
        Number(column('memtotal')[gpu]) / MIB,
        Number(column('memfree')[gpu]) / MIB,
        (Number(column('power')[gpu]) / 1000).toFixed(2),
      ].map(String),
    )
    expect(rows).toEqual(csv(`--gpu=${fields}`))
    expect(column('numcards')).toEqual(['2'])
    // a VM is a compute and a graphics process
    expect(column('nprocs')).toEqual(['8', '8'])
    const pids = csv('--vgpu=vm.pid').map(([pid]) => pid)
    expect(run.stdout.match(/(?<=^nvidia\.proc\.memused\n(?: {4}inst.*\n)*) {4}inst.*::(\d+)/gm)?.length).toBe(
      pids.length,
    )
  })

  function sameVgpus(gpu: SeenGpu): void {
    const fields =
      'vgpu_id,uuid,vm.uuid,type.id,memory.used,guest.driver_version,guest.pci.bus_id,utilization.gpu,utilization.memory'
    const rows = gpu.active.map((vgpu, i) => [
      vgpu.id,
      vgpu.uuid,
      vgpu.vm,
      vgpu.type,
      vgpu.used / MIB,
      vgpu.driver,
      vgpu.address,
      gpu.samples[i]?.sm,
      gpu.samples[i]?.mem,
    ])
    expect(rows).toHaveLength(4)
    expect(rows.map((row) => row.map(String))).toEqual(csv(`--vgpu=${fields} -i ${gpu.index}`))
    expect(gpu.processes).toHaveLength(4)
  }

  function sameTypes(gpus: readonly SeenGpu[]): void {
    const known = new Map(csv('--types=id,name,memory.total,display.heads').map((type) => [type[0], type]))
    for (const gpu of gpus) {
      expect(gpu.supported.length).toBeGreaterThan(20)
      const seen = gpu.supported.map(({ id, name, framebuffer, heads }) =>
        [id, name, framebuffer / MIB, heads].map(String),
      )
      expect(seen).toEqual(gpu.supported.map(({ id }) => known.get(String(id))))
    }
  }
})
