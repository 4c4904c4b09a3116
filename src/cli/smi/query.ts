import type { SmiGpuView, SmiView } from '../../engine/smi/view.ts'
import { ACCOUNTED_FIELDS, accountedProcesses } from '../../render/query/accounted-fields.ts'
import { drawQueryCsv, findField, type QueryField } from '../../render/query/field.ts'
import { gpuFields } from '../../render/query/gpu-fields.ts'
import { OTHER_FIELDS, type OtherQuery, supportedClocks } from '../../render/query/other-fields.ts'
import { processFields } from '../../render/query/process-fields.ts'
import { remappedFields } from '../../render/query/remapped-fields.ts'
import { SCHEDULER_FIELDS, turnsOf } from '../../render/query/scheduler-fields.ts'
import type { Style } from '../../render/smi/style.ts'
import { SMI_STATUS, SmiExit } from './outcome.ts'

/** Format of the CSV: header line and units. Null if nvidia-smi does not know one of the words. */
export function parseFormat(text: string): { header: boolean; units: boolean } | null {
  const words = text.split(',').map((word) => word.trim())
  if (!words.every((word) => ['csv', 'noheader', 'nounits'].includes(word))) return null
  return { header: !words.includes('noheader'), units: !words.includes('nounits') }
}

/** `--query-gpu=…`: a line for each GPU. @throws SmiExit 2 for an unknown field or format */
export function queryGpu(view: SmiView, names: string, format: string, look: { now: Date; style: Style }): string {
  const shape = shapeOf(format)
  const fields = fieldsNamed(gpuFields(), names)
  const items = view.gpus.map((gpu) => ({ host: view, gpu, ...look }))
  return drawQueryCsv(fields, items, shape)
}

/** `--query-compute-apps=…`: a line for each VM and vGPU. */
export function queryProcesses(view: SmiView, names: string, format: string): string {
  const shape = shapeOf(format)
  const fields = fieldsNamed(processFields(), names)
  const items = view.gpus.flatMap((gpu) => gpu.vgpus.map((vgpu) => ({ gpu, vgpu })))
  return drawQueryCsv(fields, items, shape)
}

/** `--query-accounted-apps`, `-retired-pages` and `-supported-clocks`. No process is accounted for and no page is retired. */
export function queryOther(view: SmiView, kind: OtherQuery, names: string, format: string): string {
  const shape = shapeOf(format)
  const fields = fieldsNamed(OTHER_FIELDS[kind], names)
  const rows = kind === 'clocks' ? view.gpus.flatMap(supportedClocks) : []
  return drawQueryCsv(fields, rows, shape)
}

/** `vgpu --query-vgpu-scheduler-logs`: a line for each turn. */
export function queryScheduler(gpus: readonly SmiGpuView[], names: string, format: string): string {
  const shape = shapeOf(format)
  return drawQueryCsv(fieldsNamed(SCHEDULER_FIELDS, names), turnsOf(gpus), shape)
}

/** `--query-remapped-rows`: a line for each GPU. */
export function queryRemapped(view: SmiView, names: string, format: string, look: { now: Date; style: Style }): string {
  const shape = shapeOf(format)
  const items = view.gpus.map((gpu) => ({ host: view, gpu, ...look }))
  return drawQueryCsv(fieldsNamed(remappedFields(), names), items, shape)
}

/** `vgpu --query-accounted-apps`: a line for each accounted process of a guest. */
export function queryAccounted(gpus: readonly SmiGpuView[], names: string, format: string): string {
  const shape = shapeOf(format)
  return drawQueryCsv(fieldsNamed(ACCOUNTED_FIELDS, names), accountedProcesses(gpus), shape)
}

function shapeOf(format: string) {
  const shape = parseFormat(format)
  if (shape === null) throw new SmiExit('Format modifier is not recognized.\n', SMI_STATUS.invalidArgument)
  return shape
}

function fieldsNamed<T>(known: readonly QueryField<T>[], names: string): QueryField<T>[] {
  return names.split(',').map((word) => {
    const name = word.trim()
    const field = findField(known, name)
    if (field === undefined) throw new SmiExit(`${unknownField(name)}\n\n`, SMI_STATUS.invalidArgument)
    return field
  })
}

/** nvidia-smi's sentence. */
export function unknownField(name: string): string {
  return `Field "${name}" is not a valid field to query.`
}
