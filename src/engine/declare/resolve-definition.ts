import { definitionNamed, definitionOf } from '../definitions/index-of.ts'
import { stateAt } from '../select.ts'
import type { Definition, HostState } from '../state.ts'
import type { DefinitionRequest, Desired } from './desired.ts'
import type { MemberDiff } from './member-diff.ts'
import { attrsText } from './member-diff.ts'
import type { Names } from './names.ts'
import { refusal } from './refusal.ts'

/** A desired definition. A new one without a UUID gets that of the vGPU with its name, or one made from the name. */
export interface ResolvedDefinition {
  readonly at: string
  readonly uuid: string | null
  readonly type: { readonly id: number; readonly name: string }
  readonly definition: Omit<Definition, 'uuid'>
  readonly is: Definition | null
  readonly diffs: readonly MemberDiff[]
}

/** Resolves definitions, by UUID or by name. @throws NvError conflict, not-found, ambiguous */
export function resolveDefinitions(base: HostState, names: Names, desired: Desired): ResolvedDefinition[] {
  const seen = new Map<string, string>()
  return (desired.definitions ?? []).map((request) => {
    const { at, uuid, name } = request
    const is =
      uuid !== undefined ? definitionOf(base, uuid) : name === undefined ? undefined : definitionNamed(base, name)
    const definition = wanted(base, names, request)
    for (const mark of [is?.uuid ?? uuid, name]) {
      if (mark === undefined) continue
      const before = seen.get(mark)
      if (before !== undefined) throw refusal(at, 'EINVAL', 'conflict', `${mark} is defined already, at ${before}`)
      seen.set(mark, at)
    }
    const type = names.type(at, request.types)
    return {
      at,
      uuid: is?.uuid ?? uuid ?? null,
      type,
      definition,
      is: is ?? null,
      diffs: is ? definitionDiff(is, definition) : [],
    }
  })
}

function wanted(base: HostState, names: Names, request: DefinitionRequest): ResolvedDefinition['definition'] {
  const { at, name, gpu: word, vf, placementId, start, attrs } = request
  const gpu = word === undefined ? null : names.gpu(at, word)
  const place = vf === undefined ? null : names.vf(at, vf, gpu)
  const index = place?.gpu ?? gpu ?? (base.gpus.length === 1 ? 0 : null)
  if (index === null)
    throw refusal(at, 'EINVAL', 'ambiguous', `there are ${base.gpus.length} GPUs: say which one`, 'nvgpu gpu list')
  return {
    name: name ?? null,
    vgpuType: names.type(at, request.types).id,
    gpu: stateAt(base, index).bdf,
    vf: place?.index ?? null,
    placementId: placementId ?? null,
    start,
    attrs: attrs.map((attr) => ({ ...attr })),
  }
}

function definitionDiff(is: Definition, wanted: ResolvedDefinition['definition']): MemberDiff[] {
  const members = ['name', 'gpu', 'vf', 'placementId', 'start'] as const
  const found = members.flatMap((member) =>
    is[member] === wanted[member] ? [] : [{ member, is: is[member], wanted: wanted[member] }],
  )
  const types = { member: 'type', is: is.vgpuType, wanted: wanted.vgpuType }
  const attrs = { member: 'attrs', is: attrsText(is.attrs), wanted: attrsText(wanted.attrs) }
  return [...found, ...[types, attrs].filter((one) => one.is !== one.wanted)]
}
