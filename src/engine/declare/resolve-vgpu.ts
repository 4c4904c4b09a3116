import type { VgpuRequest } from './desired.ts'
import type { Names, TypeNamed, VfNamed } from './names.ts'
import { refusal } from './refusal.ts'

export interface ResolvedVgpu extends Omit<VgpuRequest, 'types' | 'gpu' | 'vf' | 'count'> {
  readonly type: TypeNamed
  readonly gpu: number | null
  readonly vf: VfNamed | null
  /** Number of the request. Every run over one document gives the same numbers. */
  readonly number: number
}

/** One request for each vGPU of its count. Without a GPU, the only GPU of the host is taken. */
export function resolveVgpu(
  names: Names,
  request: VgpuRequest,
  nested: number | null,
  only: number | null,
): Omit<ResolvedVgpu, 'number'>[] {
  const { types, gpu: word, vf, count, ...rest } = request
  const { at } = request
  const gpu = word === undefined ? nested : names.gpu(at, word)
  if (nested !== null && gpu !== nested)
    throw refusal(at, 'EINVAL', 'conflict', `GPU ${word} is another one than it is listed under`)
  const place = vf === undefined ? null : names.vf(at, vf, gpu)
  const desired = { ...rest, type: names.type(at, types), gpu: place?.gpu ?? gpu ?? only, vf: place }
  return Array.from({ length: count }, () => desired)
}

export function refuseDoubles(vgpus: readonly ResolvedVgpu[]): void {
  const seen = new Map<string, string>()
  for (const { at, uuid, name, vf } of vgpus) {
    const marks = [uuid && `UUID ${uuid}`, name !== undefined && `the name "${name}"`, vf && `VF ${vf.bdf}`]
    for (const mark of marks) {
      if (typeof mark !== 'string') continue
      const before = seen.get(mark)
      if (before !== undefined) throw refusal(at, 'EINVAL', 'conflict', `${mark} is given already, at ${before}`)
      seen.set(mark, at)
    }
  }
}
