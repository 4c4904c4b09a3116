#!/usr/bin/env node
// Runs the program in dist. The chunks that a command needs come from its code cache as one script, or from their files.
const fs = require('node:fs')
const { Script } = require('node:vm')

const program = `${__dirname}/../dist/program`
const [, , noun = '', verb = ''] = process.argv
const [words] = /^[a-z][a-z-]{0,19}( [a-z][a-z-]{0,19})?(?= |$)/.exec(`${noun} ${verb}`) ?? ['nvgpu']
const place = [words.replace(' ', '-'), process.env, `${__dirname}/../package.json`]
const modules = new Map()
/** Chunks that the cache does not have. */
const missed = []
let cached

const wrapped = (name) => `function (exports, require, module) {${fs.readFileSync(`${program}/${name}`, 'utf8')}\n}`
const compiled = (name) => new Script(`(${wrapped(name)})`, { filename: `${program}/${name}` }).runInThisContext()
const codeCache = () => run('code-cache.cjs', compiled('../../bin/code-cache.cjs'))

function run(name, code) {
  const module = { exports: {} }
  modules.set(name, module)
  code(module.exports, requireChunk, module)
  return module.exports
}

function requireChunk(name) {
  if (!name.startsWith('./')) return require(name)
  if (modules.has(name)) return modules.get(name).exports
  cached ??= readCache()
  const at = cached.names.indexOf(name)
  if (at < 0) missed.push(name)
  return run(name, cached.functions[at] ?? compiled(name))
}

function readCache() {
  try {
    const cache = codeCache().read(...place)
    const script = new Script(cache.source, { filename: `${program}/${place[0]}`, cachedData: cache.bytecode })
    return { ...cache, script, functions: script.runInThisContext() }
  } catch {
    return { names: [], functions: [] }
  }
}

/** The first run of a command writes the sources it has loaded, the second one the bytecode that V8 has made of them. */
process.on('exit', (status) => {
  if (status !== 0 || cached === undefined) return
  const { names, script, bytecode } = cached
  if (missed.length === 0 && bytecode && !script.cachedDataRejected) return
  try {
    const all = [...names.filter((name) => fs.existsSync(`${program}/${name}`)), ...missed]
    const sources = { names: all, source: `[${all.map(wrapped).join(',\n')}]` }
    codeCache().write(missed.length ? sources : { ...cached, bytecode: script.createCachedData() }, ...place)
  } catch {}
})

run('./main.cjs', compiled('./main.cjs'))
