import type { BoardFitView, BoardTypeView, BoardView } from '../../engine/boards/view.ts'
import { count, described, flag, hex, list, nullable, object, text } from './build.ts'

const missing = described(list(text), 'figures without a source')

export const board = object<BoardView>({
  name: text,
  product: text,
  architecture: text,
  chip: nullable(text),
  deviceId: hex,
  memoryGiB: count,
  memoryType: text,
  sriov: nullable(flag),
  totalVfs: nullable(count),
  mig: flag,
  mixedSize: nullable(flag),
  types: count,
  mostVgpus: nullable(count),
  missing,
})

export const boardType = object<BoardTypeView>({
  id: nullable(count),
  name: text,
  board: text,
  series: text,
  class: text,
  license: text,
  profileSizeMiB: count,
  framebufferMiB: nullable(count),
  fbReservationMiB: nullable(count),
  bar1MiB: nullable(count),
  numHeads: count,
  maxResolution: nullable(text),
  frameRateLimit: described(count, 'Hz; 0 without a limit'),
  multiVgpuSupported: nullable(flag),
  gpuInstance: nullable(text),
  maxInstance: count,
  mixedSizeMax: nullable(count),
  certainty: text,
  derived: list(text),
  missing,
})

type Asked = BoardFitView['asked'][number]

export const boardFit = object<BoardFitView>({
  board: text,
  asked: list(object<Asked>({ type: text, count, most: count })),
  fits: flag,
  reason: nullable(text),
})
