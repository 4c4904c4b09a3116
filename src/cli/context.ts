import type { Context as Request } from '../app/context.ts'
import type { Settings } from './settings.ts'

/** A request with all settings of its command line. */
export type Context = Request<Settings>
