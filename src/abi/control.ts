import type { AnyStruct } from './layout.ts'

/** An RM control: its name in NVIDIA's headers, its number, and the structure of its parameters if known. */
export interface Control<P extends AnyStruct | undefined = AnyStruct | undefined> {
  readonly name: string
  readonly cmd: number
  readonly params: P
}

/** Declares a control. `name` begins with its class, as in NV2080_CTRL_CMD_GSP_GET_FEATURES. */
export function control(name: string, cmd: number): Control<undefined>
export function control<P extends AnyStruct>(name: string, cmd: number, params: P): Control<P>
export function control(name: string, cmd: number, params?: AnyStruct): Control {
  return { name, cmd, params }
}

/** Whether an export of a header file is a control. */
export function isControl(value: unknown): value is Control {
  return typeof value === 'object' && value !== null && 'cmd' in value && 'params' in value
}
