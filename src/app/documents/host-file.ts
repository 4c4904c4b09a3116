import { NV2080_GUEST_VM_INFO } from '../../abi/ctrl2080.ts'
import { NVA081_CTRL_VGPU_INFO } from '../../abi/nva081.ts'
import type { Json } from '../../contract/json.ts'
import { readHost } from '../../contract/read-host.ts'
import { SCHEMA } from '../../contract/state/schema-number.ts'
import { checkHost } from '../../engine/invariants.ts'
import { textProblem } from '../../engine/name-rules.ts'
import { ringProblems } from '../../engine/ring-rules.ts'
import { configured } from '../../engine/select.ts'
import { smiView } from '../../engine/smi/facts.ts'
import { fromSparse } from '../../engine/sparse.ts'
import type { HostState } from '../../engine/state.ts'
import { SHARED_TYPES } from '../../engine/type-storage.ts'
import { kernelLog } from '../../engine/views/events.ts'
import { gpuViews } from '../../engine/views/gpu.ts'
import { hostView } from '../../engine/views/host.ts'
import { bar1Maps, chidMaps, fbMaps, gspObjects, gspPlugins } from '../../engine/views/maps.ts'
import { typeViews } from '../../engine/views/type.ts'
import { vfViews } from '../../engine/views/vf.ts'
import { vgpuView } from '../../engine/views/vgpu.ts'
import { NvError } from '../../errors/nv-error.ts'
import { oddValue, oddWordOfJson } from '../../errors/odd-number.ts'

/**
 * Reads an exported host, of this schema or an older one. Nothing in the file is trusted: it must parse, have the exact
 * shape of a host, and satisfy every invariant of the engine. Throws NvError `invalid-file` or `newer-schema` that
 * names the first problem.
 */
export function readHostFile(name: string, bytes: Uint8Array): HostState {
  const value = parse(name, bytes)
  const schema = typeof value === 'object' && value !== null && 'schema' in value ? value.schema : undefined
  const odd = oddValue(schema)
  if (odd !== undefined) throw invalid(name, [`its schema is ${odd}`])
  if (typeof schema === 'number' && schema > SCHEMA) {
    throw new NvError({
      errno: 'EINVAL',
      code: 'newer-schema',
      at: 'host import',
      message: `${name} has schema ${schema}, and this version reads up to ${SCHEMA}`,
      object: name,
    })
  }
  if (!Number.isSafeInteger(schema) || Number(schema) < 1) throw invalid(name, [`it has no schema ${SCHEMA}`])
  const judged = readHost(value)
  if ('problem' in judged) throw invalid(name, [judged.problem])
  const host = judged.value
  const texts = [...textProblems(value, 'host'), ...typeProblems(host)]
  if (texts.length > 0) throw invalid(name, texts)
  const violations = inconsistencies(host)
  if (violations.length > 0) throw invalid(name, violations)
  return host
}

const TYPE_TEXTS = [
  'vgpuName',
  'vgpuClass',
  'license',
  'adapterName',
  'shortGpuNameString',
  'licensedProductName',
] as const

/** Texts in the records of uploaded types, in the host and in GSP. */
function typeProblems({ overlay, gpus }: HostState): string[] {
  const sent = gpus.flatMap(({ gsp }, gpu) =>
    gsp.types.map((type, at) => ({ ...type, path: `host.gpus[${gpu}].gsp.types[${at}]` })),
  )
  const own = overlay.map((type, at) => ({ ...type, path: `host.overlay[${at}]` }))
  return [...own, ...sent].flatMap(({ blob, path }) => {
    if (blob === null) return []
    const record = fromSparse(blob, NVA081_CTRL_VGPU_INFO.size)
    return TYPE_TEXTS.flatMap((field) => {
      const problem = textProblem(NVA081_CTRL_VGPU_INFO.get(record, field))
      return problem === null ? [] : [`${field} of ${path} ${problem}`]
    })
  })
}

/** An attribute of a vGPU may hold tabs, as its file in sysfs may. */
const MAY_HAVE_TABS = /\.attrs\[\d+\]\.value$/

/** No text of a host may hold control or bidirectional characters, since all of them can be printed. */
function* textProblems(value: Json, path: string): Generator<string> {
  if (typeof value === 'string') {
    const problem = textProblem(MAY_HAVE_TABS.test(path) ? value.replaceAll('\t', ' ') : value)
    if (problem !== null) yield `${path} ${problem}`
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* textProblems(item, `${path}[${index}]`)
  } else if (value !== null && typeof value === 'object') {
    for (const [key, item] of Object.entries(value)) yield* textProblems(item, `${path}.${key}`)
  }
}

/** Violated invariants, and failures of views: values of the right type may still be absurd. */
function inconsistencies(state: HostState): string[] {
  try {
    const indices = state.gpus.map((_, index) => index)
    const rings = state.gpus.flatMap((gpu, index) => ringProblems(gpu, `host.gpus[${index}]`))
    const violations = rings.length > 0 ? rings : checkHost(state, indices)
    if (violations.length > 0) return violations
    hostView(state)
    gpuViews(state)
    vfViews(state)
    typeViews(state, {})
    // not by UUID: to look for each of 32,000 takes longer than all the rest
    for (const at of configured(state)) vgpuView(state, at, true)
    chidMaps(state)
    fbMaps(state)
    bar1Maps(state)
    gspObjects(state)
    gspPlugins(state)
    kernelLog(state)
    for (const { gsp } of state.gpus) for (const type of gsp.types) SHARED_TYPES.peek(type)
    // The texts of a guest become part of a message when the vGPU is saved.
    for (const { gsp } of state.gpus) {
      for (const { guest } of Object.values(gsp.plugins)) {
        const { guestDriverVersion = '', guestDriverBranch = '' } = guest ?? {}
        NV2080_GUEST_VM_INFO.encode({ guestDriverVersion, guestDriverBranch })
      }
    }
    smiView(state, indices)
    return []
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
}

function parse(name: string, bytes: Uint8Array): Json {
  try {
    return JSON.parse(textOf(bytes))
  } catch (error) {
    const odd = error instanceof SyntaxError ? oddWordOfJson(textOf(bytes)) : undefined
    const why = odd ? `${odd.word} is ${odd.what}` : error instanceof Error ? error.message : 'not UTF-8'
    throw invalid(name, [`it is no JSON: ${why}`])
  }
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
}

function invalid(name: string, problems: readonly string[]): NvError {
  const more = problems.length > 3 ? ` and ${problems.length - 3} more` : ''
  return new NvError({
    errno: 'EINVAL',
    code: 'invalid-file',
    at: 'host import',
    message: `${name} is no host: ${problems.slice(0, 3).join('; ')}${more}`,
    hint: 'nvgpu host export FILE writes one',
    object: name,
  })
}
