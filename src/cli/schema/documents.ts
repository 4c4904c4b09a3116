import { jsonSchemaOf } from '../../contract/json-schema.ts'
import { HOST } from '../../contract/state/host.ts'
import * as board from './board.ts'
import type { JsonSchema } from './build.ts'
import { declaration } from './declaration.ts'
import * as gpu from './gpu.ts'
import * as host from './host.ts'
import * as nvml from './nvml.ts'
import * as vfio from './vfio.ts'
import * as vgpu from './vgpu.ts'

/** Items of each kind of document of -o json, in order of use. */
const ITEMS: Readonly<Record<string, { readonly json: JsonSchema }>> = {
  overview: host.overview,
  hosts: host.host,
  gpus: gpu.gpu,
  vfs: gpu.vf,
  types: vgpu.type,
  boards: board.board,
  boardTypes: board.boardType,
  boardFits: board.boardFit,
  vgpus: vgpu.vgpu,
  migrations: vgpu.migration,
  vfioDevices: vfio.device,
  vfioRegions: vfio.vfioRegion,
  vfioConfigs: vfio.config,
  vfioAccesses: vfio.access,
  vfioMappings: vfio.mapping,
  sysfsEntries: vfio.sysfsEntry,
  sysfsWrites: vfio.sysfsWrite,
  sysfsTrees: vfio.sysfsTree,
  runChecks: vfio.runCheck,
  steps: host.step,
  differences: host.difference,
  chidMaps: gpu.rangeMap,
  fbMaps: gpu.rangeMap,
  bar1Maps: gpu.rangeMap,
  gspObjects: gpu.gspObject,
  gspPlugins: gpu.gspPlugin,
  taskLog: gpu.taskLogLine,
  fields: host.field,
  structs: host.struct,
  bootSteps: host.bootStep,
  kernelLog: host.kernelLogLine,
  events: host.event,
  faults: host.fault,
  faultPoints: host.faultPoint,
  history: host.historyLine,
  changes: host.changeLine,
  findings: host.finding,
  repeatedOperations: host.repeated,
  batchLines: host.batchLine,
  capacity: gpu.capacity,
  fit: vgpu.fit,
  whatif: vgpu.whatIf,
  gpuProperties: host.properties,
  vgpuProperties: host.properties,
  vfProperties: host.properties,
  typeProperties: host.properties,
  gpuStats: gpu.gpuStats,
  vgpuStats: vgpu.vgpuStats,
  vgpuSamples: vgpu.vgpuSample,
  metrics: host.metric,
  explanations: host.explanation,
  nvmlFunctions: nvml.nvmlFunction,
  nvmlLibraries: nvml.nvmlLibrary,
  schemas: {
    json: {
      type: 'object',
      properties: { kind: { type: 'string' }, title: { type: 'string' } },
      required: ['kind', 'title'],
      additionalProperties: false,
    },
  },
}

/** Documents of another shape. */
const OTHERS: Readonly<Record<string, { readonly title: string; readonly json: JsonSchema }>> = {
  facts: {
    title: 'what nvgpu export facts prints',
    json: {
      type: 'object',
      properties: {
        schema: { const: 1 },
        kind: { const: 'facts' },
        host: host.host.json,
        gpus: { type: 'array', items: gpu.gpu.json },
        vfs: { type: 'array', items: gpu.vf.json },
        vgpus: { type: 'array', items: vgpu.vgpu.json },
      },
      required: ['schema', 'kind', 'host', 'gpus', 'vfs', 'vgpus'],
      additionalProperties: false,
    },
  },
  declaration: { title: 'what nvgpu apply, diff and assert take, and nvgpu export prints', json: declaration },
  hostExport: { title: 'what nvgpu host export prints and nvgpu host import takes', json: jsonSchemaOf(HOST) },
  error: {
    title: 'what a refused command prints on standard error with -o json',
    json: {
      type: 'object',
      properties: {
        schema: { const: 1 },
        kind: { const: 'error' },
        code: { type: 'string', description: 'stable; nvgpu explain CODE' },
        errno: { type: 'string', pattern: '^E[A-Z0-9]+$' },
        at: { type: 'string' },
        object: { type: 'string' },
        message: { type: 'string' },
        hint: { type: 'string' },
        status: { type: 'integer', description: 'exit status' },
      },
      required: ['schema', 'kind', 'code', 'message', 'status'],
      additionalProperties: false,
    },
  },
}

export const SCHEMA_KINDS: readonly string[] = [...Object.keys(ITEMS), ...Object.keys(OTHERS)]

/** The schema of a kind of document; undefined for an unknown kind. */
export function schemaOf(kind: string): JsonSchema | undefined {
  const other = Object.hasOwn(OTHERS, kind) ? OTHERS[kind] : undefined
  const json = other?.json ?? (Object.hasOwn(ITEMS, kind) ? documentOf(kind, ITEMS[kind]?.json ?? {}) : undefined)
  if (json === undefined) return undefined
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:nvgpu:schema:1:${kind}`,
    title: titleOf(kind),
    ...json,
  }
}

export function titleOf(kind: string): string {
  return OTHERS[kind]?.title ?? `nvgpu's document of ${kind}`
}

/** One shape whatever the count; changing verbs add whether they changed something. */
function documentOf(kind: string, item: JsonSchema): JsonSchema {
  return {
    type: 'object',
    properties: {
      schema: { const: 1 },
      kind: { const: kind },
      items: { type: 'array', items: item },
      changed: { type: 'boolean' },
      warnings: { type: 'array', items: { type: 'string' } },
      dryRun: { const: true },
    },
    required: ['schema', 'kind', 'items'],
    dependentRequired: { changed: ['warnings'], warnings: ['changed'], dryRun: ['changed'] },
    additionalProperties: false,
  }
}
