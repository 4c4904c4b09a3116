#!/usr/bin/env node
'use strict'
// Loads the program in dist. Most of a short command would be finding and compiling it; so the build packs what it takes,
// with the code cache that this version of V8 made of it: for the commands that scripts run most the chunks of each as one
// script, with the functions only which that one runs, and for the rest every chunk. Without a pack they are compiled.
const fs = require('node:fs')
const { Script } = require('node:vm')

const dist = `${__dirname}/../dist`
/** The commands that have a pack, and where the program is whose chunks go with them best (rolldown.config.js). */
const HOT = {
  '--version': '.',
  'vgpu-create': 'change',
  'vgpu-destroy': 'change',
  'vgpu-start': 'change',
  'vgpu-stop': 'change',
  'vgpu-list': 'look',
  'vgpu-show': 'look',
  'gpu-list': 'look',
  'types-list': 'look',
}
const words = process.argv.slice(2, 4).join('-')
const last = process.argv[process.argv.length - 1]
const hot = Object.hasOwn(HOT, words) && last !== '--help' && last !== '-h' ? words : 'all'
const program = `${dist}/${HOT[hot] ?? '.'}`
const loaded = new Map()
/** What a usual run of the command takes, and what else its refusals take. */
let packs = []

/** Runs a chunk, once. It leaves a function that makes its exports. */
function load(name) {
  const chunk = { exports: undefined, made: undefined }
  loaded.set(name, chunk)
  const run = unpacked(name, 0) ?? unpacked(name, 1) ?? compile(name)
  run(undefined, requireFrom, chunk)
  return chunk
}

/** Chunks name each other by relative paths, everything else is Node's. */
function requireFrom(id) {
  if (!id.startsWith('.')) return require(id)
  const file = id.slice(id.lastIndexOf('/') + 1)
  const name = file === 'main.cjs' ? file : `chunks/${file}`
  const chunk = loaded.get(name) ?? load(name)
  chunk.made ??= chunk.exports()
  return chunk.made
}

function compile(name) {
  const filename = `${program}/${name}`
  return new Script(fs.readFileSync(filename, 'latin1'), { filename }).runInThisContext()
}

/** A script of a pack is a list of the functions that its chunks are; where a chunk is: in which script, and there. */
function unpacked(name, which) {
  packs[which] ??= readPack(packFile(hot, which))
  const { index, scripts, bytes } = packs[which]
  if (index[name] === undefined) return undefined
  const [script, at] = index[name]
  const entry = scripts[script]
  entry.functions ??= new Script(bytes.latin1Slice(entry.from, entry.to), {
    filename: `${program}/${entry.name}`,
    cachedData: bytes.subarray(entry.to, entry.end),
  }).runInThisContext()
  return entry.functions[at]
}

function packFile(command, which) {
  return `${dist}/packed/${process.versions.v8}-${process.arch}-${command}${which ? '-refused' : ''}.bin`
}

/**
 * A pack begins with a line of JSON: which it is, the scripts, with where each is and where its cache ends, and where chunks
 * are.
 */
function readPack(file) {
  try {
    const bytes = fs.readFileSync(file)
    const { name, index, scripts } = JSON.parse(bytes.latin1Slice(0, bytes.indexOf(10)))
    const isIt = file.endsWith(`/${name}`) && scripts[scripts.length - 1].end === bytes.length
    if (isIt) return { index, scripts, bytes }
  } catch {
    // It is not there, or no pack: the chunks are.
  }
  return { index: {} }
}

module.exports = { HOT, dist, program, load, loaded, packFile, usePacks: (made) => (packs = made) }
if (require.main === module) load('main.cjs')
