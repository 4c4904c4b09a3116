import type { AnyStruct } from '../abi/layout.ts'
import * as device from '../abi/nvml/device.ts'
import * as mig from '../abi/nvml/mig.ts'
import * as vgpu from '../abi/nvml/vgpu.ts'

/** Structures that the header names without their version, and which it then means; version 1 for all others. */
const VERSION_OF: Readonly<Record<string, number>> = {
  nvmlVgpuPlacementList: 2,
  nvmlGpuFabricInfoV: 3,
}

let all: ReadonlyMap<string, AnyStruct> | undefined

/** The structures of NVML by their C names. */
export function nvmlStructs(): ReadonlyMap<string, AnyStruct> {
  all ??= new Map(Object.values({ ...device, ...mig, ...vgpu }).map((struct) => [struct.name, struct]))
  return all
}

/** The structure behind a pointer type of the header; undefined for other types, and for structures that are not served. */
export function structBehind(type: string): AnyStruct | undefined {
  if (!type.endsWith('*')) return undefined
  const name = type.replace('const ', '').slice(0, -1)
  const known = nvmlStructs().get(name)
  if (known !== undefined) return known
  if (name === 'nvmlProcessInfo_t') return nvmlStructs().get('nvmlProcessInfo_v2_t')
  const bare = name.replace(/_t$/, '')
  return nvmlStructs().get(`${bare}_v${VERSION_OF[bare] ?? 1}_t`)
}

/** The word that begins a structure of this version: its size, and the version in the highest byte. */
export function versionWord(struct: AnyStruct): number {
  const version = Number(/_v(\d+)_t$/.exec(struct.name)?.[1] ?? 1)
  return (struct.size | (version << 24)) >>> 0
}
