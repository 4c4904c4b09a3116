import { PROFILE_NAMES } from '../state/host.ts'
import type { JsonSchema } from './schema.ts'

const SWITCH = { enum: [true, false, 'on', 'off'] }
const NAME = {
  type: 'string',
  minLength: 1,
  maxLength: 80,
  description:
    'of one host: lower-case letters, digits, dashes and dots, at most 63; of several: with the number of the first in braces, rack7-{001}',
}

/** A fleet: groups of equal hosts that exist only here, and members with a state of their own. */
export const fleetFile: JsonSchema = closed(
  {
    schema: { const: 1 },
    kind: { const: 'fleet' },
    groups: {
      type: 'array',
      items: {
        ...closed(
          {
            name: NAME,
            hosts: { type: 'integer', minimum: 1, maximum: 10_000_000, default: 1 },
            board: { type: 'string', description: 'board of the catalogue, nvgpu host boards' },
            model: { type: 'string', minLength: 1, maxLength: 64, description: 'a GPU that is in no catalogue' },
            gpus: { type: 'integer', minimum: 0, maximum: 1024, description: 'GPUs in a host' },
            vfs: { type: 'integer', minimum: 0, maximum: 65_535, description: 'enabled on each GPU; default all' },
            profile: {
              enum: [...PROFILE_NAMES],
              description: 'default v2, or vgpu17 for a board that v2 does not support',
            },
            mode: { enum: ['homogeneous', 'heterogeneous'], default: 'homogeneous' },
            ecc: { ...SWITCH, default: 'off' },
            cpuMilli: { type: 'integer', minimum: 0, description: 'thousandths of a processor in a host' },
            memoryMiB: { type: 'integer', minimum: 0, description: 'memory of a host' },
          },
          ['name', 'gpus'],
        ),
        oneOf: [{ required: ['board'] }, { required: ['model'] }],
      },
    },
    members: {
      type: 'array',
      items: {
        ...closed(
          {
            name: NAME,
            dir: { type: 'string', minLength: 1, description: 'state directory; a relative one is beside this file' },
            file: {
              type: 'string',
              minLength: 1,
              description: 'host file, as nvgpu export or nvgpu host export prints it',
            },
          },
          ['name'],
        ),
        oneOf: [{ required: ['dir'] }, { required: ['file'] }],
      },
    },
  },
  [],
)

function closed(properties: JsonSchema, required: readonly string[]) {
  return { type: 'object', properties, required, additionalProperties: false }
}
