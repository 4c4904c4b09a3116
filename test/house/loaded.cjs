// Loaded with --require: when the process ends, writes to descriptor 3 what it has loaded besides this file.
const fs = require('node:fs')

const before = new Set(process.moduleLoadList)
process.on('exit', () => {
  const builtins = process.moduleLoadList.filter((name) => !before.has(name))
  const files = Object.keys(require.cache).filter((name) => name !== __filename)
  fs.writeSync(3, JSON.stringify({ builtins, files }))
})
