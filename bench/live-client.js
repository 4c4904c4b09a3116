/**
 * node bench/live-client.js SYS ROUNDS: medians of file operations on a tree of /sys, in operations a second, as JSON. One
 * operation after the other, as a shell or a daemon makes them.
 */
import fs from 'node:fs'

const [sys = '/sys', rounds = '5'] = process.argv.slice(2)
const OPERATIONS = 600
const devices = `${sys}/bus/pci/devices`
const names = fs.readdirSync(devices).filter((name) => fs.existsSync(`${devices}/${name}/physfn`))
const files = names.flatMap((name) => ['vendor', 'device', 'class', 'irq'].map((file) => `${devices}/${name}/${file}`))
const buffer = Buffer.alloc(4096)
const at = (list, index) => list[index % list.length]

const cases = {
  'open+read+close': (index) => {
    const fd = fs.openSync(at(files, index))
    fs.readSync(fd, buffer)
    fs.closeSync(fd)
  },
  pread: () => fs.readSync(open, buffer, 0, buffer.length, 0),
  stat: (index) => fs.lstatSync(at(files, index)),
  readdir: (index) => fs.readdirSync(`${devices}/${at(names, index)}/`),
  'readdir of all VFs': () => fs.readdirSync(devices),
}
const open = fs.openSync(at(files, 0))
const rates = Object.fromEntries(Object.keys(cases).map((name) => [name, []]))
for (let round = 0; round < Number(rounds); round++) {
  for (const [name, act] of Object.entries(cases)) {
    for (let index = 0; index < 20; index++) act(index)
    const started = performance.now()
    for (let index = 0; index < OPERATIONS; index++) act(index)
    rates[name].push((OPERATIONS / (performance.now() - started)) * 1000)
  }
}
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1]
console.log(JSON.stringify(Object.fromEntries(Object.entries(rates).map(([name, values]) => [name, median(values)]))))
