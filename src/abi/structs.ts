import { isControl } from './control.ts'
import * as ctrl2080 from './ctrl2080.ts'
import * as partitions from './ctrl2080-partitions.ts'
import * as ctrlc637 from './ctrlc637.ts'
import * as gspBoot from './gsp-boot.ts'
import * as gspRpc from './gsp-rpc.ts'
import type { AnyStruct } from './layout.ts'
import * as nva081 from './nva081.ts'
import * as rmObjects from './rm-objects.ts'
import * as v2570 from './v2-570.ts'
import * as vfio from './vfio.ts'
import * as vgpuGsp from './vgpu-gsp.ts'
import * as wprMeta from './wpr-meta.ts'

const HEADERS: readonly object[] = [
  rmObjects,
  gspRpc,
  gspBoot,
  wprMeta,
  nva081,
  ctrl2080,
  partitions,
  ctrlc637,
  vgpuGsp,
  v2570,
  vfio,
]

/** Every structure of the headers by its C name, in the order of the headers. Names of release 570 begin with `V2_`. */
export const STRUCTS: ReadonlyMap<string, AnyStruct> = new Map(
  HEADERS.flatMap((header) => Object.values(header).flatMap(structsOf)).map((struct) => [struct.name, struct]),
)

/** The structures in an export of a header: the export itself, or the parameters of a control. */
function structsOf(exported: unknown): AnyStruct[] {
  const value = isControl(exported) ? exported.params : exported
  return isStruct(value) ? [value] : []
}

function isStruct(value: unknown): value is AnyStruct {
  return typeof value === 'object' && value !== null && 'fields' in value && 'encode' in value
}
