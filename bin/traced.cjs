#!/usr/bin/env node
'use strict'
// Loads the chunks in dist. Most of a short command would be finding and compiling them; so the build packs them, each
// with the code cache that this version of V8 made of it, into one file. Without such a file they are compiled.
const fs = require('node:fs')
const { Script } = require('node:vm')

const dist = `${__dirname}/../dist`
const pack = `${dist}/packed/${process.versions.v8}-${process.arch}.bin`
/** Room for the index in front of the pack: JSON, chunk to [offset, bytes of source, bytes of cache]. */
const indexBytes = 4096
const loaded = new Map()
let fd
let index = null

const T=[];const now=()=>{const c=process.cpuUsage();return (c.user+c.system)/1000};process.on('exit',()=>{const b=now();for(const [n,a,b2,c,d] of T)process.stderr.write(n.padEnd(22)+' at '+a.toFixed(2)+' read '+(b2-a).toFixed(2)+' compile '+(c-b2).toFixed(2)+' run '+(d-c).toFixed(2)+'\n');process.stderr.write('start '+T0.toFixed(2)+' exit '+b.toFixed(2)+'\n')});const T0=now();globalThis.MARK=(n)=>T.push([n,now(),now(),now(),now()]);
function load(name) {
  const known = loaded.get(name)
  if (known !== undefined) return known.exports
  const chunk = { exports: {} }
  loaded.set(name, chunk)
  const t0=now();
  const { source, cachedData } = packed(name) ?? { source: fs.readFileSync(`${dist}/${name}`, 'latin1') }
  const t1=now();
  const script = new Script(source, { filename: `${dist}/${name}`, cachedData })
  const t2=now();
  script.runInThisContext()(chunk.exports, requireFrom, chunk);T.push([name.replace('chunks/','')+' '+(source.length/1024|0)+'+'+((cachedData?.length??0)/1024|0)+'K',t0,t1,t2,now()]);
  return chunk.exports
}

/** Chunks name each other by relative paths, everything else is Node's. */
function requireFrom(id) {
  if (!id.startsWith('.')) return require(id)
  const name = id.slice(id.lastIndexOf('/') + 1)
  return load(name === 'main.cjs' ? name : `chunks/${name}`)
}

function packed(name) {
  index ??= openPack()
  const place = index[name]
  if (place === undefined) return undefined
  const [offset, length, cache] = place
  const bytes = read(offset, length + cache)
  return { source: bytes.latin1Slice(0, length), cachedData: bytes.subarray(length) }
}

function openPack() {
  try {
    fd = fs.openSync(pack, 'r')
  } catch {
    return {}
  }
  return JSON.parse(read(0, indexBytes).latin1Slice())
}

function read(offset, length) {
  const bytes = Buffer.allocUnsafeSlow(length)
  if (fs.readSync(fd, bytes, 0, length, offset) !== length) throw new Error(`${pack} is cut short`)
  return bytes
}

if (require.main === module) load('main.cjs')
else module.exports = { dist, indexBytes, load, loaded, pack }
