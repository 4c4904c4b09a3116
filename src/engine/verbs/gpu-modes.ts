import type { Change } from '../../contract/views/change.ts'
import type { GpuView } from '../../contract/views/gpu.ts'
import { NvError } from '../../errors/nv-error.ts'
import { gpuIndex, stateAt } from '../select.ts'
import type { GpuModes, HostState } from '../state.ts'
import { gpuView } from '../views/gpu.ts'

const WORDS: Readonly<Record<keyof GpuModes, string>> = {
  persistence: 'persistence mode',
  compute: 'compute mode',
  accounting: 'accounting mode',
}

/**
 * Sets persistence, compute or accounting mode of a GPU. The setting ends with the driver.
 * @throws NvError ENODEV (no driver is bound), EOPNOTSUPP (accounting with MIG on)
 */
export function setGpuModes(host: HostState, request: { gpu?: string; modes: Partial<GpuModes> }): Change<GpuView> {
  const index = gpuIndex(host, request.gpu)
  const gpu = stateAt(host, index)
  if (gpu.nvkm.driver === null)
    throw new NvError({
      errno: 'ENODEV',
      code: 'not-running',
      at: 'nvidia_set_mode',
      message: `${gpu.bdf} has no driver`,
      hint: `nvgpu gpu bind ${gpu.bdf}`,
      object: gpu.bdf,
    })
  if (request.modes.accounting && gpu.gsp.mig.enabled)
    throw new NvError({
      errno: 'EOPNOTSUPP',
      code: 'unsupported',
      at: 'nvidia_set_mode',
      message: `MIG of ${gpu.bdf} is on, which excludes accounting`,
      hint: `nvgpu mig disable ${gpu.bdf}`,
      object: gpu.bdf,
    })
  const before = gpu.modes
  gpu.modes = { ...before, ...request.modes }
  const same = Object.keys(WORDS).filter((key): key is keyof GpuModes => key in request.modes && key in before)
  const unchanged = same.filter((key) => before[key] === gpu.modes[key])
  const warnings = unchanged.map((key) => `${WORDS[key]} of ${gpu.bdf} is so already`)
  return { changed: unchanged.length < same.length, items: [gpuView(host, index)], warnings }
}
