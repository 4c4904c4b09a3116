import { nearest } from '../errors/nearest.ts'
import { NvError } from '../errors/nv-error.ts'
import type { VgpuAttr } from './state.ts'

/** The values of a vGPU's attributes. The last one of a repeated name counts. */
export interface VgpuParams {
  /** frame_rate_limiter: 0 removes the limit of the guest's frame rate. */
  frameRateLimiter: boolean
  /** First slot, from placement_id or vgpu-placement-id; null without either. */
  placementId: number | null
  /** GPU instance, from gpu_instance_id; null without it. */
  gpuInstanceId: number | null
}

/** Longest attribute: a page of sysfs less the terminating byte. */
const VALUE_LIMIT = 4095
const NAME_LIMIT = 128
const MAX_PLACEMENT_ID = 0xffff

/** Plugin parameters of vgpu_params; the switches are 0 or 1. All but two are only stored and shown. */
const SWITCHES = ['frame_rate_limiter', 'disable_vnc', 'enable_uvm', 'enable_debugging', 'enable_profiling']
const PLACEMENT = 'vgpu-placement-id'
const ATTRIBUTES = ['vgpu_params', 'placement_id', 'gpu_instance_id']
const MAX_GPU_INSTANCE_ID = 14
const AT = 'vgpu attributes'

/**
 * Checks attributes as the device does on a write. Names are those of the files in the device's directory `nvidia`, with or
 * without that prefix. `vgpu_params` is "name=value,…"; a single space clears all.
 * @throws NvError ENOENT (the device has no such attribute), EINVAL (its value)
 */
export function vgpuParams(attrs: readonly VgpuAttr[]): VgpuParams {
  const params: VgpuParams = { frameRateLimiter: true, placementId: null, gpuInstanceId: null }
  for (const attr of attrs) {
    const name = attr.name.replace(/^nvidia\//, '')
    if (name === 'gpu_instance_id') params.gpuInstanceId = instanceId(attr)
    else if (name === 'placement_id') params.placementId = slot(attr, attr.value.trim())
    else if (name === 'vgpu_params') readParams(attr, params)
    else throw unknownAttribute(attr)
  }
  return params
}

/** The attributes that do not depend on the place of the vGPU: all but placement ids and GPU instances. */
export function withoutPlacement(attrs: readonly VgpuAttr[]): VgpuAttr[] {
  return attrs.flatMap(({ name, value }) => {
    const file = name.replace(/^nvidia\//, '')
    if (file === 'placement_id' || file === 'gpu_instance_id') return []
    if (file !== 'vgpu_params') return [{ name, value }]
    const kept = value.split(',').filter((part) => part.trim().split('=', 1)[0] !== PLACEMENT)
    // an empty one still replaces the earlier ones
    return [{ name, value: kept.join(',') || ' ' }]
  })
}

/** A valid file name under the device's directory. @throws NvError EINVAL */
export function checkAttr({ name, value }: VgpuAttr): void {
  const parts = name.split('/')
  if (name.length > NAME_LIMIT || !parts.every((part) => /^[\w-][\w.:-]*$/.test(part))) {
    throw invalid(`"${name}" cannot be the name of an attribute`, name)
  }
  if (value.length > VALUE_LIMIT || /[^\P{C}\t]/u.test(value)) {
    throw invalid(`the value of ${name} has a character that cannot be written, or more than ${VALUE_LIMIT}`, name)
  }
}

/**
 * Inserts an attribute at `index`, or at the end without one.
 * @throws NvError EINVAL (beyond the end; as checkAttr)
 */
export function addAttr(attrs: readonly VgpuAttr[], attr: VgpuAttr, index?: number): VgpuAttr[] {
  checkAttr(attr)
  if (index !== undefined && index > attrs.length) throw badIndex(index, attrs.length)
  const at = index ?? attrs.length
  return [...attrs.slice(0, at), attr, ...attrs.slice(at)]
}

/** Removes the attribute at `index`, or the last one without. @throws NvError EINVAL (there is none) */
export function removeAttr(attrs: readonly VgpuAttr[], index?: number): VgpuAttr[] {
  const at = index ?? attrs.length - 1
  if (at < 0 || at >= attrs.length) throw badIndex(index ?? 0, attrs.length)
  return attrs.filter((_, i) => i !== at)
}

function readParams(attr: VgpuAttr, params: VgpuParams): void {
  // the parameters of an earlier write are replaced as a whole
  params.frameRateLimiter = true
  for (const part of attr.value.split(',').map((text) => text.trim())) {
    if (part === '') continue
    const [key = '', value = ''] = part.split('=', 2)
    if (key === PLACEMENT) params.placementId = slot(attr, value)
    else if (!SWITCHES.includes(key)) throw unknownParameter(attr, key)
    else if (value !== '0' && value !== '1')
      throw invalid(`${key} of ${attr.name} is 0 or 1, not "${value}"`, attr.name)
    else if (key === 'frame_rate_limiter') params.frameRateLimiter = value === '1'
  }
}

function slot(attr: VgpuAttr, text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= MAX_PLACEMENT_ID) return Number(text)
  throw invalid(`"${text}" in ${attr.name} is no placement id`, attr.name)
}

function instanceId(attr: VgpuAttr): number {
  const text = attr.value.trim()
  if (/^\d{1,2}$/.test(text) && Number(text) <= MAX_GPU_INSTANCE_ID) return Number(text)
  throw invalid(`"${attr.value}" in ${attr.name} is no id of a GPU instance`, attr.name)
}

/** The attributes with this GPU instance in place of any other; it comes last. */
export function onInstance(attrs: readonly VgpuAttr[], gpuInstanceId: number): VgpuAttr[] {
  const others = attrs.filter(({ name }) => name.replace(/^nvidia\//, '') !== 'gpu_instance_id')
  return [...others, { name: 'nvidia/gpu_instance_id', value: String(gpuInstanceId) }]
}

function unknownParameter(attr: VgpuAttr, key: string): NvError {
  const near = nearest(key, [...SWITCHES, PLACEMENT])
  return invalid(`${attr.name} has no parameter "${key}"${near.length > 0 ? `; nearest: ${near[0]}` : ''}`, attr.name)
}

function unknownAttribute({ name }: VgpuAttr): NvError {
  return new NvError({
    errno: 'ENOENT',
    code: 'invalid-argument',
    at: AT,
    message: `a vGPU has no attribute "${name}"; it has ${ATTRIBUTES.map((known) => `nvidia/${known}`).join(', ')}`,
    hint: 'nvgpu vgpu modify VGPU --delattr --index N',
    object: name,
  })
}

function badIndex(index: number, count: number): NvError {
  return invalid(`there is no attribute ${index}: there are ${count}`, String(index))
}

function invalid(message: string, object: string): NvError {
  return new NvError({ errno: 'EINVAL', code: 'invalid-argument', at: AT, message, object })
}
