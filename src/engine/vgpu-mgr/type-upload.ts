import {
  NV2080_CTRL_CMD_GSP_GET_FEATURES,
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_PGPU_ADD_VGPU_TYPE,
} from '../../abi/ctrl2080.ts'
import { NVA081_CTRL_VGPU_INFO, NVA081_MAX_VGPU_TYPES_PER_PGPU } from '../../abi/nva081.ts'
import { mostTypes } from '../../catalog/most-types.ts'
import { NvError } from '../../errors/nv-error.ts'
import { shellQuote } from '../../errors/shell-quote.ts'
import { fromSparse } from '../sparse.ts'
import { type MetadataTypes, readMetadata } from './metadata.ts'
import type { TypeRecord } from './types.ts'
import type { VgpuMgrWiring } from './wiring.ts'

/**
 * Patch 21: uploads the types in one control for up to 64, larger than one message; a board with more takes another one.
 * @returns the ids, in order
 * @throws NvError ENODEV (no type), of the metadata file, or of GSP's refusal
 */
export function uploadTypes(wiring: VgpuMgrWiring, client: number): number[] {
  const { gpu, board, ops, profile } = wiring
  const types = wiring.knownTypes().slice(0, mostTypes(board))
  if (types.length === 0) {
    throw new NvError({
      errno: 'ENODEV',
      code: 'profile-limit',
      at: 'nvidia_vgpu_mgr_init_vgpu_types',
      message: `the ${profile.name} profile has no vGPU type for ${gpu.bdf}`,
      hint: `nvgpu types list --board ${shellQuote(board.name)}`,
    })
  }
  const loaded = profile.metadata && fromMetadata(wiring, client, profile.metadata)
  if (loaded) {
    ops.rmCtrlWr({ handle: client }, loaded.cmd, loaded.params)
    return loaded.types
  }
  for (let from = 0; from < types.length; from += NVA081_MAX_VGPU_TYPES_PER_PGPU) {
    const part = types.slice(from, from + NVA081_MAX_VGPU_TYPES_PER_PGPU)
    ops.rmCtrlWr({ handle: client }, ADD.cmd, addParams(part, from === 0))
  }
  return types.map((type) => type.vgpuType)
}

const ADD = NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_PGPU_ADD_VGPU_TYPE

function addParams(types: readonly TypeRecord[], discardVgpuTypes: boolean): Uint8Array {
  const params = ADD.params.encode({ discardVgpuTypes, vgpuInfoCount: types.length })
  const { offset } = ADD.params.fields.vgpuInfo
  const { size } = NVA081_CTRL_VGPU_INFO
  for (const [i, type] of types.entries()) params.set(fromSparse(type.blob, size), offset + i * size)
  return params
}

/** The 2025 series: the types come from the firmware file of the running GSP. @throws NvError ENOENT, EINVAL */
function fromMetadata(
  { ops, board, requestFirmware }: VgpuMgrWiring,
  client: number,
  release: { major: number; minor: number },
): MetadataTypes {
  const features = NV2080_CTRL_CMD_GSP_GET_FEATURES
  const answer = ops.rmCtrlRd({ handle: client }, features.cmd, features.params.encode({}))
  const { bValid, firmwareVersion: gspVersion } = features.params.decode(answer)
  if (!bValid) throw notValid(features.name)
  const file = requestFirmware(`nvidia/vgpu-${gspVersion}.bin`)
  return readMetadata(file, { ...release, gspVersion, deviceId: board.deviceId })
}

function notValid(control: string): NvError {
  const message = `GSP has no valid answer to ${control}`
  return new NvError({ errno: 'EINVAL', code: 'firmware-refusal', at: 'nvidia_vgpu_mgr_init_metadata', message })
}
