import { jsonSchemaOf } from '../json-schema.ts'
import { HOST as STATE } from '../state/host.ts'
import { BOARD, BOARD_FIT, BOARD_TYPE } from './board.ts'
import { BATCH_LINE, CHANGE_LINE, DIFFERENCE, FINDING, HISTORY_LINE, PROPERTIES, REPEATED, STEP } from './change.ts'
import { declaration } from './declaration.ts'
import { EXPLANATION } from './explanation.ts'
import { FLEET_CAPACITY, FLEET_FIT, FLEET_PART, FLEET_SIMULATION, FLEET_WHAT_IF } from './fleet.ts'
import { fleetFile } from './fleet-file.ts'
import { GPU, RANGE_MAP, VF } from './gpu.ts'
import { BOOT_STEP, EVENT, FIELD, GSP_OBJECT, GSP_PLUGIN, KERNEL_LOG_LINE, STRUCT, TASK_LOG_LINE } from './gsp.ts'
import { FACE_CHANGE, FAULT, FAULT_POINT, HOST, OVERVIEW } from './host.ts'
import { GPU_INSTANCE, GPU_INSTANCE_PROFILE, MIG_MODE } from './mig.ts'
import { MIGRATION } from './migration.ts'
import { NVML_FUNCTION, NVML_LIBRARY } from './nvml.ts'
import { CAPACITY, FIT, MOVE, WHAT_IF } from './plan.ts'
import { RUN_CHECK } from './run.ts'
import type { JsonSchema } from './schema.ts'
import { GPU_STATS, METRIC, VGPU_SAMPLE, VGPU_STATS } from './stats.ts'
import { SYSFS_ENTRY, SYSFS_TREE, SYSFS_WRITE } from './sysfs.ts'
import { TYPE } from './type.ts'
import { VERSIONS } from './version.ts'
import { VFIO_ACCESS, VFIO_CONFIG, VFIO_DEVICE, VFIO_MAPPING, VFIO_REGION } from './vfio.ts'
import { VGPU } from './vgpu.ts'

/** Items of each kind of document of -o json, in order of use. */
const ITEMS: Readonly<Record<string, { readonly json: JsonSchema }>> = {
  overview: OVERVIEW,
  versions: VERSIONS,
  hosts: HOST,
  faceChanges: FACE_CHANGE,
  gpus: GPU,
  migModes: MIG_MODE,
  gpuInstances: GPU_INSTANCE,
  gpuInstanceProfiles: GPU_INSTANCE_PROFILE,
  vfs: VF,
  types: TYPE,
  boards: BOARD,
  boardTypes: BOARD_TYPE,
  boardFits: BOARD_FIT,
  vgpus: VGPU,
  migrations: MIGRATION,
  vfioDevices: VFIO_DEVICE,
  vfioRegions: VFIO_REGION,
  vfioConfigs: VFIO_CONFIG,
  vfioAccesses: VFIO_ACCESS,
  vfioMappings: VFIO_MAPPING,
  sysfsEntries: SYSFS_ENTRY,
  sysfsWrites: SYSFS_WRITE,
  sysfsTrees: SYSFS_TREE,
  runChecks: RUN_CHECK,
  steps: STEP,
  differences: DIFFERENCE,
  chidMaps: RANGE_MAP,
  fbMaps: RANGE_MAP,
  bar1Maps: RANGE_MAP,
  placementMaps: RANGE_MAP,
  instanceMaps: RANGE_MAP,
  topology: OVERVIEW,
  gspObjects: GSP_OBJECT,
  gspPlugins: GSP_PLUGIN,
  taskLog: TASK_LOG_LINE,
  fields: FIELD,
  structs: STRUCT,
  bootSteps: BOOT_STEP,
  kernelLog: KERNEL_LOG_LINE,
  events: EVENT,
  faults: FAULT,
  faultPoints: FAULT_POINT,
  history: HISTORY_LINE,
  changes: CHANGE_LINE,
  findings: FINDING,
  repeatedOperations: REPEATED,
  batchLines: BATCH_LINE,
  capacity: CAPACITY,
  fit: FIT,
  moves: MOVE,
  whatif: WHAT_IF,
  fleetParts: FLEET_PART,
  fleetCapacity: FLEET_CAPACITY,
  fleetFit: FLEET_FIT,
  fleetWhatif: FLEET_WHAT_IF,
  fleetSimulations: FLEET_SIMULATION,
  gpuProperties: PROPERTIES,
  vgpuProperties: PROPERTIES,
  vfProperties: PROPERTIES,
  typeProperties: PROPERTIES,
  schedulerTurnProperties: PROPERTIES,
  gpuStats: GPU_STATS,
  vgpuStats: VGPU_STATS,
  vgpuSamples: VGPU_SAMPLE,
  metrics: METRIC,
  explanations: EXPLANATION,
  nvmlFunctions: NVML_FUNCTION,
  nvmlLibraries: NVML_LIBRARY,
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
        host: HOST.json,
        gpus: { type: 'array', items: GPU.json },
        vfs: { type: 'array', items: VF.json },
        vgpus: { type: 'array', items: VGPU.json },
      },
      required: ['schema', 'kind', 'host', 'gpus', 'vfs', 'vgpus'],
      additionalProperties: false,
    },
  },
  declaration: { title: 'what nvgpu apply, diff and assert take, and nvgpu export prints', json: declaration },
  fleet: { title: 'a fleet file, which nvgpu fleet init writes', json: fleetFile },
  hostExport: { title: 'what nvgpu host export prints and nvgpu host import takes', json: jsonSchemaOf(STATE) },
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
