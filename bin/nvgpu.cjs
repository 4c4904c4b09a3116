#!/usr/bin/env node
'use strict'
// Loads the chunks in dist, each with the code cache the build made for this version of V8, if there is one: without it
// most of a short command is compiling. V8 refuses a cache of another version or made with other flags; that it is of this
// very source is told by the name of the content that both carry.
const fs = require('node:fs')
const { Script } = require('node:vm')

const dist = `${__dirname}/../dist`
const caches = `${dist}/code-cache/${process.versions.v8}-${process.arch}`
const contentName = 16
const loaded = new Map()
let cached = true

function load(name) {
  const known = loaded.get(name)
  if (known !== undefined) return known.exports
  const chunk = { exports: {} }
  loaded.set(name, chunk)
  const filename = `${dist}/${name}`
  const source = fs.readFileSync(filename, 'latin1')
  const script = new Script(source, { filename, cachedData: cacheOf(name, source.slice(-contentName)) })
  script.runInThisContext()(chunk.exports, requireFrom, chunk)
  return chunk.exports
}

/** Chunks name each other by relative paths, everything else is Node's. */
function requireFrom(id) {
  if (!id.startsWith('.')) return require(id)
  const name = id.slice(id.lastIndexOf('/') + 1)
  return load(name === 'main.cjs' ? name : `chunks/${name}`)
}

function cacheOf(name, content) {
  if (!cached) return undefined
  try {
    const cache = fs.readFileSync(`${caches}/${name}.bin`)
    return cache.latin1Slice(0, contentName) === content ? cache.subarray(contentName) : undefined
  } catch {
    cached = false
    return undefined
  }
}

if (require.main === module) load('main.cjs')
else module.exports = { load, loaded, caches, contentName }
