#!/usr/bin/env node
'use strict'
// Loads the chunks in dist. Most of a short command would be finding and compiling them; so the build packs them, each
// with the code cache that this version of V8 made of it: in one file for all commands, and in one for each of the
// commands that scripts run most, with the functions only which that one runs. Without a pack they are compiled.
const fs = require('node:fs')
const { Script } = require('node:vm')

const dist = `${__dirname}/../dist`
const HOT = [
  '--version',
  'vgpu-create',
  'vgpu-destroy',
  'vgpu-start',
  'vgpu-stop',
  'vgpu-list',
  'vgpu-show',
  'gpu-list',
  'types-list',
]
const loaded = new Map()
const packs = new Map()

function load(name) {
  const known = loaded.get(name)
  if (known !== undefined) return known.exports
  const chunk = { exports: {} }
  loaded.set(name, chunk)
  const { source, cachedData } = packed(name) ?? { source: fs.readFileSync(`${dist}/${name}`, 'latin1') }
  const script = new Script(source, { filename: `${dist}/${name}`, cachedData })
  script.runInThisContext()(chunk.exports, requireFrom, chunk)
  return chunk.exports
}

/** Chunks name each other by relative paths, everything else is Node's. */
function requireFrom(id) {
  if (!id.startsWith('.')) return require(id)
  const name = id.slice(id.lastIndexOf('/') + 1)
  return load(name === 'main.cjs' ? name : `chunks/${name}`)
}

function packed(name) {
  const hot = process.argv.slice(2, 4).join('-')
  return (HOT.includes(hot) ? chunkIn(hot, name) : undefined) ?? chunkIn('all', name)
}

function chunkIn(pack, name) {
  if (!packs.has(pack)) packs.set(pack, readPack(packFile(pack)))
  const { index, text, bytes } = packs.get(pack)
  const place = index[name]
  if (place === undefined) return undefined
  const [from, to, cache, end] = place
  return { source: text.slice(from, to), cachedData: bytes.subarray(cache, end) }
}

function packFile(pack) {
  return `${dist}/packed/${process.versions.v8}-${process.arch}-${pack}.bin`
}

/** A pack begins with a line of JSON: where the text of all its chunks is, and for each where in that and its cache. */
function readPack(file) {
  try {
    const bytes = fs.readFileSync(file)
    const index = JSON.parse(bytes.latin1Slice(0, bytes.indexOf(10)))
    return { index, text: bytes.latin1Slice(...index.text), bytes }
  } catch {
    return { index: {} }
  }
}

if (require.main === module) load('main.cjs')
else module.exports = { HOT, dist, load, loaded, packFile }
