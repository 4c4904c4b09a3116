import { describe, expect, it } from 'vitest'
import { NVA081_CTRL_VGPU_INFO, NVA081_MAX_VGPU_TYPES_PER_PGPU } from '../../src/abi/nva081.ts'
import { readTypeFile } from '../../src/app/type-file/read.ts'
import { encodeVgpuInfo } from '../../src/catalog/vgpu-info.ts'
import { refusal } from './refusal.ts'
import { catalogType, timeSlicedTypes, utf8, xmlFile, xmlType } from './samples.ts'

const read = (...parts: string[]) => readTypeFile('vgpuConfig.xml', xmlFile(...parts)).blobs
const refused = (...parts: string[]) => refusal('vgpuConfig.xml', xmlFile(...parts)).message
const decoded = (blobs: Uint8Array[]) => blobs.map((blob) => NVA081_CTRL_VGPU_INFO.decode(blob))

const pgpu = (device: string, id: number, max: number) =>
  `<pgpu><devId deviceId="${device}"/><supportedVgpu vgpuId="${id}"><maxVgpus>${max}</maxVgpus></supportedVgpu></pgpu>`

describe('an XML type file', () => {
  it('makes the records of the catalogue', () => {
    const ids = [869, 874, 880, 888, 907]
    expect(read(...ids.map((id) => xmlType(id)))).toEqual(ids.map((id) => encodeVgpuInfo(catalogType(id))))
  })

  it('may describe the types of every board there is, which are more than one GPU takes', () => {
    const types = timeSlicedTypes()
    expect(types.length).toBeGreaterThan(NVA081_MAX_VGPU_TYPES_PER_PGPU)
    const file = readTypeFile('vgpuConfig.xml', xmlFile(...types.map((id) => xmlType(id))))
    expect(file.everyBoard).toBe(true)
    expect(file.blobs).toHaveLength(types.length)
  })

  it('passes over elements it does not know, comments and what lies outside the records', () => {
    const around = '<version>1.0</version><!-- vgpuType --><other><numHeads>9</numHeads></other>'
    const inside = '<vgpuExtra><a>b</a></vgpuExtra><?target data?>'
    expect(read(around, xmlType(874, [], inside))).toEqual([encodeVgpuInfo(catalogType(874))])
  })

  it('takes device id and maximum from the pgpu that supports the type', () => {
    const type = xmlType(874, ['pdevId', 'maxInstances'])
    expect(decoded(read(type, pgpu('0x26B5', 874, 7)))).toMatchObject([{ pdevId: 0x26b5, maxInstance: 7 }])
    expect(decoded(read(pgpu('0x1111', 874, 3), type, pgpu('0x26B5', 874, 7)))).toMatchObject([{ maxInstance: 7 }])
    const attribute = '<pgpu deviceId="0x26b5"><supportedVgpu vgpuId="874" maxVgpus="5"/></pgpu>'
    expect(decoded(read(type, attribute))).toMatchObject([{ maxInstance: 5 }])
  })

  it('lets a type keep its own figures over a pgpu', () => {
    expect(decoded(read(xmlType(874), pgpu('0x26B5', 874, 7)))).toMatchObject([{ maxInstance: 12 }])
  })

  it('reads licences as names or as codes, once or in several elements', () => {
    const wanted = [{ license: catalogType(869).license }]
    const bare = (extra: string) => decoded(read(xmlType(869, ['license'], extra)))
    expect(bare('<license>VPC;QVDWS;VWS;VWSExt</license>')).toMatchObject(wanted)
    expect(bare('<license>VPC QVDWS</license><license>VWS,VWSExt</license>')).toMatchObject(wanted)
    expect(bare('<license><![CDATA[GRID-Virtual-PC,2.0]]></license>')).toMatchObject([
      { license: 'GRID-Virtual-PC,2.0' },
    ])
  })

  it.each([
    ['<numHeads>four</numHeads>', 'numHeads', 'numHeads: "four" is not a number'],
    ['<numHeads>9</numHeads>', 'numHeads', 'numHeads: numHeads is 9: it must be 1 to 4'],
    ['<numHeads></numHeads>', 'numHeads', 'numHeads: "" is not a number'],
    ['<display width="7680"/>', 'display', 'display/height: "" is not a number'],
    [
      '<vdevId deviceId="0x26b50" subsystemId="1"/>',
      'vdevId',
      'vdevId/deviceId: "0x26b50" is not a number from 0 to 65535',
    ],
    ['<signature>zz</signature>', '', 'signature: vgpuSignature is not a row of hex digits'],
    ['<numHeads>4</numHeads>', '', 'numHeads: is there twice'],
    [`<license>${'x'.repeat(128)}</license>`, 'license', 'license: is longer than 127'],
    ['<bar1Length>-1</bar1Length>', 'bar1Length', 'bar1Length: "-1" is not a number'],
  ])('refuses %s with its line', (element, without, message) => {
    const text = refused(xmlType(869), xmlType(874, [without], element))
    expect(text).toMatch(/^vgpuConfig\.xml: line \d+, /)
    expect(text).toContain(message)
  })

  it('counts lines from one', () => {
    expect(refused('\n\n<vgpuType id="x" name="y"/>')).toContain('line 5, id: "x" is not a number')
    expect(refused('<vgpuType name="y"/>')).toContain('line 3, vgpuType: has no id attribute')
  })

  it('says what is missing, what is there twice, and what supports nothing', () => {
    expect(refused(xmlType(874, ['framebuffer']))).toContain('line 3: fbLength is missing')
    expect(refused(xmlType(874), xmlType(874))).toMatch(/vgpuType 874 is there twice, at line 3 and at line \d+/)
    expect(refused(xmlType(874), pgpu('0x26b5', 900, 1))).toContain('supportedVgpu: type 900 is not in the file')
    expect(refused(xmlType(874), '<pgpu/>')).toContain('pgpu: has no device id')
    expect(refused('<nothing/>')).toContain('has no types in it')
    const open = xmlType(874, ['pdevId', 'vdevId'])
    expect(refused(open, pgpu('0x1111', 874, 1), pgpu('0x2222', 874, 1))).toContain('2 device ids support type 874')
  })

  it('refuses what is not well-formed, with line and column', () => {
    expect(refusal('x.xml', utf8('<a>\n<b></a>')).message).toMatch(/^x\.xml: line 2, column \d+: /)
    for (const text of [
      '<',
      '<a',
      '<a>',
      '<a></b>',
      '<a/><b/>',
      '<a b="1" b="2"/>',
      '<a>&#0;</a>',
      '<a>&nope;</a>',
      'x<a/>',
    ]) {
      expect(refusal('x.xml', utf8(`<!-- x -->${text}`)).code, text).toBe('invalid-file')
    }
  })

  it('refuses a document type declaration of its own, and so entity bombs and files of others', () => {
    const lines = Array.from({ length: 20 }, (_, level) => `<!ENTITY l${level + 1} "${`&l${level};`.repeat(10)}">`)
    const bombs = [
      `<!DOCTYPE v [<!ENTITY l0 "lol">${lines.join('')}]><v>&l20;</v>`,
      `<!DOCTYPE v [<!ENTITY a "${'x'.repeat(100_000)}">]><v>${'&a;'.repeat(100_000)}</v>`,
      '<!DOCTYPE v [<!ENTITY x SYSTEM "file:///etc/passwd">]><v>&x;</v>',
      '<!DOCTYPE v [<!ENTITY % p SYSTEM "http://127.0.0.1/x"> %p;]><v/>',
    ]
    for (const bomb of bombs) {
      expect(refusal('bomb.xml', utf8(bomb)).message).toContain('a document type declaration with an internal subset')
    }
    const external = utf8('<!DOCTYPE v SYSTEM "file:///etc/passwd"><v/>')
    expect(refusal('x.xml', external).message).toBe('x.xml: has no types in it')
  })

  it('refuses deep nesting, and a parser-sized heap of anything else', () => {
    const megabytes = 7 * 1024 * 1024
    expect(refusal('deep.xml', utf8('<a>'.repeat(megabytes / 3))).message).toContain('nest deeper than 16')
    expect(refusal('wide.xml', xmlFile('<pgpu/>'.repeat(megabytes / 7))).message).toContain('has no device id')
    expect(refusal('flat.xml', xmlFile('<a/>'.repeat(megabytes / 4))).message).toContain('has no types in it')
    const licenses = '<license>VPC</license>'.repeat(300_000)
    expect(refusal('licences.xml', xmlFile(xmlType(874, [], licenses))).message).toContain(
      'license: is longer than 127',
    )
    const supported = pgpu('1', 874, 1).replace(/<supported.*Vgpu>/, '<supportedVgpu vgpuId="874"/>'.repeat(200_000))
    expect(readTypeFile('supported.xml', xmlFile(xmlType(874), supported)).blobs).toHaveLength(1)
    expect(refusal('text.xml', xmlFile(xmlType(874, [], `<x>${'y'.repeat(megabytes)}</x><z>`))).code).toBe(
      'invalid-file',
    )
  })

  it('keeps names like __proto__ as the data they are', () => {
    const text = '<vgpuType __proto__="1" constructor="2" id="1" name="x"><__proto__>5</__proto__></vgpuType>'
    expect(refused(text)).toContain('is missing')
    expect(Object.hasOwn(Object.prototype, 'id')).toBe(false)
  })
})
