import { NVA081_MAX_VGPU_TYPES_PER_PGPU } from '../abi/nva081.ts'
import type { Board } from './boards.ts'

/** Messages that fill the type table of a Blackwell GPU: RTX PRO 6000 has 72 types, and the layout of 535 holds 64. The figure is ours. */
const BLACKWELL_MESSAGES = 2

/** Types that the firmware of a GPU holds. */
export function mostTypes({ architecture }: Pick<Board, 'architecture'>): number {
  return NVA081_MAX_VGPU_TYPES_PER_PGPU * (architecture === 'Blackwell' ? BLACKWELL_MESSAGES : 1)
}
