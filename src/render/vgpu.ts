import type { ListedVgpuView, VgpuLineView } from '../contract/views/vgpu.ts'
import { shortTypeName } from '../errors/type-name.ts'
import type { View } from './answer.ts'
import { drawSheet } from './sheet.ts'
import { formatSize } from './size.ts'
import type { Column, Mood } from './table.ts'

const MOODS: Readonly<Record<ListedVgpuView['state'], Mood>> = {
  running: 'good',
  configured: 'dim',
  paused: 'warn',
  migrating: 'warn',
  failed: 'bad',
  defined: 'dim',
}

type Line = Pick<ListedVgpuView, keyof VgpuLineView>

const LINE: readonly Column<Line>[] = [
  { head: 'UUID', text: (vgpu) => vgpu.uuid, short: (vgpu) => vgpu.uuid.slice(0, 8) },
  { head: 'NAME', text: (vgpu) => vgpu.name ?? '-', shrink: 1 },
  { head: 'TYPE', text: (vgpu) => shortTypeName(vgpu.vgpuType.name) },
  { head: 'STATE', text: (vgpu) => vgpu.state, mood: (vgpu) => MOODS[vgpu.state] },
  { head: 'GPU', text: (vgpu) => String(vgpu.gpu ?? '-'), right: true },
  { head: 'VF', text: (vgpu) => vgpu.vf ?? '-' },
  { head: 'VM', text: (vgpu) => vgpu.vm ?? '-', shrink: 0, spare: 0 },
]

/** vGPUs as lines or as names. */
export const VGPU_LINES: View<VgpuLineView> = {
  kind: 'vgpus',
  name: (vgpu) => vgpu.uuid,
  columns: LINE,
  fields: [],
}

/** vGPUs, live or only defined. */
export const VGPUS: View<ListedVgpuView> = {
  kind: 'vgpus',
  name: (vgpu) => vgpu.uuid,
  sentence: (vgpu) =>
    `vGPU ${vgpu.uuid} (${shortTypeName(vgpu.vgpuType.name)}) ${vgpu.state} on ${vgpu.vf ?? vgpu.gpuBdf}`,
  columns: [
    ...LINE,
    { head: 'PLACE', text: (vgpu) => String(vgpu.placementId ?? '-'), right: true, wide: true },
    { head: 'GUEST', text: (vgpu) => vgpu.guestDriver ?? '-', wide: true },
    { head: 'GFID', text: (vgpu) => String(vgpu.gfid ?? '-'), right: true, wide: true },
    { head: 'PID', text: (vgpu) => (vgpu.pid === null ? '-' : String(vgpu.pid)), right: true, wide: true },
    { head: 'CHANNELS', text: (vgpu) => channels(vgpu), wide: true },
    { head: 'FRAMEBUFFER', text: (vgpu) => extent(vgpu.framebuffer), wide: true },
    { head: 'HEAP', text: (vgpu) => extent(vgpu.heap), wide: true },
  ],
  fields: [
    'uuid',
    'name',
    'state',
    'gpu',
    'gpuBdf',
    'vf',
    'vfIndex',
    'gfid',
    'vgpuType.id',
    'vgpuType.name',
    ['profileSizeMiB', 'MiB'],
    'placementId',
    'gpuInstance',
    'vm',
    'pid',
    'guestOs',
    'guestDriver',
    ['frameRateLimit', 'Hz'],
    'displays',
    'framebuffer.addr',
    ['framebuffer.size', 'B'],
    'channels.first',
    'channels.count',
    'channels.plugin',
    'heap.addr',
    ['heap.size', 'B'],
    'bar1.offset',
    ['bar1.size', 'B'],
    'client',
    'plugin.state',
    'plugin.sequence',
    'failure.xid',
    'failure.text',
    'taskLog',
    'attrs',
    'definition.name',
    'definition.vgpuType.id',
    'definition.vgpuType.name',
    'definition.gpuBdf',
    'definition.vf',
    'definition.placementId',
    'definition.start',
    'definition.attrs',
  ],
  records: (vgpu) => [
    {
      ...vgpu,
      attrs: words(vgpu.attrs),
      definition: vgpu.definition && { ...vgpu.definition, attrs: words(vgpu.definition.attrs) },
    },
  ],
}

