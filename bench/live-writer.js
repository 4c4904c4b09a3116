/**
 * node bench/live-writer.js KIND COUNT: writes of each writer to the files of the host, in milliseconds an operation, as JSON: the first
 * one, and the median of ten parts. `one` is one writer, `eight` are eight that wait at the same time, `create` selects types
 * as a provisioning script does.
 */
import fs from 'node:fs'

const PARTS = 10
const [kind, count] = [process.argv[2], Number(process.argv[3])]
const devices = '/sys/bus/pci/devices'
const vfs = fs.readdirSync(devices).filter((name) => fs.existsSync(`${devices}/${name}/physfn`))
const at = (index) => `${devices}/${vfs[index % vfs.length]}`
const driver = (index) => (index % 2 === 0 ? 'vfio-pci\n' : '\n')
const WRITES = {
  one: (index) => fs.writeFileSync(`${at(0)}/driver_override`, driver(index)),
  create: (index) => fs.writeFileSync(`${at(index)}/nvidia/current_vgpu_type`, '869\n'),
  eight: (index, number) => fs.promises.writeFile(`${at(number)}/driver_override`, driver(index)),
}
const writers = kind === 'eight' ? 8 : 1

/** Milliseconds that all writers take for their writes. */
async function wall(from, to) {
  const started = performance.now()
  const writer = async (number) => {
    for (let index = from; index < to; index++) await WRITES[kind](index, number)
  }
  await Promise.all(Array.from({ length: writers }, (_, number) => writer(number)))
  return performance.now() - started
}

const first = await wall(0, 1)
const size = count / PARTS
const parts = []
for (let part = 0; part < PARTS; part++)
  parts.push((await wall(1 + part * size, 1 + (part + 1) * size)) / size / writers)
console.log(JSON.stringify({ first, milliseconds: parts.toSorted((a, b) => a - b)[PARTS >> 1] }))
