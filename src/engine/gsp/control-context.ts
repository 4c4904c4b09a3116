import type { RmObject } from '../state.ts'
import type { GspBoard } from './board.ts'
import type { PluginTasks } from './tasks.ts'
import type { HeldTypes } from './type-store.ts'

/** What a control of the resource manager reads and changes. */
export interface ControlContext extends HeldTypes {
  readonly board: GspBoard
  /** release of the firmware */
  readonly version: string
  readonly tasks: PluginTasks
  /** handle of the client that sent the control */
  readonly caller: number
  /** the object it was sent to */
  readonly object: RmObject
}
