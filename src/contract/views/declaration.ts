import { FACE_NAMES, PROFILE_NAMES } from '../state/host.ts'
import type { JsonSchema } from './schema.ts'

const SWITCH = { enum: [true, false, 'on', 'off'] }
const WORD = { type: ['string', 'integer'] }
const SLOT = { type: 'integer', minimum: 0 }
const UUID = { type: 'string', pattern: '^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$' }
const NAME = { type: 'string', minLength: 1, maxLength: 64 }
const POLICY = { enum: ['best-effort', 'equal-share', 'fixed-share'] }

const ATTRS = {
  type: 'array',
  description: 'attributes written to the device, in order',
  items: { type: 'object', minProperties: 1, maxProperties: 1, additionalProperties: WORD },
}

const IDENTITY = {
  uuid: UUID,
  name: NAME,
  type: { ...WORD, description: 'name, number or nvidia-NUMBER' },
  gpu: { ...WORD, description: 'index, address or UUID' },
  vf: { ...WORD, description: 'address, GPU/index, or index where the GPU is known' },
  placement: { ...SLOT, description: 'first slot' },
}

const VGPU = closed(
  {
    ...IDENTITY,
    gpuInstance: {
      type: 'integer',
      minimum: 0,
      maximum: 14,
      description: 'id of the GPU instance of a MIG-backed type',
    },
    state: { enum: ['running', 'configured', 'paused'], default: 'running' },
    vm: NAME,
    vmUuid: { ...UUID, description: 'of the VM; else it follows from its name' },
    guestOs: NAME,
    policy: { enum: ['closes', 'ignores'] },
    tcc: SWITCH,
    attrs: ATTRS,
    count: {
      type: 'integer',
      minimum: 0,
      maximum: 65_536,
      default: 1,
      description: 'as many alike; {n} in their name and vm is the number of each, from 1',
    },
  },
  ['type'],
)

const SCHEDULER = {
  oneOf: [
    POLICY,
    closed(
      {
        policy: POLICY,
        arr: SWITCH,
        frequency: { type: 'integer', minimum: 63, maximum: 960, description: 'Hz' },
        averaging: { type: 'integer', minimum: 1, maximum: 60 },
        timeSlice: { type: 'integer', minimum: 1, maximum: 30, description: 'ms' },
      },
      ['policy'],
    ),
  ],
}

const COMPUTE_INSTANCE = { oneOf: [WORD, closed({ profile: WORD, start: SLOT }, ['profile'])] }

const GPU_INSTANCE = {
  oneOf: [
    WORD,
    closed(
      {
        profile: { ...WORD, description: 'name or id, as nvgpu mig profiles prints them' },
        start: { ...SLOT, description: 'first slot; else any that leaves room for the others' },
        computeInstances: {
          type: 'array',
          items: COMPUTE_INSTANCE,
          description: 'all of them; a new GPU instance has by default the one that takes all of it',
        },
        mode: { enum: ['homogeneous', 'heterogeneous'], description: 'where vGPUs take turns' },
        count: { type: 'integer', minimum: 0, maximum: 64, default: 1 },
      },
      ['profile'],
    ),
  ],
}

const MIB = { type: ['integer', 'string'], pattern: '^\\d{1,9}\\s*([mM]|[mM]i[bB]|[gG]|[gG]i[bB])?$' }

const FIGURES = closed(
  {
    framebuffer: { ...MIB, description: 'MiB, or with a unit: Total of nvidia-smi -q' },
    bar1: { ...MIB, description: 'Region 1 of the PF in lspci -v' },
    vfBar1: { ...MIB, description: 'Region 1 of a VF' },
    vmmuSegment: { ...MIB, description: 'VMMU segment in the driver log' },
    vfs: {
      type: 'integer',
      minimum: 1,
      maximum: 65_535,
      description: 'sriov_totalvfs, if the list of boards lacks it',
    },
  },
  ['framebuffer', 'bar1', 'vfBar1', 'vmmuSegment'],
)

const GPU = closed(
  {
    gpu: { ...WORD, description: 'index, address, UUID, or all' },
    vfs: { type: 'integer', minimum: 0, maximum: 65_535 },
    autoprobe: SWITCH,
    ecc: SWITCH,
    eccAfterReset: SWITCH,
    mig: SWITCH,
    migAfterReset: SWITCH,
    migTimeSlicing: { ...SWITCH, description: 'turns of vGPUs on GPU instances, on chips that have them' },
    gpuInstances: { type: 'array', items: GPU_INSTANCE, description: 'every GPU instance; they switch MIG on' },
    mode: { enum: ['homogeneous', 'heterogeneous'] },
    scheduler: SCHEDULER,
    persist: { ...SWITCH, description: 'the next boot sets VFs, mode and scheduler as they are' },
    vgpus: { type: 'array', items: VGPU, description: 'every vGPU of the GPU' },
  },
  ['gpu'],
)

/** Input of apply. A missing part stays unchanged; a list of vGPUs or definitions is complete. */
export const declaration: JsonSchema = closed(
  {
    schema: { const: 1 },
    kind: { const: 'declaration' },
    host: closed(
      {
        profile: { enum: [...PROFILE_NAMES] },
        face: { enum: [...FACE_NAMES] },
        boards: {
          type: 'array',
          items: closed(
            { board: WORD, count: { type: 'integer', minimum: 1, maximum: 1024, default: 1 }, figures: FIGURES },
            ['board'],
          ),
        },
        vgpuSupport: SWITCH,
        registryDwords: { type: 'string' },
      },
      [],
    ),
    types: {
      type: 'array',
      items: {
        type: 'object',
        description: 'a type file, a record as export prints it, or the members of NVA081_CTRL_VGPU_INFO',
        properties: {
          file: { type: 'string' },
          record: { type: 'string', pattern: '^[0-9a-f]+:[0-9a-f]+( [0-9a-f]+:[0-9a-f]+)*$' },
        },
      },
    },
    gpus: { type: 'array', items: GPU },
    vgpus: { type: 'array', items: VGPU, description: 'every vGPU of the host, with those of gpus' },
    definitions: {
      type: 'array',
      description: 'every definition of the host',
      items: {
        ...closed({ ...IDENTITY, start: { enum: ['auto', 'manual'], default: 'manual' }, attrs: ATTRS }, ['type']),
        anyOf: [{ required: ['uuid'] }, { required: ['name'] }],
      },
    },
  },
  [],
)

function closed(properties: JsonSchema, required: readonly string[]) {
  return { type: 'object', properties, required, additionalProperties: false }
}
