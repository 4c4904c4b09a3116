import { nvmlFunctions } from '../abi/nvml/functions.ts'
import { rowOf } from './functions/rows.ts'

/** How one function of the library is answered. */
export interface NvmlFunctionView {
  readonly name: string
  readonly implemented: boolean
  /** The property, view or command behind it; the reason if the model has nothing for it. */
  readonly from: string
}

/** Reasons for functions that answer NOT_SUPPORTED to everything, by a part of their names. */
const REASONS: readonly (readonly [part: RegExp, reason: string])[] = [
  [/NvLink|Nvlink|P2P|Fabric|C2c/, 'no board here has NVLink'],
  [/ConfCompute|DramEncryption/, 'confidential computing is not modelled'],
  [/PowerSmoothing|PowerProfile|PowerMizer|Rusd/, 'power profiles are not modelled'],
  [/^nvmlUnit/, 'no S-class unit'],
  [/Gpm/, 'GPM metrics are not modelled'],
  [/Affinity|Numa|Pdi|Platform|Hostname/, 'the place of the board in a machine is not modelled'],
  [/Set.*Clock|Reset.*Clock|VfOffset|ClockOffsets|Fan|Cooler|OperationMode|Restriction/, 'clocks and fans are fixed'],
  [/DrainState|RemoveGpu|DiscoverGpus/, 'use nvgpu gpu unbind and bind'],
  [/PRM|CPER|BBX/, 'registers and logs of the board are not modelled'],
]

/** Every function of the header, sorted by name. */
export function nvmlCoverage(): NvmlFunctionView[] {
  return nvmlFunctions().map(({ name }) => {
    const row = rowOf(name)
    if (row !== undefined) return { name, implemented: true, from: row.fact }
    const reason = REASONS.find(([part]) => part.test(name))?.[1] ?? 'the model has no such fact'
    return { name, implemented: false, from: reason }
  })
}
