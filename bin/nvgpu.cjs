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
  if (!cached.functions[name]) missed.push(name)
  return run(name, cached.functions[name] ?? compiled(name))
}

function readCache() {
  try {
    const { source, bytecode } = codeCache().read(...place)
    const script = new Script(source, { filename: `${program}/${place[0]}`, cachedData: bytecode })
    return { source, script, functions: script.runInThisContext(), size: bytecode.length }
  } catch {
    return { functions: {} }
  }
}

/**
 * The first run of a command writes the sources it has loaded, the second one the bytecode that V8 has made of them. A server
 * runs more of its functions when a change comes: it writes the bytecode again if there is more of it.
 */
process.on('exit', (status) => {
  if (status !== 0 || cached === undefined) return
  const { source, script, functions, size } = cached
  const isComplete = missed.length === 0 && !script.cachedDataRejected
  if (isComplete && noun !== 'run-server') return
  try {
    if (missed.length > 0) {
      const names = [...Object.keys(functions).filter((name) => fs.existsSync(`${program}/${name}`)), ...missed]
      const all = `({${names.map((name) => `'${name}': ${wrapped(name)}`).join(',\n')}})`
      codeCache().write({ source: all }, ...place)
      return
    }
    const bytecode = script.createCachedData()
    if (!isComplete || bytecode.length > size) codeCache().write({ source, bytecode }, ...place)
  } catch {}
})

run('./main.cjs', compiled('./main.cjs'))
