#!/usr/bin/env node
// Runs the program in dist. Its chunks come out of the code cache, or out of their files where that does not have them.
const fs = require('node:fs')
const { Script } = require('node:vm')

const program = `${__dirname}/../dist/program`
const modules = new Map()
/** The other chunks that have run: name, source, script, and whether the cache had it. */
const ran = []
let cached

function run(name, source, cachedData) {
  const filename = `${program}/${name.slice(2)}`
  const script = new Script(`(function (exports, require, module) {${source}\n})`, { filename, cachedData })
  const module = { exports: {} }
  modules.set(name, module)
  script.runInThisContext()(module.exports, requireChunk, module)
  return script
}

function requireChunk(name) {
  if (!name.startsWith('./')) return require(name)
  if (modules.has(name)) return modules.get(name).exports
  cached ??= readCache()
  const [source, bytecode] = cached.get(name) ?? [fs.readFileSync(`${program}/${name}`)]
  const script = run(name, source.toString(), bytecode)
  ran.push({ name, source, script, isCached: bytecode && !script.cachedDataRejected })
  return modules.get(name).exports
}

function readCache() {
  try {
    const { cacheFile, decode, read } = require('./code-cache.cjs')
    return decode(read(cacheFile(process.env)))
  } catch {
    return new Map()
  }
}

/** Everything that has run, for the next time, when nothing is left to do for the user. */
process.on('exit', () => {
  if (ran.every(({ isCached }) => isCached)) return
  try {
    const { cacheFile, encode, write } = require('./code-cache.cjs')
    write(cacheFile(process.env), () => {
      for (const { name, source, script } of ran) cached.set(name, [source, script.createCachedData()])
      return encode(new Map([...cached].filter(([name]) => fs.existsSync(`${program}/${name}`))))
    })
  } catch {}
})

run('./main.cjs', fs.readFileSync(`${program}/main.cjs`, 'utf8'))
