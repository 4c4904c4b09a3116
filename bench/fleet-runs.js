/** The runs of bench/fleet.js, as one process. */
import { parseArgs } from 'node:util'
import { compareWithPublished } from './fleet-published.js'
import { mixes, speed } from './fleet-vgpus.js'

const { values } = parseArgs({ options: { trace: { type: 'string' }, smoke: { type: 'boolean' } } })
if (values.trace === undefined) console.log('no --trace DIR: the published figures are left out')
else compareWithPublished(values.trace, values.smoke ? 1 : 10)
mixes(values.smoke ? 1 : 10)
speed(values.smoke ? 1e4 : 1e5)