/** The same with the fields of definitions, if some vGPUs have one and some do not. */
export const DEFINED_VGPUS: View<ListedVgpuView> = {
  ...VGPUS,
  columns: [
    ...VGPUS.columns,
    { head: 'START', text: ({ definition }) => definition?.start ?? '-' },
    { head: 'WANTED', text: ({ definition }) => definition?.vf ?? definition?.gpuBdf ?? '-' },
  ],
}

/** Everything about each vGPU. */
export function vgpuSheet(vgpus: readonly ListedVgpuView[]): string {
  return vgpus
    .map((vgpu) =>
      drawSheet([
        {
          rows: [
            ['vGPU', vgpu.uuid],
            ['Name', vgpu.name],
            ['State', vgpu.state],
            ...failureRow(vgpu),
            ['Type', `${shortTypeName(vgpu.vgpuType.name)} (${vgpu.vgpuType.id})`],
            ['GPU', `${vgpu.gpu ?? 'not there'} (${vgpu.gpuBdf})`],
            ['VF', vgpu.vf === null ? null : `${vgpu.vf} (index ${vgpu.vfIndex}, gfid ${vgpu.gfid})`],
            ['Placement', vgpu.placementId],
            ...(vgpu.gpuInstance === null ? [] : [['GPU instance', vgpu.gpuInstance] as const]),
            ['VM', vgpu.vm === null ? null : `${vgpu.vm} (pid ${vgpu.pid ?? '-'})`],
            [
              'Guest',
              vgpu.vm === null ? null : `${vgpu.guestOs ?? 'unnamed'}, driver ${vgpu.guestDriver ?? 'not loaded'}`,
            ],
            ['Frame limit', vgpu.frameRateLimit === null ? null : `${vgpu.frameRateLimit} Hz`],
            ['Displays', vgpu.displays.join(' or ')],
            ...attributes(vgpu.attrs),
          ],
        },
        { title: 'Defined', rows: definitionRows(vgpu.definition) },
        {
          title: 'Resources',
          rows: [
            ['Framebuffer', extent(vgpu.framebuffer)],
            ['Channels', channels(vgpu)],
            ['Plugin channels', vgpu.channels?.plugin ?? null],
            ['Management heap', extent(vgpu.heap)],
            ['BAR1 window', vgpu.bar1 === null ? null : `${formatSize(vgpu.bar1.size)} at ${vgpu.bar1.offset}`],
            ['GSP client', vgpu.client],
          ],
        },
        {
          title: 'Plugin task',
          rows:
            vgpu.plugin === null
              ? []
              : [
                  ['State', vgpu.plugin.state],
                  ['RPC sequence', vgpu.plugin.sequence],
                ],
        },
      ]).concat(vgpu.taskLog.length === 0 ? '' : `\nTask log\n${vgpu.taskLog.map((entry) => `  ${entry}\n`).join('')}`),
    )
    .join('\n')
}

function failureRow({ failure }: ListedVgpuView): [string, string][] {
  return failure === null ? [] : [['Failure', `Xid ${failure.xid}: ${failure.text}`]]
}

function extent(range: { addr: string; size: number } | null): string {
  return range === null ? '-' : `${formatSize(range.size)} at ${range.addr}`
}

function definitionRows(definition: ListedVgpuView['definition']): [string, string | number | null][] {
  if (definition === null) return []
  const { name, vgpuType, gpuBdf, vf, placementId, start, attrs } = definition
  return [
    ['Start', start],
    ['Name', name],
    ['Type', `${shortTypeName(vgpuType.name)} (${vgpuType.id})`],
    ['On', vf ?? gpuBdf],
    ['Placement', placementId],
    ...attributes(attrs),
  ]
}

function attributes(attrs: ListedVgpuView['attrs']): [string, string][] {
  return words(attrs).map((text, index) => [`Attribute ${index}`, text])
}

function words(attrs: ListedVgpuView['attrs']): string[] {
  return attrs.map(({ name, value }) => `${name}=${value}`)
}

function channels(vgpu: ListedVgpuView): string {
  if (vgpu.channels === null) return '-'
  return `${vgpu.channels.first}..${vgpu.channels.first + vgpu.channels.count - 1}`
}
