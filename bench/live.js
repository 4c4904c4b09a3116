import { execFileSync, spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'

const BIN = path.resolve('bin/nvgpu.cjs')
const CLIENT = path.resolve('bench/live-client.js')
const WRITER = path.resolve('bench/live-writer.js')
/** Ratio to bindfs, or to fusepy: the least that is accepted, and the aim. */
const READS = {
  'open+read+close': ['bindfs', 0.5, 1],
  pread: ['fusepy', 3, 3],
  stat: ['bindfs', 0.5, 0.8],
  readdir: ['bindfs', 0.5, 1],
  'readdir of all VFs': ['bindfs', 0.5, 1],
}

/**
 * The kernel's files as a program meets them, beside file systems that serve a copy of the same tree: bindfs (C), with the
 * kernel's pages and without (direct_io), and fusepy (Python). Wall time, one client, medians of interleaved rounds.
 */
export function live(dir, rounds) {
  const env = { ...process.env, NVGPU_STATE_DIR: path.join(dir, 'live'), UV_THREADPOOL_SIZE: '8' }
  const nvgpu = (...words) => execFileSync(process.execPath, [BIN, ...words], { env, encoding: 'utf8' })
  console.log('\nThe kernel’s files (nvgpu run)\n')
  if (spawnSync(process.execPath, [BIN, 'run', '--', 'true'], { env }).status !== 0) {
    console.log('not here: nvgpu run --check')
    return
  }
  nvgpu('host', 'init', '--gpus', '8')
  for (let gpu = 0; gpu < 8; gpu++) nvgpu('vf', 'enable', '32', '--gpu', String(gpu))
  reads(dir, nvgpu, rounds)
  writes(dir, nvgpu, env)
  starts(env, rounds)
}

function reads(dir, nvgpu, rounds) {
  const tree = path.join(dir, 'tree')
  nvgpu('sysfs', 'export', tree)
  const peers = {
    bindfs: mounted(dir, 'bindfs', ['bindfs', '-f', tree]),
    // as fresh as ours: the kernel keeps no content
    direct: mounted(dir, 'direct', ['bindfs', '-o', 'direct_io', '-f', tree]),
    fusepy: mounted(dir, 'fusepy', ['/usr/bin/python3', path.resolve('bench/live-peer.py'), tree]),
  }
  const found = { nvgpu: [], bindfs: [], direct: [], fusepy: [] }
  try {
    for (let round = 0; round < rounds; round++) {
      found.nvgpu.push(JSON.parse(nvgpu('run', '--', process.execPath, CLIENT, '/sys', '3')))
      for (const [name, peer] of Object.entries(peers)) {
        if (peer !== undefined)
          found[name].push(JSON.parse(execFileSync(process.execPath, [CLIENT, peer.at, '3'], { encoding: 'utf8' })))
      }
    }
  } finally {
    for (const peer of Object.values(peers)) peer?.end()
  }
  console.log('operations a second     nvgpu   bindfs   direct   fusepy   ratio   must   aim')
  for (const [name, [peer, must, aim]] of Object.entries(READS)) {
    const [own, ...others] = Object.values(found).map((each) => median(each.map((rates) => rates[name])))
    const ratio = own / others[peer === 'bindfs' ? 0 : 2]
    const columns = [own, ...others].map((value) => (value === undefined ? '-' : String(Math.round(value))).padStart(8))
    console.log(`${name.padEnd(20)}${columns.join(' ')}  ${ratio.toFixed(2).padStart(6)} of ${peer}  ${must}  ${aim}`)
  }
}

function writes(dir, nvgpu, env) {
  const time = (kind, count) => JSON.parse(nvgpu('run', '--', process.execPath, WRITER, kind, String(count)))
  const disk = median(Array.from({ length: 5 }, () => appends(path.join(dir, 'appended'), 100)))
  const { first, milliseconds: one } = time('one', 200)
  const { milliseconds: eight } = time('eight', 100)
  console.log(`\nappend + fdatasync of this disk            ${disk.toFixed(2)} ms`)
  console.log(
    `a durable write                            ${one.toFixed(2)} ms, ${(one / disk).toFixed(2)} (must 4, aim 2)`,
  )
  console.log(`the first one of a server                  ${first.toFixed(0)} ms`)
  console.log(
    `a durable write of 8 that wait             ${eight.toFixed(2)} ms, ${(eight / disk).toFixed(2)} (must 1.5)`,
  )
  const { milliseconds: created } = time('create', 30)
  const started = performance.now()
  const commands = 8
  for (let index = 0; index < commands; index++) {
    const file = `c1:0${1 + (index >> 3)}.${index & 7}`
    spawnSync(process.execPath, [BIN, 'sysfs', 'write', `${file}/driver_override`, 'vfio-pci'], { env })
  }
  const command = (performance.now() - started) / commands
  console.log(`a type selected through sysfs              ${created.toFixed(2)} ms`)
  console.log(
    `the same as a process of its own           ${command.toFixed(0)} ms, ${(command / created).toFixed(0)} times (must 20, aim 100)`,
  )
}

function starts(env, rounds) {
  const ratios = Array.from({ length: rounds * 3 }, () => {
    const run = wall(() => spawnSync(process.execPath, [BIN, 'run', '--', 'true'], { env }))
    return run / wall(() => spawnSync(process.execPath, ['-e', '0'], { env }))
  })
  console.log(`nvgpu run -- true                          ${median(ratios).toFixed(1)} of node -e 0 (must 6, aim 4)`)
}

function mounted(dir, name, [command, ...args]) {
  const at = path.join(dir, name)
  fs.mkdirSync(at)
  const before = fs.statSync(at).dev
  const server = spawn(command, [...args, at], { stdio: 'ignore' })
  server.on('error', () => {})
  for (let attempt = 0; attempt < 100; attempt++) {
    if (fs.statSync(at).dev !== before) return { at, end: () => spawnSync('umount', [at]) }
    spawnSync('sleep', ['0.05'])
  }
  console.log(`${name} could not be started`)
  return undefined
}

function appends(file, count) {
  const fd = fs.openSync(file, 'a')
  const record = Buffer.alloc(300, 'x')
  const time = wall(() => {
    for (let index = 0; index < count; index++) {
      fs.writeSync(fd, record)
      fs.fdatasyncSync(fd)
    }
  })
  fs.closeSync(fd)
  return time / count
}

function wall(act) {
  const started = performance.now()
  act()
  return performance.now() - started
}

function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1]
}
