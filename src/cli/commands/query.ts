import { given } from '../../app/given.ts'
import { readHost } from '../../app/transaction.ts'
import { usageError } from '../../app/usage.ts'
import { configured, gpuIndices } from '../../engine/select.ts'
import { smiView } from '../../engine/smi/facts.ts'
import { typeViews } from '../../engine/views/type.ts'
import { vfViews } from '../../engine/views/vf.ts'
import { vgpuViews } from '../../engine/views/vgpu.ts'
import { nearestWords } from '../../errors/nearest-words.ts'
import type { Answer } from '../../render/answer.ts'
import { drawFieldHelp, drawQueryCsv, fieldValue, findField, type QueryField } from '../../render/query/field.ts'
import { gpuFields } from '../../render/query/gpu-fields.ts'
import { queryView } from '../../render/query/query-view.ts'
import { SCHEDULER_FIELDS, turnsOf } from '../../render/query/scheduler-fields.ts'
import { TYPE_FIELDS } from '../../render/query/type-fields.ts'
import { VF_FIELDS } from '../../render/query/vf-fields.ts'
import { VGPU_FIELDS } from '../../render/query/vgpu-fields.ts'
import { styleOfDriver } from '../../render/smi/style.ts'
import type { Context } from '../context.ts'
import { GPU_OPTION } from '../selectors.ts'
import { parseFormat, unknownField } from '../smi/query.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'

const FIELDS = { value: 'FIELDS' } as const

export const query: NounSpec = {
  name: 'query',
  verbs: [
    verb({
      name: '',
      summary: 'properties by name of GPUs, vGPUs, VFs, types or turns of a scheduler; those of GPUs as in nvidia-smi',
      examples: [
        'query --gpu=index,name,memory.used,utilization.gpu',
        'query --vgpu=uuid,type,memory.total --format=csv,noheader,nounits',
        'query --vf=bus_id,driver,vgpu -i 0 --format=json',
        'query --types=id,name,creatable -o table',
        'query --scheduler-log=timestamp,sw_runlist_id,time_run -i 0',
        'query --help-query-vgpu',
      ],
      options: {
        gpu: { ...FIELDS, summary: 'comma-separated properties of GPUs' },
        vgpu: { ...FIELDS, summary: 'properties of vGPUs' },
        vf: { ...FIELDS, summary: 'properties of virtual functions' },
        types: { ...FIELDS, summary: 'properties of vGPU types' },
        schedulerLog: { ...FIELDS, summary: 'properties of the last turns of vGPUs, a line each' },
        format: {
          value: 'FORMAT',
          summary: 'json, yaml, or csv as nvidia-smi prints it, with optional ,noheader and ,nounits; default csv',
        },
        id: { ...GPU_OPTION },
        helpQueryGpu: { summary: 'the properties of GPUs' },
        helpQueryVgpu: { summary: 'the properties of vGPUs' },
        helpQueryVf: { summary: 'the properties of virtual functions' },
        helpQueryTypes: { summary: 'the properties of vGPU types' },
        helpQuerySchedulerLog: { summary: 'the properties of a turn' },
      },
      args: {},
      changes: false,
      async run(context, { options }) {
        const help = (
          [
            [options.helpQueryGpu, gpuFields(), '--gpu'],
            [options.helpQueryVgpu, VGPU_FIELDS, '--vgpu'],
            [options.helpQueryVf, VF_FIELDS, '--vf'],
            [options.helpQueryTypes, TYPE_FIELDS, '--types'],
            [options.helpQuerySchedulerLog, SCHEDULER_FIELDS, '--scheduler-log'],
          ] as const
        ).find(([asked]) => asked)
        if (help !== undefined) return { text: drawFieldHelp<never>(help[1], help[2]) }
        const { gpu, vgpu, vf, types, schedulerLog } = options
        const asked = [gpu, vgpu, vf, types, schedulerLog].filter((names) => names !== undefined)
        if (asked.length !== 1) {
          throw usageError('a query is for one of --gpu, --vgpu, --vf, --types and --scheduler-log', {
            hint: 'nvgpu query --gpu=index,name,memory.used',
          })
        }
        return ask(context, options)
      },
    }),
  ],
}

