// Loaded with --require: writes the peak resident memory of the process, in KiB, to descriptor 3 when it ends.
const fs = require('node:fs')

process.on('exit', () => fs.writeSync(3, String(process.resourceUsage().maxRSS)))
