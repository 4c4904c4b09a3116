import type { BoardFitView, BoardTypeView, BoardView } from '../contract/views/board.ts'
import { shortTypeName } from '../errors/type-name.ts'
import type { View } from './answer.ts'
import { drawSheet } from './sheet.ts'

/** The boards of the catalogue. */
export const BOARDS: View<BoardView> = {
  kind: 'boards',
  name: (board) => board.name,
  sentence: (board) => `${board.name}, ${board.product}`,
  columns: [
    { head: 'BOARD', text: (board) => board.name },
    { head: 'PRODUCT', text: (board) => board.product, spare: 1 },
    { head: 'ARCHITECTURE', text: (board) => board.architecture, spare: 2 },
    { head: 'DEVICE', text: (board) => board.deviceId },
    { head: 'GIB', text: (board) => String(board.memoryGiB), right: true },
    { head: 'VFS', text: (board) => vfs(board), right: true },
    { head: 'TYPES', text: (board) => String(board.types), right: true },
    { head: 'MOST', text: (board) => unknown(board.mostVgpus), right: true },
    { head: 'IN A HOST', text: inHost },
    { head: 'MISSING', text: (board) => board.missing.join(', '), wide: true },
  ],
  fields: [
    'name',
    'product',
    'architecture',
    'chip',
    'deviceId',
    'memoryGiB',
    'memoryType',
    'sriov',
    'totalVfs',
    'mig',
    'mixedSize',
    'types',
    'mostVgpus',
    'missing',
    'figures',
  ],
}

/** The types of a board. */
export const BOARD_TYPES: View<BoardTypeView> = {
  kind: 'boardTypes',
  name: (type) => shortTypeName(type.name),
  sentence: (type) => `type ${shortTypeName(type.name)} of ${type.board}`,
  columns: [
    { head: 'ID', text: (type) => unknown(type.id), right: true },
    { head: 'NAME', text: (type) => shortTypeName(type.name) },
    { head: 'CLASS', text: (type) => type.class },
    { head: 'PROFILE MIB', text: (type) => String(type.profileSizeMiB), right: true },
    { head: 'FB MIB', text: (type) => unknown(type.framebufferMiB), right: true, spare: 1 },
    { head: 'MAX', text: (type) => String(type.maxInstance), right: true },
    { head: 'MIXED', text: (type) => String(type.mixedSizeMax ?? '-'), right: true },
    { head: 'GPU INSTANCE', text: (type) => type.gpuInstance ?? '-', spare: 0 },
    { head: 'CERTAINTY', text: (type) => type.certainty, wide: true },
    { head: 'MISSING', text: (type) => type.missing.join(', '), wide: true },
  ],
  fields: [
    'id',
    'name',
    'board',
    'series',
    'class',
    'license',
    ['profileSizeMiB', 'MiB'],
    ['framebufferMiB', 'MiB'],
    ['fbReservationMiB', 'MiB'],
    ['bar1MiB', 'MiB'],
    'numHeads',
    'maxResolution',
    'frameRateLimit',
    'multiVgpuSupported',
    'gpuInstance',
    'maxInstance',
    'mixedSizeMax',
    'certainty',
    'derived',
    'missing',
  ],
}

/** An answer of `fit --board`. */
export const BOARD_FITS: View<BoardFitView> = {
  kind: 'boardFits',
  name: (fit) => fit.board,
  sentence: (fit) => sentence(fit),
  columns: [
    { head: 'BOARD', text: (fit) => fit.board },
    { head: 'FITS', text: (fit) => (fit.fits ? 'yes' : 'no') },
    { head: 'REASON', text: (fit) => fit.reason ?? '-' },
  ],
  fields: ['board', 'fits', 'reason'],
}

/** Each answer in a sentence. */
export function boardFitText(fits: readonly BoardFitView[]): string {
  return fits.map((fit) => `${sentence(fit)}\n`).join('')
}

/** All figures of each type. */
export function boardTypeSheet(types: readonly BoardTypeView[]): string {
  return types
    .map((type) =>
      drawSheet([
        {
          rows: [
            ['Type', `${shortTypeName(type.name)} (${unknown(type.id)})`],
            ['Class', type.class],
            ['Series', type.series],
            ['Board', type.board],
            ['License', type.license],
            ['Id', type.certainty],
            ...(type.derived.length === 0 ? [] : [['Derived', type.derived.join(', ')] as const]),
            ...(type.missing.length === 0 ? [] : [['Unknown', type.missing.join(', ')] as const]),
          ],
        },
        {
          title: 'Per vGPU',
          rows: [
            ['Profile size', `${type.profileSizeMiB} MiB`],
            ['Framebuffer', mib(type.framebufferMiB)],
            ['Reserved', mib(type.fbReservationMiB)],
            ['BAR1', mib(type.bar1MiB)],
            ['Most on a GPU', type.maxInstance],
            ['Most, mixed sizes', type.mixedSizeMax],
            ['GPU instance', type.gpuInstance],
            ['Heads', type.numHeads],
            ['Resolution', type.maxResolution ?? 'unknown'],
            ['Frame rate limit', type.frameRateLimit],
            ['Several in one VM', type.multiVgpuSupported ?? 'unknown'],
          ],
        },
      ]),
    )
    .join('\n')
}

function sentence({ board, asked, fits, reason }: BoardFitView): string {
  const wanted = asked.map(({ type, count }) => `${count} x ${type}`).join(' and ')
  return fits ? `${wanted} fit on one ${board}` : `${wanted} do not fit on one ${board}: ${reason}`
}

function inHost({ missing, figures }: BoardView): string {
  if (missing.length === 0) return 'yes'
  return figures.length > 0 ? 'with --figures' : 'no'
}

function vfs({ sriov, totalVfs }: BoardView): string {
  return sriov === false ? 'none' : unknown(totalVfs)
}

function unknown(value: number | null): string {
  return value === null ? 'unknown' : String(value)
}

function mib(value: number | null): string {
  return value === null ? 'unknown' : `${value} MiB`
}
