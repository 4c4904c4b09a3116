import fs from 'node:fs'
import path from 'node:path'
import { output } from './measure.js'

const BIN = path.join(import.meta.dirname, '..', 'bin', 'nvgpu.cjs')
const VFS = 32

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

/** A case that creates a vGPU on a GPU of a large host; the one it made the last time goes before, untimed. */
export function creatingCase(dir, gpu, ...more) {
  let made = output(nvgpuCase(dir, 'vgpu', 'list', '-q', '--gpu', String(gpu)))
    .stdout.trim()
    .split('\n')
    .at(-1)
  return {
    ...nvgpuCase(dir, 'vgpu', 'create', '--type', 'L40-1B', '--gpu', String(gpu), ...more),
    prepare: () => output(nvgpuCase(dir, 'vgpu', 'destroy', made)),
    after: ({ stdout }) => {
      made = stdout.trim()
    },
  }
}

/** Makes a default host with this many VFs and, on the first of them, running vGPUs of the smallest type. */
export function makeHost(dir, vfs, vgpus) {
  const creates = Array.from({ length: vgpus }, (_, index) => `vgpu create --type L40-1B --name desk${index}`)
  return batch(dir, [`vf enable ${vfs}`, ...creates])
}

/** Makes a host of this many GPUs, each with as many vGPUs of the smallest type as it takes. */
export function makeFleet(dir, gpus) {
  const lines = [`host init --board L40 --gpus ${gpus}`]
  for (let gpu = 0; gpu < gpus; gpu++) {
    lines.push(`vf enable ${VFS} --gpu ${gpu}`, ...Array(VFS).fill(`vgpu create --type L40-1B --gpu ${gpu}`))
  }
  return batch(dir, lines)
}

/** Creates and destroys, as many in all as `count` says (a multiple of 64), on the 32 VFs of a default host. */
export function batchOf(count) {
  const lines = Array.from({ length: VFS }, (_, index) => `vgpu create --type L40-1B --name d${index}`)
  lines.push(...Array.from({ length: VFS }, (_, index) => `vgpu destroy d${index}`))
  return Array.from({ length: count }, (_, index) => lines[index % lines.length])
}

function batch(dir, lines) {
  output({ ...nvgpuCase(dir, 'batch', '-f', '-', '-q'), input: `${lines.join('\n')}\n` })
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
