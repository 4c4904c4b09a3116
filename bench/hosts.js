import fs from 'node:fs'
import path from 'node:path'
import { output } from './measure.js'

const BIN = path.join(import.meta.dirname, '..', 'bin', 'nvgpu.cjs')

/** A case of nvgpu on a state directory; named by the environment, since `--version` alone is the shortest way. */
export function nvgpuCase(dir, ...words) {
  return { command: process.execPath, args: [BIN, ...words], env: { NVGPU_STATE_DIR: dir } }
}

/** A case that changes its state directory: each run gets a fresh copy of `dir`. */
export function changingCase(dir, ...words) {
  const copy = `${dir}-run`
  return {
    ...nvgpuCase(copy, ...words),
    prepare: () => {
      fs.rmSync(copy, { recursive: true, force: true })
      fs.cpSync(dir, copy, { recursive: true })
      settle(copy)
    },
  }
}

/** Makes a default host with this many VFs and, on the first of them, running vGPUs of the smallest type. */
export function makeHost(dir, vfs, vgpus) {
  output(nvgpuCase(dir, 'vf', 'enable', String(vfs)))
  for (let index = 0; index < vgpus; index++) {
    output(nvgpuCase(dir, 'vgpu', 'create', '--type', 'L40-1B', '--name', `desk${index}`))
  }
  return dir
}

/** Puts a copy on disk, so that the change that is timed pays for its own bytes only. */
function settle(dir) {
  for (const name of ['.', ...fs.readdirSync(dir, { recursive: true })]) {
    const fd = fs.openSync(path.join(dir, name), 'r')
    fs.fsyncSync(fd)
    fs.closeSync(fd)
  }
}
