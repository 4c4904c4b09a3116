import { GiB, MiB } from '../../abi/align.ts'
import { memoryByRule } from '../../catalog/memory-rule.ts'
import { SERIES, seriesOfName } from '../../catalog/series.ts'
import type { Draft, FieldName } from './draft.ts'

/** BAR1 of a type, MiB: a C type's is the smallest of the catalogue's boards (17.1 type file: 256 for all other series). */
const BAR1_MIB = { compute: 1024, other: 256 } as const

/**
 * Fills in the members that NVIDIA's vgpuConfig.xml leaves to the driver, by the rules of the catalogue: memory from the
 * board and the profile size, the rest from the series in the name. A member without a rule stays missing.
 * @returns the members it added
 */
export function completeDraft({ values, where }: Draft): FieldName[] {
  const added: FieldName[] = []
  const number = (field: FieldName): number | undefined => {
    const value = values.get(field)?.value
    return typeof value === 'number' ? value : undefined
  }
  const derive = (field: FieldName, value: number | string | undefined): void => {
    if (value === undefined || values.has(field)) return
    values.set(field, { where, value })
    added.push(field)
  }
  const name = String(values.get('vgpuName')?.value ?? '')
  const [, size] = /-(\d{1,3})[A-Z]+$/.exec(name) ?? []
  derive('profileSize', size === undefined ? undefined : Number(size) * GiB)
  const pdevId = number('pdevId') ?? Math.floor((number('vdevId') ?? 0) / 0x1_0000)
  const fbLength = number('fbLength')
  const profileSize = number('profileSize')
  if (fbLength !== undefined && profileSize !== undefined) {
    const maxInstance = number('maxInstance') ?? 1
    const memory = memoryByRule({ pdevId, profileSize, fbLength, maxInstance, gspHeapSize: number('gspHeapSize') })
    derive('gspHeapSize', memory.gspHeapSize)
    derive('fbReservation', memory.fbReservation)
  }
  const series = seriesOfName(name)
  if (series === undefined) return added
  const facts = SERIES[series]
  derive('vgpuClass', facts.vgpuClass)
  derive('license', facts.license)
  derive('numHeads', facts.numHeads)
  derive('frlConfig', facts.frlConfig)
  derive('cudaEnabled', facts.cudaEnabled)
  derive('eccSupported', facts.eccSupported)
  derive('multiVgpuSupported', facts.multiVgpu)
  derive('multiVgpuExclusive', facts.exclusive)
  derive('bar1Length', facts.vgpuClass === 'Compute' ? BAR1_MIB.compute : BAR1_MIB.other)
  derive('mappableVideoSize', 4 * MiB)
  derive('encoderCapacity', 100)
  return added
}
