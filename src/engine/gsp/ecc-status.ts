import { NV2080_CTRL_CMD_GPU_QUERY_ECC_STATUS } from '../../abi/ctrl2080.ts'

/** The answer to GPU_QUERY_ECC_STATUS. All units share one state; the first one tells it. */
export function eccAnswer(enabled: boolean, supported: boolean): Uint8Array {
  const unit = { enabled, scrubComplete: enabled, supported }
  return NV2080_CTRL_CMD_GPU_QUERY_ECC_STATUS.params.encode({ units: [unit] })
}
