import { joined } from '../../abi/bytes.ts'
import { struct } from '../../abi/compound.ts'
import { crc32 } from '../../abi/crc32.ts'
import { bytes, text } from '../../abi/elements.ts'
import { GUEST_PAGE_SIZE, MIGRATION_PLUGIN_STATE } from '../../abi/migration.ts'
import { NVA081_PGPU_METADATA_STRING_SIZE, NVA081_VGPU_STRING_BUFFER_SIZE } from '../../abi/nva081.ts'
import { PCI_CFG_SPACE_EXP_SIZE } from '../../abi/pci.ts'
import { bool8, u16, u32, u64 } from '../../abi/scalars.ts'
import { VM_UUID_SIZE } from '../../abi/vgpu-gsp.ts'
import { NvError } from '../../errors/nv-error.ts'
import { checkAttr, vgpuParams } from '../attributes.ts'
import { textProblem } from '../name-rules.ts'
import type { VgpuAttr } from '../state.ts'
import { uuidBytes, uuidText } from '../uuid.ts'
import type { VgpuImage, VmFacts } from './image.ts'
import { nameInImage } from './type-name.ts'
import { utf8Bytes, utf8Text } from './utf8.ts'

/**
 * The file format of a saved vGPU: a header, six sections, an end mark. Little endian. Header, sections and the whole
 * file have a CRC-32 each, so damage is detected and located before any use.
 */

/** "NVGPUMIG" */
const MAGIC = Uint8Array.of(0x4e, 0x56, 0x47, 0x50, 0x55, 0x4d, 0x49, 0x47)
export const IMAGE_VERSION = 1

export const IMAGE_HEADER = struct('IMAGE_HEADER', {
  magic: bytes(MAGIC.length),
  version: u32,
  header_size: u32,
  /** checksum of the header with this member zero */
  crc: u32,
  section_count: u32,
  /** size of the whole file, this header included */
  file_size: u64,
  vgpu_type: u32,
  /** vGPU protocol version of the guest, and the version range of its host; major << 16 | minor */
  guest_version: u32,
  oldest_version: u32,
  newest_version: u32,
  fb_length: u64,
  num_channels: u32,
  ecc_enabled: bool8,
  paused: bool8,
  vgpu_uuid: bytes(VM_UUID_SIZE),
  profile: text(16),
  type_name: text(NVA081_VGPU_STRING_BUFFER_SIZE),
  metadata: text(NVA081_PGPU_METADATA_STRING_SIZE),
})

export const IMAGE_SECTION = struct('IMAGE_SECTION', { tag: text(4), crc: u32, size: u64 })

/** End mark: the CRC of all bytes before it. */
const IMAGE_END = struct('IMAGE_END', { tag: text(4), crc: u32 })
const END_TAG = 'ENDS'

const HARDWARE = struct('IMAGE_HARDWARE', { command: u16, msix_flags: u16 })
const REGISTER = struct('IMAGE_REGISTER', { offset: u32, value: u32 })
const PAGE = struct('IMAGE_PAGE', { offset: u64, bytes: bytes(GUEST_PAGE_SIZE) })

type Parts = Pick<VgpuImage, 'vm' | 'config' | 'hardware' | 'registers' | 'plugin' | 'pages'>

/** The sections in file order. `read` gives null for invalid bytes. */
const SECTIONS: readonly {
  tag: string
  write(image: Parts): Uint8Array
  read(body: Uint8Array, image: VgpuImage): Partial<Parts> | null
}[] = [
  {
    tag: 'VMID',
    write: ({ vm }) => utf8Bytes(JSON.stringify(vm)),
    read: (body) => {
      const vm = readVm(body)
      return vm && { vm }
    },
  },
  {
    tag: 'CFGS',
    write: ({ config }) => config,
    read: (body) => (body.length === PCI_CFG_SPACE_EXP_SIZE ? { config: body.slice() } : null),
  },
  {
    tag: 'VFHW',
    write: ({ hardware }) => HARDWARE.encode({ command: hardware.command, msix_flags: hardware.msixFlags }),
    read: (body) => {
      if (body.length !== HARDWARE.size) return null
      const { command, msix_flags } = HARDWARE.decode(body)
      return { hardware: { command, msixFlags: msix_flags } }
    },
  },
  {
    tag: 'BAR0',
    write: ({ registers }) => joined(registers.map(([offset, value]) => REGISTER.encode({ offset, value }))),
    read: (body) => {
      const registers = elements(body, REGISTER.size).map((at) => REGISTER.decode(body, at))
      const ascending = registers.every(
        ({ offset }, i) => offset % 4 === 0 && offset > (registers[i - 1]?.offset ?? -1),
      )
      if (body.length % REGISTER.size !== 0 || !ascending) return null
      return { registers: registers.map(({ offset, value }) => [offset, value] as const) }
    },
  },
  {
    tag: 'PLUG',
    write: ({ plugin }) => plugin,
    read: (body) => {
      if (body.length !== MIGRATION_PLUGIN_STATE.size) return null
      const { guest } = MIGRATION_PLUGIN_STATE.decode(body)
      checkTexts({ guestDriverVersion: guest.guestDriverVersion, guestDriverBranch: guest.guestDriverBranch })
      return { plugin: body.slice() }
    },
  },
  {
    tag: 'FBPG',
    write: ({ pages }) => joined([...pages].map(([offset, page]) => PAGE.encode({ offset, bytes: page }))),
    read: (body, { fbLength }) => {
      if (body.length % PAGE.size !== 0) return null
      const pages = new Map<number, Uint8Array>()
      let last = -1
      for (const at of elements(body, PAGE.size)) {
        const offset = PAGE.get(body, 'offset', at)
        if (offset <= last || offset % GUEST_PAGE_SIZE !== 0 || offset + GUEST_PAGE_SIZE > fbLength) return null
        const start = at + PAGE.fields.bytes.offset
        pages.set(offset, body.slice(start, start + GUEST_PAGE_SIZE))
        last = offset
      }
      return { pages }
    },
  },
]

