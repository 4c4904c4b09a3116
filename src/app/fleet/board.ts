import { type Board, findBoard } from '../../catalog/boards.ts'
import { listedBoard } from '../../catalog/listed-board.ts'
import type { ListedRow } from '../../catalog/listed-boards.ts'
import { type ProfileName, profileFor } from '../../catalog/profiles.ts'
import type { FleetGroup } from './fleet.ts'

/** What is known of the GPUs of a group. */
export type GroupBoard =
  /** all rules hold */
  | { readonly kind: 'simulated'; readonly board: Board; readonly profile: ProfileName }
  /** only the published counts are known */
  | { readonly kind: 'listed'; readonly row: ListedRow }
  /** no vGPU is known */
  | { readonly kind: 'unknown' }

export function isBoard(word: string): boolean {
  return findBoard(word) !== undefined || listedBoard(word) !== undefined
}

export function boardOfGroup({ board: word, profile }: Pick<FleetGroup, 'board' | 'profile'>): GroupBoard {
  if (word === null) return { kind: 'unknown' }
  const board = findBoard(word)
  if (board !== undefined) return { kind: 'simulated', board, profile: profile ?? profileFor(board.architecture) }
  const row = listedBoard(word)
  return row === undefined ? { kind: 'unknown' } : { kind: 'listed', row }
}
