import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Host, type Words } from './library.ts'

const struct = (name: string, set: object) => ({ struct: name, set })

/** A setter, and the command that makes the same change; `{vgpu}` is the id of a running vGPU, `{uuid}` its UUID. */
const PAIRS: readonly (readonly [call: Words, command: string])[] = [
  [['nvmlDeviceSetPersistenceMode', '$gpu0', 0], 'gpu persistence off --gpu 0000:c1:00.0'],
  [['nvmlDeviceSetPersistenceMode', '$gpu0', 1], 'gpu persistence on --gpu 0000:c1:00.0'],
  [['nvmlDeviceSetComputeMode', '$gpu0', 2], 'gpu compute-mode prohibited --gpu 0000:c1:00.0'],
  [['nvmlDeviceSetComputeMode', '$gpu0', 3], 'gpu compute-mode exclusive-process --gpu 0000:c1:00.0'],
  [['nvmlDeviceSetComputeMode', '$gpu0', 0], 'gpu compute-mode default --gpu 0000:c1:00.0'],
  [['nvmlDeviceSetAccountingMode', '$gpu0', 1], 'gpu accounting on --gpu 0000:c1:00.0'],
  [['nvmlDeviceSetAccountingMode', '$gpu0', 0], 'gpu accounting off --gpu 0000:c1:00.0'],
  [['nvmlVgpuInstanceSetEncoderCapacity', '{vgpu}', 40], 'vgpu encoder-capacity {uuid} 40'],
  [['nvmlDeviceSetEccMode', '$gpu1', 1], 'gpu ecc on --gpu 0000:c2:00.0'],
  [['nvmlDeviceSetEccMode', '$gpu1', 0], 'gpu ecc off --gpu 0000:c2:00.0'],
  [
    [
      'nvmlDeviceSetVgpuHeterogeneousMode',
      '$gpu1',
      struct('nvmlVgpuHeterogeneousMode_v1_t', { version: 0x0100_0008, mode: 1 }),
    ],
    'gpu mode heterogeneous --gpu 0000:c2:00.0',
  ],
  [
    [
      'nvmlDeviceSetVgpuHeterogeneousMode',
      '$gpu1',
      struct('nvmlVgpuHeterogeneousMode_v1_t', { version: 0x0100_0008, mode: 0 }),
    ],
    'gpu mode homogeneous --gpu 0000:c2:00.0',
  ],
  [
    [
      'nvmlDeviceSetVgpuSchedulerState',
      '$gpu1',
      struct('nvmlVgpuSchedulerSetState_t', {
        schedulerPolicy: 2,
        enableARRMode: 1,
        schedulerParams: { vgpuSchedData: [5_000_000] },
      }),
    ],
    'gpu scheduler equal-share --gpu 0000:c2:00.0 --arr off --time-slice 5',
  ],
  [
    [
      'nvmlDeviceSetVgpuSchedulerState',
      '$gpu1',
      struct('nvmlVgpuSchedulerSetState_t', {
        schedulerPolicy: 3,
        enableARRMode: 2,
        schedulerParams: { vgpuSchedDataWithARR: [20, 120] },
      }),
    ],
    'gpu scheduler fixed-share --gpu 0000:c2:00.0 --arr on --frequency 120 --averaging 20',
  ],
  [
    [
      'nvmlDeviceSetVgpuSchedulerState_v2',
      '$gpu1',
      struct('nvmlVgpuSchedulerState_v2_t', { engineId: 1, schedulerPolicy: 2, avgFactor: 30, frequency: 240 }),
    ],
    'gpu scheduler equal-share --gpu 0000:c2:00.0 --arr on --frequency 240 --averaging 30',
  ],
  [
    ['nvmlDeviceSetVgpuSchedulerState', '$gpu1', struct('nvmlVgpuSchedulerSetState_t', { schedulerPolicy: 1 })],
    'gpu scheduler best-effort --gpu 0000:c2:00.0',
  ],
]

/** The newest change in a state directory: its command and what it changed, without its time and id. */
function lastChange({ stateDir }: Host): unknown {
  const epochs = readdirSync(stateDir).flatMap((name) => /^log\.(\d+)\.jsonl$/.exec(name)?.[1] ?? [])
  const records = epochs
    .sort((a, b) => Number(a) - Number(b))
    .flatMap((epoch) => readFileSync(`${stateDir}/log.${epoch}.jsonl`, 'utf8').split('\n'))
    .flatMap((line) => (line.includes('{') ? [JSON.parse(line.slice(line.indexOf('{')))] : []))
  // a checkpoint seals its log with a record of its own
  const { c, p } = records.filter((record) => record.c !== undefined).at(-1) ?? {}
  return { c, p }
}

describe('a setter and the command of the same change', () => {
  const byLibrary = new Host()
  const byCommand = new Host()
  let known: Record<string, string | number> = {}
  beforeAll(() => {
    byLibrary.host(
      'host init --gpus 2 --force',
      'vf enable 4 --gpu 0',
      'vf enable 4 --gpu 1',
      'vgpu create --type L40-4Q --gpu 0',
    )
    byCommand.sh(`mkdir -p .local/state && cp -a ${byLibrary.stateDir} .local/state/`)
    const [id, uuid = ''] = byLibrary.host('query --vgpu=vgpu_id,uuid --format=csv,noheader').trim().split(', ')
    known = { '{vgpu}': Number(id), '{uuid}': uuid }
  })
  afterAll(() => {
    byLibrary.dispose()
    byCommand.dispose()
  })

  const filled = (text: string) => text.replace(/\{\w+\}/g, (name) => String(known[name]))

  it.each(PAIRS.map(([call, command]) => ({ command, call })))(
    'H 7: $command: the same record, and the same host',
    ({ command, call }) => {
      const words = call.map((word) => (typeof word === 'string' ? (known[word] ?? word) : word)) as unknown as Words
      expect(byLibrary.calls([words])[0]?.[0]).toBe(0)
      byCommand.host(filled(command))
      expect(lastChange(byLibrary)).toMatchObject({ c: expect.stringContaining(filled(command)) })
      expect(lastChange(byLibrary)).toEqual(lastChange(byCommand))
      expect(byLibrary.host('host export')).toBe(byCommand.host('host export'))
    },
  )
})