/** Encodes a vGPU as a file. The same vGPU gives the same bytes. */
export function encodeImage(image: VgpuImage): Uint8Array {
  const sections = SECTIONS.flatMap(({ tag, write }) => {
    const body = write(image)
    return [IMAGE_SECTION.encode({ tag, crc: crc32(body), size: body.length }), body]
  })
  const size = sections.reduce((sum, part) => sum + part.length, IMAGE_HEADER.size + IMAGE_END.size)
  const header = IMAGE_HEADER.encode({
    magic: MAGIC,
    version: IMAGE_VERSION,
    header_size: IMAGE_HEADER.size,
    section_count: SECTIONS.length,
    file_size: size,
    vgpu_type: image.vgpuType,
    guest_version: image.version,
    oldest_version: image.hostVersions.oldest,
    newest_version: image.hostVersions.newest,
    fb_length: image.fbLength,
    num_channels: image.numChannels,
    ecc_enabled: image.eccEnabled,
    paused: image.paused,
    vgpu_uuid: uuidBytes(image.uuid),
    profile: image.profile,
    type_name: nameInImage(image.typeName),
    metadata: image.metadata,
  })
  IMAGE_HEADER.set(header, 'crc', crc32(header))
  const body = joined([header, ...sections])
  return joined([body, IMAGE_END.encode({ tag: END_TAG, crc: crc32(body) })])
}

/**
 * Decodes a saved vGPU. Checksums are verified before any content is used.
 * @throws NvError `invalid-file` with the fault and its offset, `newer-schema` for a later version
 */
export function decodeImage(source: Uint8Array): VgpuImage {
  // a real copy: a slice of Node's Buffer shares memory with the file
  const file = new Uint8Array(source)
  const header = readHeader(file)
  const image: VgpuImage = {
    vgpuType: header.vgpu_type,
    typeName: header.type_name,
    uuid: uuidText(header.vgpu_uuid),
    version: header.guest_version,
    hostVersions: { oldest: header.oldest_version, newest: header.newest_version },
    profile: header.profile,
    metadata: header.metadata,
    eccEnabled: header.ecc_enabled,
    numChannels: header.num_channels,
    fbLength: header.fb_length,
    paused: header.paused,
    vm: { vm: '', name: null, guestOs: null, policy: 'closes', tcc: false },
    config: new Uint8Array(PCI_CFG_SPACE_EXP_SIZE),
    hardware: { command: 0, msixFlags: 0 },
    registers: [],
    plugin: new Uint8Array(0),
    pages: new Map(),
  }
  const { typeName, profile, metadata } = image
  sound('header', 0, () => checkTexts({ type_name: typeName, profile, metadata }))
  let at = IMAGE_HEADER.size
  for (const { tag, read } of SECTIONS) {
    const body = takeSection(file, at, tag)
    const part = sound(`section ${tag}`, at + IMAGE_SECTION.size, () => read(body, image))
    if (!part)
      throw damaged(`section ${tag}`, at + IMAGE_SECTION.size, 'its checksum is right but its content is malformed')
    Object.assign(image, part)
    at += IMAGE_SECTION.size + body.length
  }
  checkEnd(file, at)
  return image
}

function readHeader(file: Uint8Array) {
  if (file.length < MAGIC.length || !MAGIC.every((byte, i) => file[i] === byte))
    throw damaged('magic', 0, 'the file is not a saved vGPU')
  const { version: versionField, crc: crcField, header_size, file_size } = IMAGE_HEADER.fields
  if (file.length < IMAGE_HEADER.size)
    throw damaged('header', file.length, `the file ends within the header of ${IMAGE_HEADER.size} bytes`)
  const version = IMAGE_HEADER.get(file, 'version')
  if (version > IMAGE_VERSION) {
    throw new NvError({
      errno: 'EOPNOTSUPP',
      code: 'newer-schema',
      at: 'migration stream',
      message: `version at offset ${versionField.offset} is ${version}, and this nvgpu reads up to ${IMAGE_VERSION}`,
    })
  }
  const head = file.slice(0, IMAGE_HEADER.size)
  IMAGE_HEADER.set(head, 'crc', 0)
  if (crc32(head) !== IMAGE_HEADER.get(file, 'crc'))
    throw damaged('header', crcField.offset, 'its checksum does not match its content')
  const header = sound('header', 0, () => IMAGE_HEADER.decode(file))
  if (version < 1) throw damaged('version', versionField.offset, 'is 0')
  if (header.header_size !== IMAGE_HEADER.size)
    throw damaged('header_size', header_size.offset, `is ${header.header_size}, not ${IMAGE_HEADER.size}`)
  if (header.section_count !== SECTIONS.length)
    throw damaged('section_count', IMAGE_HEADER.fields.section_count.offset, `is ${header.section_count}`)
  if (header.file_size !== file.length) {
    throw damaged('file_size', file_size.offset, `says ${header.file_size} bytes and the file has ${file.length}`)
  }
  return header
}

