import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Host, type Words } from './library.ts'

const int = { out: 'unsigned int' }
const long = { out: 'unsigned long long' }
const struct = (name: string, set: object = {}) => ({ struct: name, set })
const MIB = 1_048_576

/** Verbs that a random host takes or refuses; what it refuses changes nothing. */
const VERBS = [
  'vgpu create --type L40-4Q --gpu 0',
  'vgpu create --type L40-8Q --gpu 1',
  'vgpu create --type L40-4Q --gpu 0 --no-start',
  'vgpu destroy --all --gpu 0',
  'vgpu stop --all --gpu 1',
  'vgpu start --all --gpu 1',
  'gpu scheduler equal-share --gpu 0',
  'gpu scheduler fixed-share --gpu 1',
  'gpu mode heterogeneous --gpu 1',
  'gpu ecc on --gpu 0',
  'gpu reset 0',
  'gpu persistence off --gpu 0',
  'gpu compute-mode prohibited --gpu 1',
  'gpu accounting on --gpu 0',
  'host advance 7s',
]
const POLICIES = ['', 'best-effort', 'equal-share', 'fixed-share']
const COMPUTE = ['Default', '', 'Prohibited', 'Exclusive_Process']
const FIELDS =
  'memory.total,memory.used,memory.free,utilization.gpu,utilization.memory,pstate,temperature.gpu,power.draw,clocks.sm,persistence_mode,compute_mode,accounting.mode,ecc.mode.current,ecc.mode.pending,encoder.stats.sessionCount'

/** The facts of a GPU as NVML has them. */
function ofNvml(host: Host, gpu: number) {
  const handle = `$gpu${gpu}`
  const calls: Words[] = [
    ['nvmlDeviceGetMemoryInfo_v2', handle, struct('nvmlMemory_v2_t', { version: 0x0200_0028 })],
    ['nvmlDeviceGetUtilizationRates', handle, struct('nvmlUtilization_t')],
    ['nvmlDeviceGetPerformanceState', handle, int],
    ['nvmlDeviceGetTemperature', handle, 0, int],
    ['nvmlDeviceGetPowerUsage', handle, int],
    ['nvmlDeviceGetClockInfo', handle, 1, int],
    ['nvmlDeviceGetPersistenceMode', handle, int],
    ['nvmlDeviceGetComputeMode', handle, int],
    ['nvmlDeviceGetAccountingMode', handle, int],
    ['nvmlDeviceGetEccMode', handle, int, int],
    ['nvmlDeviceGetEncoderStats', handle, int, int, int],
    ['nvmlDeviceGetVgpuSchedulerState', handle, struct('nvmlVgpuSchedulerGetState_t')],
    ['nvmlDeviceGetActiveVgpus', handle, { out: 'unsigned int', set: 32 }, { array: 'unsigned int', n: 32 }],
  ]
  const [
    memory,
    use,
    pstate,
    degrees,
    watts,
    clock,
    persistence,
    compute,
    accounting,
    ecc,
    encoder,
    scheduler,
    active,
  ] = host.calls(calls).map(([, ...values]) => values as (number & Record<string, number> & number[])[])
  const onOff = (value: unknown) => (value === 1 ? 'Enabled' : 'Disabled')
  const count = Number(active?.[0])
  return {
    ids: Array.from({ length: count }, (_, i) => Number(active?.[1]?.[i])),
    policy: POLICIES[Number(scheduler?.[0]?.schedulerPolicy)],
    row: [
      ...['total', 'used', 'free'].map((key) => String(Number(memory?.[0]?.[key]) / MIB)),
      String(use?.[0]?.gpu),
      String(use?.[0]?.memory),
      `P${pstate?.[0]}`,
      String(degrees?.[0]),
      (Number(watts?.[0]) / 1000).toFixed(2),
      String(clock?.[0]),
      onOff(persistence?.[0]),
      COMPUTE[Number(compute?.[0])],
      onOff(accounting?.[0]),
      onOff(ecc?.[0]),
      onOff(ecc?.[1]),
      String(encoder?.[0]),
    ],
  }
}

describe('one truth', () => {
  it('H 2: NVML, query, smi, metrics, gpu show and sysfs agree after any verbs', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...VERBS), { minLength: 3, maxLength: 8 }), (verbs) => {
        const host = new Host()
        host.host('host init --gpus 2 --force', 'vf enable 8 --gpu 0', 'vf enable 8 --gpu 1')
        host.sh(verbs.map((verb) => `nvgpu ${verb}`).join('; '))
        const queried = host.host(`query --gpu=${FIELDS} --format=csv,noheader,nounits`).trim().split('\n')
        const smi = host.host(`smi --query-gpu=${FIELDS} --format=csv,noheader,nounits`).trim().split('\n')
        const metrics = host.host('metrics')
        const shown = JSON.parse(host.host('gpu show -o json')).items
        for (const gpu of [0, 1]) {
          const nvml = ofNvml(host, gpu)
          expect(nvml.row.join(', '), verbs.join('; ')).toBe(queried[gpu])
          expect(smi[gpu]).toBe(queried[gpu])
          expect(nvml.policy).toBe(shown[gpu].scheduler.policy)
          const open = [...metrics.matchAll(/^nvgpu_gpu_vgpus\{gpu="(\d)",.*state="(\w+)"\} (\d+)$/gm)]
            .filter(([, index, state]) => Number(index) === gpu && state !== 'configured')
            .map(([, , , count]) => Number(count))
          expect(open).toHaveLength(4)
          expect(nvml.ids.length).toBe(open.reduce((sum, count) => sum + count, 0))
          sameVgpus(host, gpu, nvml.ids)
        }
        host.dispose()
      }),
      { numRuns: 4, seed: 13 },
    )
  }, 240_000)
})

/** Ids, UUIDs, types and memory of the running vGPUs: as `query` has them, and as the VF's file in sysfs. */
function sameVgpus(host: Host, gpu: number, ids: readonly number[]): void {
  const lines = host.host(
    `query --vgpu=vgpu_id,uuid,type.id,memory.used,vf.bus_id -i ${gpu} --format=csv,noheader,nounits`,
  )
  const rows = lines.split('\n').flatMap((line) => (/^\d/.test(line) ? [line.split(', ')] : []))
  expect(rows.map(([id]) => Number(id))).toEqual(ids)
  const calls = ids.flatMap((id): Words[] => [
    ['nvmlVgpuInstanceGetUUID', id, { text: 80 }, 80],
    ['nvmlVgpuInstanceGetType', id, int],
    ['nvmlVgpuInstanceGetFbUsage', id, long],
  ])
  const answers = calls.length === 0 ? [] : host.calls(calls)
  for (const [i, [, uuid, type, used, vf]] of rows.entries()) {
    expect(answers[3 * i]).toEqual([0, uuid])
    expect(answers[3 * i + 1]).toEqual([0, Number(type)])
    expect(answers[3 * i + 2]).toEqual([0, Number(used) * MIB])
    expect(host.host(`sysfs cat ${vf}/nvidia/current_vgpu_type`).trim()).toBe(type)
  }
}
