import { NvError } from '../../errors/nv-error.ts'
import { vgpuParams } from '../attributes.ts'
import { onMachine } from '../verbs/run.ts'
import type { Attribute } from './node.ts'
import type { VfFunction } from './pci-function.ts'

const NAME = 'nvidia/vgpu_params'

/**
 * vgpu_params of a vGPU: the plugin's parameters, which a write replaces as a whole; a single space clears them. A running
 * vGPU takes its frame rate limit at once.
 */
export const VGPU_PARAMS: Attribute<VfFunction> = {
  mode: 0o644,
  show: ({ vf }) => `${vf.attrs.findLast(({ name }) => name === NAME)?.value ?? ''}\n`,
  store(at, text) {
    const { vf } = at
    if (vf.vgpuType === 0) throw noVgpu(vf.bdf)
    const value = text.replace(/\n$/, '')
    const others = vf.attrs.filter(({ name }) => name !== NAME)
    const attrs = value.trim() === '' ? others : [...others, { name: NAME, value }]
    const { frameRateLimiter } = vgpuParams(attrs)
    vf.attrs = attrs
    if (vf.opened)
      onMachine(at.host, at.gpu, (machine) => machine.gsp.tasks.limitFrameRate(vf.index + 1, frameRateLimiter))
  },
}

function noVgpu(bdf: string): NvError {
  return new NvError({
    errno: 'EPERM',
    code: 'wrong-state',
    at: 'vgpu_params_store',
    message: `${bdf} has no vGPU`,
    hint: `nvgpu vf show ${bdf}`,
    object: bdf,
  })
}
