// Loaded with --require: when the process ends, writes to descriptor 3 which chunks it has run, and which of them V8 compiled.
const fs = require('node:fs')
const path = require('node:path')
const vm = require('node:vm')

const before = new Set(process.moduleLoadList)
const chunks = []
const compiled = []
vm.Script = class extends vm.Script {
  constructor(source, options) {
    super(source, options)
    chunks.push(path.resolve(options.filename))
    if (this.cachedDataRejected !== false) compiled.push(path.basename(options.filename))
  }
}
process.on('exit', () => {
  const builtins = process.moduleLoadList.filter((name) => !before.has(name))
  fs.writeSync(3, JSON.stringify({ builtins, chunks, compiled }))
})
