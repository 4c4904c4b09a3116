import { planOf } from './plan.ts'
import { HOST } from './state/host.ts'

/** The plan of a host's state. The build replaces this module by its value, so that few commands load the schemas. */
export const PLAN = planOf(HOST)
