import fc from 'fast-check'
import { encodeVgpuInfo } from '../../src/catalog/vgpu-info.ts'
import { typeByName } from '../../src/catalog/vgpu-types.ts'
import type { HostState } from '../../src/engine/state.ts'
import { boundHost, type Host } from '../engine/bound-host.ts'
import { hostOf, uuidOf } from '../engine/host-of.ts'

/** Every text of a state that somebody can set, each with a word of its own in it. */
export const PLACES = [
  ...['name', 'vm', 'guestOs', 'typeName', 'driverVersion', 'guestVersion', 'guestBranch', 'xid', 'klog', 'peer'],
  ...['definition', 'attribute', 'registry', 'owner', 'client', 'bootNote', 'fault', 'driverOverride'],
] as const
export type Place = (typeof PLACES)[number]
export type Texts = Readonly<Record<Place, string>>

export const PLAIN = Object.fromEntries(PLACES.map((place) => [place, `Zq${place}Zq`])) as Texts

// biome-ignore lint/suspicious/noTemplateCurlyInString: it is text for a shell
const SHELL = ['$(touch proof)', '${IFS}', '`id`', '$HOME', ';', '&', '|', '>', '<', '\\', "'", '"', '*', '!', '~', '#']
const MARKUP = [']]>', '<!--', '<![CDATA[', '&amp;', '&#65;', '</name>', '<?x?>', "' a='b", '" a="b']
const DATA = [
  ': ',
  ' #',
  '- ',
  '{',
  '}',
  '[',
  ']',
  ',',
  '=',
  '%',
  '%(a)s',
  '@',
  '\n',
  '\t',
  '\n[pci]\n',
  '__proto__',
  'null',
  '0x1',
  '~',
  '?',
]
const OTHER = [' ', 'a', 'Z9', 'grün', '日本', '😀', 'é\u0301']

/** Texts that mean something to some reader. */
const hostile: fc.Arbitrary<string> = fc
  .array(fc.constantFrom(...SHELL, ...MARKUP, ...DATA, ...OTHER), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join(''))
  .filter((text) => text.trim() === text && text.length < 32)

/** The same for each place: a type's name is printable ASCII, and the texts of a guest's driver are Latin-1. */
export const hostileTexts: fc.Arbitrary<Texts> = fc
  .record(Object.fromEntries(PLACES.map((place) => [place, hostile])))
  .map(
    (texts) =>
      ({
        ...texts,
        guestVersion: latin1(texts.guestVersion),
        guestBranch: latin1(texts.guestBranch),
        typeName:
          [...(texts.typeName ?? '')]
            .filter((each) => each >= ' ' && each <= '~')
            .join('')
            .trim() || '`',
      }) as Texts,
  )

/** The characters that the firmware's structure of a guest can hold. */
function latin1(text = ''): string {
  return (
    [...text]
      .filter((each) => each <= '\u00ff')
      .join('')
      .trim() || '`'
  )
}

const TYPE = 5000

/** A host in which each place holds its text. */
export function hostWith(texts: Texts): Host {
  const { state, host } = hostOf()
  host.enableVfs({ count: 4 })
  host.uploadTypes([renamed(texts.typeName)])
  for (const n of [1, 2])
    host.createVgpu({ type: String(TYPE), uuid: uuidOf(n), name: `n${n}`, start: n === 1, vm: 'vm' })
  write(state, texts)
  return boundHost(JSON.parse(JSON.stringify(state)))
}

function renamed(name: string): Uint8Array {
  const known = typeByName('l40-4q')
  if (known === undefined) throw new Error('there is no L40-4Q')
  return encodeVgpuInfo({ ...known, vgpuType: TYPE, vgpuName: name })
}

function write(state: HostState, texts: Texts): void {
  const [gpu] = state.gpus
  const [vf, second] = gpu?.vfs ?? []
  const vgpu = gpu?.mgr?.vgpus[0]
  const plugin = Object.values(gpu?.gsp.plugins ?? {})[0]
  const [line] = gpu?.klog.lines ?? []
  const [step] = gpu?.gsp.boot ?? []
  const [held] = gpu?.nvkm.fb.used ?? []
  if (!gpu || !vf?.opened || !second || !vgpu || !plugin || !line || !step || !held)
    throw new Error('the host has not every place')
  vf.name = texts.name
  vf.driverOverride = texts.driverOverride
  Object.assign(vf.opened, { vm: texts.vm, guestOs: texts.guestOs })
  plugin.guest = {
    guestOs: 2,
    guestDriverVersion: texts.guestVersion,
    guestDriverBranch: texts.guestBranch,
    guestNegotiatedVgpuVersion: 1,
    frameRateLimit: 60,
    licensed: true,
    since: null,
    licenceExpiry: 0,
  }
  vgpu.failed = { xid: 13, text: texts.xid, at: 1 }
  line.text = texts.klog
  step.note = texts.bootNote
  held.owner = texts.owner
  second.name = texts.definition
  second.attrs = [{ name: 'params', value: texts.attribute }]
  state.definitions[uuidOf(2)] = {
    uuid: uuidOf(2),
    name: texts.definition,
    vgpuType: TYPE,
    gpu: gpu.bdf,
    vf: null,
    placementId: null,
    start: 'manual',
    attrs: second.attrs,
  }
  gpu.nvkm.registryDwords = texts.registry
  gpu.nvkm.clients.push(texts.client)
  state.driverVersion = texts.driverVersion
  state.migrations.push({ id: 'm1', phase: 'expected', uuid: uuidOf(3), peer: texts.peer })
  const fault = { id: 1, point: texts.fault, effect: 'ENOMEM', after: 0, times: 1, hits: 0, struck: 0 }
  state.faults.push(fault)
}