function takeSection(file: Uint8Array, at: number, tag: string): Uint8Array {
  const start = at + IMAGE_SECTION.size
  if (start > file.length) throw damaged(`section ${tag}`, file.length, 'the file ends before it')
  if (IMAGE_SECTION.get(file, 'tag', at) !== tag) throw damaged(`section ${tag}`, at, 'other data is in its place')
  const size = sizeAt(file, at)
  if (size === null || start + size > file.length) throw damaged(`section ${tag}`, at, 'its size does not fit the file')
  const body = file.subarray(start, start + size)
  if (crc32(body) !== IMAGE_SECTION.get(file, 'crc', at))
    throw damaged(`section ${tag}`, start, 'its checksum does not match its content')
  return body
}

/** A 64-bit size; null above 2^53. */
function sizeAt(file: Uint8Array, at: number): number | null {
  const { size } = IMAGE_SECTION.fields
  return new DataView(file.buffer, file.byteOffset).getUint32(at + size.offset + 4, true) < 0x20_0000
    ? IMAGE_SECTION.get(file, 'size', at)
    : null
}

function checkEnd(file: Uint8Array, at: number): void {
  if (at + IMAGE_END.size !== file.length) throw damaged('end mark', at, 'the file does not end where it should')
  if (IMAGE_END.get(file, 'tag', at) !== END_TAG) throw damaged('end mark', at, 'is not there')
  if (IMAGE_END.get(file, 'crc', at) !== crc32(file.subarray(0, at)))
    throw damaged('end mark', at + IMAGE_END.fields.crc.offset, 'the checksum of the file does not match its content')
}

/** RFC 4122 text, lower case. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

function readVm(body: Uint8Array): VmFacts | null {
  try {
    const value: unknown = JSON.parse(utf8Text(body))
    if (typeof value !== 'object' || value === null) return null
    const {
      vm,
      vmUuid,
      name,
      guestOs,
      policy,
      tcc,
      driverUs,
      attrs = [],
    }: Partial<Record<keyof VmFacts, unknown>> = value
    const known = typeof vm === 'string' && isTextOrNull(name) && isTextOrNull(guestOs) && typeof tcc === 'boolean'
    if (vmUuid !== undefined && (typeof vmUuid !== 'string' || !UUID.test(vmUuid))) return null
    if (driverUs !== undefined && !isTime(driverUs)) return null
    if (!known || (policy !== 'closes' && policy !== 'ignores')) return null
    if ([vm, name, guestOs].some((text) => (text?.length ?? 0) > LONGEST_NAME)) return null
    checkTexts({ vm, name: name ?? '', guestOs: guestOs ?? '' })
    if (!Array.isArray(attrs) || !attrs.every(isAttr)) return null
    for (const attr of attrs) checkAttr(attr)
    vgpuParams(attrs)
    return {
      vm,
      ...(vmUuid === undefined ? {} : { vmUuid }),
      name,
      guestOs,
      policy,
      tcc,
      ...(driverUs === undefined ? {} : { driverUs }),
      ...(attrs.length > 0 ? { attrs } : {}),
    }
  } catch (error) {
    if (error instanceof RangeError) throw error
    return null
  }
}

function isAttr(value: unknown): value is VgpuAttr {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 2) return false
  const { name, value: text }: Partial<Record<keyof VgpuAttr, unknown>> = value
  return typeof name === 'string' && typeof text === 'string'
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string'
}

/** A name has at most 64 characters, of up to two JavaScript units each. */
const LONGEST_NAME = 128

/** Refuses control characters, which could steer a terminal. @throws RangeError that names the text */
function checkTexts(texts: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(texts)) {
    const problem = textProblem(value)
    if (problem !== null) throw new RangeError(`${name} ${problem}`)
  }
}

/** Reads a number; one outside the range of sizes and addresses counts as damage. */
function sound<T>(field: string, offset: number, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw error instanceof RangeError ? damaged(field, offset, error.message) : error
  }
}

function elements(body: Uint8Array, size: number): number[] {
  return Array.from({ length: Math.floor(body.length / size) }, (_, i) => i * size)
}

function damaged(field: string, offset: number, problem: string): NvError {
  return new NvError({
    errno: 'EBADMSG',
    code: 'invalid-file',
    at: 'migration stream',
    message: `${field} at offset ${offset}: ${problem}`,
    hint: 'nvgpu vgpu save VGPU FILE writes one',
  })
}
