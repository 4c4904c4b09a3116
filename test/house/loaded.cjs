// Loaded with --require: when the process ends, writes to descriptor 3 what it has loaded besides this file.
const fs = require('node:fs')

const before = new Set(process.moduleLoadList)
const vm = require('node:vm')
const files = []
const rejected = []
vm.Script = class extends vm.Script {
  constructor(source, options) {
    super(source, options)
    files.push(fs.realpathSync(options.filename))
    if (this.cachedDataRejected !== false) rejected.push(options.filename)
  }
}
process.on('exit', () => {
  const builtins = process.moduleLoadList.filter((name) => !before.has(name))
  files.push(...Object.keys(require.cache).filter((name) => name !== __filename))
  fs.writeSync(3, JSON.stringify({ builtins, files, rejected }))
})
