// Loaded with --require: when the process ends, writes to descriptor 3 what it has loaded besides this file.
const fs = require('node:fs')
const path = require('node:path')

const before = new Set(process.moduleLoadList)
const vm = require('node:vm')
const rejected = []
vm.Script = class extends vm.Script {
  constructor(source, options) {
    super(source, options)
    if (this.cachedDataRejected !== false) rejected.push(options.filename)
  }
}
process.on('exit', () => {
  const builtins = process.moduleLoadList.filter((name) => !before.has(name))
  const { program, loaded } = process.mainModule.exports
  const chunks = [...loaded.keys()].map((name) => path.resolve(program, name))
  const files = [...Object.keys(require.cache).filter((name) => name !== __filename), ...chunks]
  fs.writeSync(3, JSON.stringify({ builtins, files, rejected }))
})
