// Loaded with --require: when the process ends, writes to descriptor 3 its processor time in milliseconds and its peak memory in KiB.
const fs = require('node:fs')

process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  fs.writeSync(3, JSON.stringify({ cpu: (userCPUTime + systemCPUTime) / 1000, peak: maxRSS }))
})