interface Asked {
  gpu?: string | undefined
  vgpu?: string | undefined
  vf?: string | undefined
  types?: string | undefined
  schedulerLog?: string | undefined
  format?: string | undefined
  id?: string | undefined
}

/** Field names are checked before the host is read. */
async function ask(context: Context, { gpu, vgpu, vf, types, schedulerLog, format, id }: Asked): Promise<Answer> {
  const after = context.io.elapsed ?? 0
  if (gpu !== undefined) {
    const fields = named(gpuFields(), gpu, 'gpu')
    const now = context.io.now()
    const items = await readHost(context, (state) => {
      const host = smiView(state, gpuIndices(state, id), after)
      return host.gpus.map((each) => ({ host, gpu: each, now, style: styleOfDriver(host.driverVersion) }))
    })
    return answer(context, 'gpuProperties', fields, items, format)
  }
  if (vgpu !== undefined) {
    const fields = named(VGPU_FIELDS, vgpu, 'vgpu')
    const items = await readHost(context, (state) => {
      const running = new Map(
        smiView(state, gpuIndices(state, id), after).gpus.flatMap((each) => each.vgpus.map((smi) => [smi.uuid, smi])),
      )
      const views = configured(state, id).length === 0 ? [] : vgpuViews(state, id)
      return views.map((view) => ({ vgpu: view, smi: running.get(view.uuid) ?? null }))
    })
    return answer(context, 'vgpuProperties', fields, items, format)
  }
  if (vf !== undefined) {
    const fields = named(VF_FIELDS, vf, 'vf')
    return answer(context, 'vfProperties', fields, await readHost(context, (state) => vfViews(state, id)), format)
  }
  if (schedulerLog !== undefined) {
    const fields = named(SCHEDULER_FIELDS, schedulerLog, 'scheduler-log')
    const gpus = await readHost(context, (state) => smiView(state, gpuIndices(state, id), after).gpus)
    return answer(context, 'schedulerTurnProperties', fields, turnsOf(gpus), format)
  }
  const fields = named(TYPE_FIELDS, types ?? '', 'types')
  const filter = given({ gpu: id })
  const items = await readHost(context, (state) => typeViews(state, filter))
  return answer(context, 'typeProperties', fields, items, format)
}

function answer<T>(
  context: Context,
  kind: string,
  fields: readonly QueryField<T>[],
  items: readonly T[],
  format: string | undefined,
): Answer {
  const { settings } = context
  const csv = format === undefined ? null : parseFormat(format)
  if (csv !== null) return { raw: drawQueryCsv(fields, items, csv) }
  if (format !== undefined && format !== 'json' && format !== 'yaml') {
    throw usageError('Format modifier is not recognized.', { hint: 'nvgpu query --gpu=name --format=csv,noheader' })
  }
  if (format === undefined && !settings.formatGiven) {
    return { raw: drawQueryCsv(fields, items, settings) }
  }
  const records = items.map((item) => Object.fromEntries(fields.map((field) => [field.name, fieldValue(field, item)])))
  const view = queryView(kind, fields)
  return { view, items: records, ...given({ format }) }
}

function named<T>(known: readonly QueryField<T>[], names: string, kind: string): QueryField<T>[] {
  return names.split(',').map((word) => {
    const name = word.trim()
    const field = findField(known, name)
    if (field !== undefined) return field
    const all = known.flatMap((each) => [each.name, ...each.aliases])
    throw usageError(`${unknownField(name)}${nearestWords(name, all).replace('; n', ' N')}`, {
      hint: `nvgpu query --help-query-${kind}`,
    })
  })
}
