import { NVA081_CTRL_VGPU_INFO } from '../../abi/nva081.ts'
import type { NvError } from '../../errors/nv-error.ts'
import { oddNumber } from '../../errors/odd-number.ts'
import { type Draft, type FieldName, kindOf, type Placed, parseNumber } from './draft.ts'
import { fileError } from './refuse.ts'
import type { Element } from './xml-element.ts'

/** Elements of a `vgpuType` whose name differs from its member. */
const RENAMED: ReadonlyMap<string, FieldName> = new Map([
  ['framebuffer', 'fbLength'],
  ['maxInstances', 'maxInstance'],
  ['signature', 'vgpuSignature'],
])

/** Elements of a `vgpuType` named as their member. */
const PLAIN: ReadonlySet<string> = new Set<FieldName>([
  'license',
  'maxInstance',
  'numHeads',
  'maxPixels',
  'frlConfig',
  'frlEnable',
  'cudaEnabled',
  'eccSupported',
  'gpuInstanceSize',
  'gpuInstanceProfileId',
  'multiVgpuSupported',
  'multiVgpuExclusive',
  'exclusiveType',
  'exclusiveSize',
  'profileSize',
  'fbLength',
  'fbReservation',
  'gspHeapSize',
  'mappableVideoSize',
  'encoderCapacity',
  'bar1Length',
  'gpuDirectSupported',
  'nvlinkP2PSupported',
  'ftraceEnable',
  'vgpuSignature',
  'adapterName',
  'shortGpuNameString',
  'licensedProductName',
])

/** Licence codes of the XML and their texts in the record. */
const LICENSES: ReadonlyMap<string, string> = new Map([
  ['VPC', 'GRID-Virtual-PC,2.0'],
  ['QVDWS', 'Quadro-Virtual-DWS,5.0'],
  ['VWS', 'GRID-Virtual-WS,2.0'],
  ['VWSExt', 'GRID-Virtual-WS-Ext,2.0'],
  ['VApps', 'GRID-Virtual-Apps,3.0'],
  ['VCS', 'NVIDIA-vComputeServer,9.0'],
])

/** Characters of the record's licence list, which ends with a NUL. */
const MAX_LICENSE = NVA081_CTRL_VGPU_INFO.fields.license.layout.size - 1

interface Supported {
  readonly pdevId: number
  readonly max: Placed | undefined
  readonly line: number
}

/**
 * Collects `vgpuType` and `pgpu` elements into types.
 * Of a `vgpuType`: the attributes `id`, `name` and `class`; the elements `numHeads`, `maxPixels`, `frlConfig`,
 * `frlEnable`, `cudaEnabled`, `eccSupported`, `framebuffer`, `fbReservation`, `gspHeapSize`, `profileSize`,
 * `mappableVideoSize`, `bar1Length` (MiB), `encoderCapacity`, `maxInstances`, `multiVgpuSupported`,
 * `multiVgpuExclusive` and the other members of NVA081_CTRL_VGPU_INFO under their names; `license` (repeatable, as
 * "product,version" or as the codes VPC QVDWS VWS VWSExt VApps VCS, separated by spaces, commas or semicolons);
 * `signature` (hex); `display` with `width` and `height`; `devId`, the ids that the guest sees, with `deviceId` and
 * `subsystemId`; `vdevId` and `pdevId` as a number or with `deviceId` and `subsystemId` (also `device`, `subsystem`).
 * Numbers are decimal or 0x…, sizes bytes.
 * Of a `pgpu`: the device id, as `deviceId` of its `devId` element or its own, and `supportedVgpu` elements with
 * `vgpuId` and `maxVgpus` (attribute or element). They fill in missing `pdevId` and `maxInstance` of a type; a type
 * that several device ids support takes the one in its own `vdevId`.
 */
export class TypeCollector {
  readonly #file: string
  readonly #types: Draft[] = []
  readonly #supported = new Map<number, Supported[]>()

  constructor(file: string) {
    this.#file = file
  }

  take(element: Element): void {
    if (element.name === 'vgpuType') this.#types.push(this.#type(element))
    if (element.name === 'pgpu') this.#pgpu(element)
  }

  /** @throws NvError if a pgpu names an unknown type, or if a type's device id is ambiguous */
  drafts(): Draft[] {
    const known = new Set(this.#types.map(({ values }) => values.get('vgpuType')?.value))
    for (const [id, [first]] of this.#supported) {
      if (!known.has(id)) throw this.#refused(first?.line ?? 0, 'supportedVgpu', `type ${id} is not in the file`)
    }
    for (const draft of this.#types) this.#complete(draft)
    return this.#types
  }

  #type(element: Element): Draft {
    const draft: Draft = { where: `line ${element.line}`, values: new Map() }
    const attribute = (name: string, field: FieldName): void => {
      const value = element.attributes.get(name)
      if (value === undefined) throw this.#refused(element.line, 'vgpuType', `has no ${name} attribute`)
      this.#set(draft, field, element, name, value)
    }
    attribute('id', 'vgpuType')
    attribute('name', 'vgpuName')
    if (element.attributes.has('class')) attribute('class', 'vgpuClass')
    for (const child of element.children) this.#child(draft, child)
    return draft
  }

  #child(draft: Draft, child: Element): void {
    switch (child.name) {
      case 'display':
        this.#set(draft, 'maxResolutionX', child, 'display/width', child.attributes.get('width') ?? '')
        this.#set(draft, 'maxResolutionY', child, 'display/height', child.attributes.get('height') ?? '')
        break
      case 'devId':
      case 'vdevId':
        this.#set(draft, 'vdevId', child, child.name, this.#vdevId(child))
        break
      case 'pdevId':
        this.#set(draft, 'pdevId', child, 'pdevId', String(this.#deviceOf(child) ?? child.text))
        break
      case 'license':
        this.#license(draft, child)
        break
      default: {
        const field = RENAMED.get(child.name) ?? (isPlain(child.name) ? child.name : undefined)
        if (field !== undefined) this.#set(draft, field, child, child.name, child.text)
      }
    }
  }

