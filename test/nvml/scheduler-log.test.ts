import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Host } from './library.ts'

const FIELDS = 'timestamp,time_run_total,time_run,sw_runlist_id,target_time_slice,cumulative_preemption_time'
const MEMBERS = ['timestamp', 'timeRunTotal', 'timeRun', 'swRunlistId', 'targetTimeSlice', 'cumulativePreemptionTime']

type Log = { entriesCount: number; schedulerPolicy: number; logEntries: Record<string, number>[] }

describe('the log of a scheduler', () => {
  const host = new Host()
  beforeAll(() =>
    host.host(
      'host init --gpus 2 --force',
      'gpu scheduler equal-share --gpu 0',
      'vf enable 4 --gpu 0',
      'vgpu create --type L40-4Q --gpu 0 --count 3',
      'host advance 30s',
      'host advance 700ms',
    ),
  )
  afterAll(() => host.dispose())

  it('H 1: is the same in NVML, smi and query', () => {
    const [old, renewed] = host
      .calls([
        ['nvmlDeviceGetVgpuSchedulerLog', '$gpu0', { struct: 'nvmlVgpuSchedulerLog_t' }],
        [
          'nvmlDeviceGetVgpuSchedulerLog_v2',
          '$gpu0',
          { struct: 'nvmlVgpuSchedulerLogInfo_v2_t', set: { engineId: 1 } },
        ],
      ])
      .map(([code, log]) => {
        expect(code).toBe(0)
        return log as Log
      })
    const rows = (log: Log | undefined) =>
      (log?.logEntries ?? [])
        .slice(0, log?.entriesCount)
        .map((entry) => MEMBERS.map((member) => entry[member]).join(', '))
    const nvml = rows(old)
    expect(nvml).toHaveLength(200)
    expect(rows(renewed)).toEqual(nvml)
    const csv = '--format=csv,noheader,nounits'
    expect(host.host(`query --scheduler-log=${FIELDS} ${csv}`).trim().split('\n')).toEqual(nvml)
    expect(host.host(`smi vgpu --query-vgpu-scheduler-logs=${FIELDS} ${csv}`).trim().split('\n')).toEqual(nvml)
    const box = host.host('watch --count 1 smi vgpu -sl').trim().split('\n')
    expect(new Set(box.map((line) => line.length))).toEqual(new Set([107]))
    const shown = box.flatMap((line) => (/^\|[ \d]+\|$/.test(line) ? [line.match(/\d+/g) ?? []] : []))
    expect(
      shown.map(([gfid, at, total, ran, target, preempted]) => [at, total, ran, gfid, target, preempted].join(', ')),
    ).toEqual(nvml)
    expect(box.filter((line) => line.includes('No entries'))).toHaveLength(1)
  })

  it('H 1: lists its properties, in smi as in query', () => {
    const help = host.host('smi vgpu --help-vgpu-query-scheduler-logs')
    for (const field of FIELDS.split(',')) expect(help).toContain(`"${field}"\n`)
    expect(host.sh('nvgpu smi vgpu --query-vgpu-scheduler-logs=nothing --format=csv')).toMatchObject({
      status: 2,
      stdout: 'Field "nothing" is not a valid field to query.\n\n',
    })
  })
})
