import type { TypeView } from '../contract/views/type.ts'
import { shortTypeName } from '../errors/type-name.ts'
import type { View } from './answer.ts'
import { drawSheet } from './sheet.ts'

/** vGPU types. */
export const TYPES: View<TypeView> = {
  kind: 'types',
  name: (type) => shortTypeName(type.name),
  sentence: (type) => `type ${shortTypeName(type.name)} (${type.id}) ${type.source}, known to ${gspText(type)}`,
  columns: [
    { head: 'ID', text: (type) => String(type.id), right: true },
    { head: 'NAME', text: (type) => shortTypeName(type.name) },
    { head: 'CLASS', text: (type) => type.class, shrink: 0 },
    { head: 'FB MIB', text: (type) => String(type.framebufferMiB), right: true },
    { head: 'MAX', text: (type) => String(type.maxInstance), right: true },
    { head: 'CHANNELS', text: (type) => String(type.channels), right: true, spare: 3 },
    { head: 'HEADS', text: (type) => String(type.numHeads), right: true, spare: 1 },
    { head: 'RESOLUTION', text: (type) => type.maxResolution, right: true, spare: 2 },
    { head: 'SOURCE', text: (type) => type.source, spare: 0 },
    {
      head: 'CREATABLE',
      text: (type) => String(creatable(type)),
      right: true,
      mood: (type) => (creatable(type) > 0 ? 'good' : 'dim'),
    },
    { head: 'IN GSP OF', text: (type) => gspText(type), wide: true },
    { head: 'LICENSE', text: (type) => type.license, wide: true },
    { head: 'PDEV', text: (type) => type.pdevId, wide: true },
    { head: 'VDEV', text: (type) => type.vdevId, wide: true },
  ],
  fields: [
    'id',
    'name',
    'series',
    'class',
    'board',
    'license',
    ['profileSizeMiB', 'MiB'],
    ['framebufferMiB', 'MiB'],
    ['fbReservationMiB', 'MiB'],
    ['gspHeapMiB', 'MiB'],
    ['bar1MiB', 'MiB'],
    'maxInstance',
    'numHeads',
    'maxResolution',
    'maxPixels',
    'frameRateLimit',
    'eccSupported',
    'cudaEnabled',
    'multiVgpuSupported',
    'pdevId',
    'vdevId',
    'source',
    'certainty',
    'derived',
    'open',
    'channels',
  ],
}

/** Everything about each type, with the reason if it cannot be created. */
export function typeSheet(types: readonly TypeView[]): string {
  return types
    .map((type) =>
      drawSheet([
        {
          rows: [
            ['Type', `${shortTypeName(type.name)} (${type.id})`],
            ['Class', type.class],
            ['Series', type.series],
            ['Board', type.board],
            ['License', type.license],
            ['Source', type.source],
            ['Certainty', type.certainty],
            ...(type.derived.length === 0 ? [] : [['Derived', type.derived.join(', ')] as const]),
            ...type.open.map((sentence) => ['Open', sentence] as const),
          ],
        },
        {
          title: 'Per vGPU',
          rows: [
            ['Profile size', `${type.profileSizeMiB} MiB`],
            ['Framebuffer', `${type.framebufferMiB} MiB`],
            ['Reserved', `${type.fbReservationMiB} MiB`],
            ['GSP heap', `${type.gspHeapMiB} MiB`],
            ['BAR1', `${type.bar1MiB} MiB`],
            ['Channels', type.channels],
            ['Most on a GPU', type.maxInstance],
            ['Heads', type.numHeads],
            ['Resolution', type.maxResolution],
            ['Pixels', type.maxPixels],
            ['Frame rate limit', type.frameRateLimit],
            ['ECC', type.eccSupported],
            ['CUDA', type.cudaEnabled],
            ['Several in one VM', type.multiVgpuSupported],
            ['Physical device', type.pdevId],
            ['Virtual device', type.vdevId],
          ],
        },
        {
          title: 'On this host',
          rows: type.gpus.map((gpu) => [
            `GPU ${gpu.gpu}`,
            `${creatableText(gpu)}, ${gpu.inGsp ? 'in GSP' : 'not in GSP'}`,
          ]),
        },
      ]),
    )
    .join('\n')
}

function creatable(type: TypeView): number {
  return type.gpus.reduce((sum, gpu) => sum + gpu.creatable, 0)
}

function creatableText({ creatable: count, reason, placement }: TypeView['gpus'][number]): string {
  const ids = placement === null || placement.creatable.length === 0 ? '' : ` at ${placement.creatable.join(' ')}`
  return `${countText(count, reason)}${ids}`
}

function countText(count: number, reason: string | null): string {
  if (reason === null) return `${count} creatable`
  return count === 0 ? `none creatable (${reason})` : `${count} creatable (then: ${reason})`
}

function gspText(type: TypeView): string {
  const gpus = type.gpus.filter((gpu) => gpu.inGsp).map((gpu) => gpu.gpu)
  return gpus.length === 0 ? 'no GSP' : `GPU ${gpus.join(',')}`
}
