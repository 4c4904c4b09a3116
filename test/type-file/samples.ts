import { NVA081_CTRL_VGPU_INFO } from '../../src/abi/nva081.ts'
import { boardNames } from '../../src/catalog/boards.ts'
import type { CatalogType } from '../../src/catalog/catalog-type.ts'
import { encodeVgpuInfo } from '../../src/catalog/vgpu-info.ts'
import { typeById, typesOfBoard } from '../../src/catalog/vgpu-types.ts'

export const RECORD = NVA081_CTRL_VGPU_INFO.size

export function catalogType(id: number): CatalogType {
  const type = typeById(id)
  if (!type) throw new Error(`no type ${id}`)
  return type
}

/** Ids of all time-sliced types of all boards. */
export function timeSlicedTypes(): number[] {
  const all = boardNames().flatMap((board) => typesOfBoard(board).filter(({ mig }) => mig === null))
  return [...new Set(all.map(({ vgpuType }) => vgpuType))]
}

export function records(...ids: number[]): Uint8Array {
  const bytes = new Uint8Array(ids.length * RECORD)
  for (const [index, id] of ids.entries()) bytes.set(encodeVgpuInfo(catalogType(id)), index * RECORD)
  return bytes
}

/** The scalars and texts of a type under NVIDIA's names, as our JSON has them. */
export function jsonType(id: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(catalogType(id)).filter(([name]) => Object.hasOwn(NVA081_CTRL_VGPU_INFO.fields, name)),
  )
}

const SIZE_NAMES = ['fbReservation', 'gspHeapSize', 'profileSize', 'mappableVideoSize'] as const
const COUNT_NAMES = ['numHeads', 'maxPixels', 'frlConfig', 'encoderCapacity', 'bar1Length'] as const
const FLAG_NAMES = ['cudaEnabled', 'eccSupported', 'frlEnable', 'multiVgpuSupported', 'multiVgpuExclusive'] as const

/** A `vgpuType` element; `without` leaves elements out, `extra` is put in front of the closing tag. */
export function xmlType(id: number, without: readonly string[] = [], extra = ''): string {
  const type = catalogType(id)
  const hex = (value: number) => `0x${value.toString(16)}`
  const lines = [
    ...SIZE_NAMES.map((name) => [name, `<${name}>${hex(type[name])}</${name}>`]),
    ...COUNT_NAMES.map((name) => [name, `<${name}>${type[name]}</${name}>`]),
    ...FLAG_NAMES.map((name) => [name, `<${name}>${type[name]}</${name}>`]),
    ['framebuffer', `<framebuffer>${hex(type.fbLength)}</framebuffer>`],
    ['license', `<license>${type.license}</license>`],
    ['display', `<display width="${type.maxResolutionX}" height="${type.maxResolutionY}"/>`],
    ['vdevId', `<vdevId deviceId="${hex(type.pdevId)}" subsystemId="${hex(type.vdevId % 0x10000)}"/>`],
    ['pdevId', `<pdevId>${hex(type.pdevId)}</pdevId>`],
    ['maxInstances', `<maxInstances>${type.maxInstance}</maxInstances>`],
  ].filter(([name = '']) => !without.includes(name))
  const body = lines.map(([, line]) => `    ${line}`).join('\n')
  return `  <vgpuType id="${id}" name="${type.vgpuName}" class="${type.vgpuClass}">\n${body}\n${extra}  </vgpuType>`
}

export function xmlFile(...parts: string[]): Uint8Array {
  return utf8(`<?xml version="1.0" encoding="UTF-8"?>\n<vgpuconfig>\n${parts.join('\n')}\n</vgpuconfig>\n`)
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
