import { nvmlSystemDriverBranchInfo_v1_t } from '../../abi/nvml/device.ts'
import type { Call } from '../call.ts'
import { NvmlError } from '../error.ts'
import { coded, type Rows, row } from '../row.ts'

/** CUDA version of each driver branch, major x 1000 + minor x 10 (CUDA release notes). */
const CUDA: readonly (readonly [branch: number, version: number])[] = [
  [580, 13_000],
  [570, 12_080],
  [565, 12_070],
  [550, 12_040],
  [535, 12_020],
  [0, 11_080],
]

function cuda(call: Call): number {
  const branch = Number.parseInt(call.facts.state.driverVersion, 10)
  return CUDA.find(([least]) => branch >= least)?.[1] ?? 0
}

export const SYSTEM_ROWS: Rows = {
  nvmlSystemGetDriverVersion: row('query driver_version', (call) => call.putText(0, 1, call.facts.state.driverVersion)),
  nvmlSystemGetNVMLVersion: row('query driver_version', (call) =>
    call.putText(0, 1, `${Math.floor(cuda(call) / 1000)}.${call.facts.state.driverVersion}`),
  ),
  nvmlSystemGetCudaDriverVersion: row('release of the driver', (call) => call.putInt(0, cuda(call))),
  nvmlSystemGetCudaDriverVersion_v2: row('release of the driver', (call) => call.putInt(0, cuda(call))),
  nvmlSystemGetDriverBranch: row('host show: profile', (call) => {
    const struct = call.versionOf(0, nvmlSystemDriverBranchInfo_v1_t)
    const { branch } = call.facts.profile.guestDriver
    if (call.number(1) <= branch.length) throw new NvmlError('INSUFFICIENT_SIZE')
    call.put(0, struct.encode({ version: 0, branch }).subarray(4, 5 + branch.length), 4)
  }),
  nvmlSystemGetProcessName: row('vgpu list: pids of VMs', (call) => {
    const pid = call.number(0)
    const vgpu = call.facts.vgpus().find((each) => each.pid === pid)
    if (call.word(1) === 0n || call.number(2) === 0) throw new NvmlError('INVALID_ARGUMENT')
    if (vgpu === undefined) throw new NvmlError('NOT_FOUND')
    // A name that does not fit is cut, as the header says.
    call.put(1, Buffer.from(`${'vgpu'.slice(0, call.number(2) - 1)}\0`))
  }),
  nvmlSystemGetHicVersion: row('none: no S-class unit', (call) => call.putList(0, 1, [])),
  nvmlUnitGetCount: row('none: no S-class unit', (call) => call.putInt(0, 0)),
  nvmlUnitGetHandleByIndex: coded('none: no S-class unit', () => 'INVALID_ARGUMENT'),
  nvmlGetExcludedDeviceCount: row('none: no GPU is excluded', (call) => call.putInt(0, 0)),
  nvmlGetExcludedDeviceInfoByIndex: coded('none: no GPU is excluded', () => 'INVALID_ARGUMENT'),
}