  #vdevId(element: Element): string {
    const device = this.#deviceOf(element)
    const subsystem = element.attributes.get('subsystemId') ?? element.attributes.get('subsystem')
    if (device === undefined || subsystem === undefined) return element.text
    return String(device * 0x1_0000 + this.#number(element, `${element.name}/subsystemId`, subsystem, 0xffff))
  }

  #license(draft: Draft, child: Element): void {
    const before = draft.values.get('license')?.value ?? ''
    const words = child.text.split(/[\s;]+/).filter((word) => word !== '')
    const names = words.flatMap((word) => (LICENSES.has(word.split(',')[0] ?? '') ? word.split(',') : word))
    const value = [before, ...names.map((name) => LICENSES.get(name) ?? name)].filter((part) => part !== '').join(';')
    // This also bounds the time for a long list of licences.
    if (value.length > MAX_LICENSE) throw this.#refused(child.line, 'license', `is longer than ${MAX_LICENSE}`)
    draft.values.set('license', { where: `line ${child.line}, license`, value })
  }

  #pgpu(element: Element): void {
    const own = element.children.find(({ name }) => name === 'devId')
    const pdevId = (own && this.#deviceOf(own)) ?? this.#deviceOf(element)
    if (pdevId === undefined) throw this.#refused(element.line, 'pgpu', 'has no device id')
    for (const child of element.children) {
      if (child.name !== 'supportedVgpu') continue
      const id = this.#number(child, 'supportedVgpu/vgpuId', child.attributes.get('vgpuId') ?? '', 0xffff_ffff)
      const max = child.attributes.get('maxVgpus') ?? child.children.find(({ name }) => name === 'maxVgpus')?.text
      const where = `line ${child.line}, maxVgpus`
      const value = max === undefined ? undefined : this.#number(child, 'maxVgpus', max, 0xffff_ffff)
      const entry = { pdevId, line: child.line, max: value === undefined ? undefined : { where, value } }
      const others = this.#supported.get(id)
      if (others) others.push(entry)
      else this.#supported.set(id, [entry])
    }
  }

  #complete({ where, values }: Draft): void {
    const id = values.get('vgpuType')?.value
    const supported = (typeof id === 'number' ? this.#supported.get(id) : undefined) ?? []
    const vdevId = values.get('vdevId')?.value
    const wanted =
      values.get('pdevId')?.value ?? (typeof vdevId === 'number' ? Math.floor(vdevId / 0x1_0000) : undefined)
    const devices = new Set(supported.map(({ pdevId }) => pdevId))
    const own = supported.filter(({ pdevId }) => pdevId === wanted)
    const [chosen] = own.length > 0 ? own : supported
    if (!chosen) return
    if (own.length === 0 && devices.size > 1) {
      throw fileError(
        this.#file,
        `${where}: pdevId is missing and ${devices.size} device ids support type ${String(id)}`,
      )
    }
    if (!values.has('pdevId')) values.set('pdevId', { where: `line ${chosen.line}, pgpu`, value: chosen.pdevId })
    if (!values.has('maxInstance') && chosen.max) values.set('maxInstance', chosen.max)
  }

  #deviceOf(element: Element): number | undefined {
    const text = element.attributes.get('deviceId') ?? element.attributes.get('device')
    return text === undefined ? undefined : this.#number(element, `${element.name}/deviceId`, text, 0xffff)
  }

  #set(draft: Draft, field: FieldName, element: Element, path: string, text: string): void {
    if (draft.values.has(field)) throw this.#refused(element.line, path, 'is there twice')
    const value = kindOf(field) === 'number' ? this.#number(element, path, text) : text.trim()
    draft.values.set(field, { where: `line ${element.line}, ${path}`, value })
  }

  #number(element: Element, path: string, text: string, max = Number.MAX_SAFE_INTEGER): number {
    const value = parseNumber(text)
    if (value !== undefined && value <= max) return value
    const short = text.length > 40 ? `${text.slice(0, 40)}…` : text
    const odd = oddNumber(text.trim())
    const why = odd === undefined ? '' : `: it is ${odd}`
    throw this.#refused(element.line, path, `${JSON.stringify(short)} is not a number from 0 to ${max}${why}`)
  }

  #refused(line: number, path: string, problem: string): NvError {
    return fileError(this.#file, `line ${line}, ${path}: ${problem}`)
  }
}

function isPlain(name: string): name is FieldName {
  return PLAIN.has(name)
}
