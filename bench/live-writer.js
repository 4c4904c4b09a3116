/**
 * node bench/live-writer.js KIND COUNT: writes to the files of the host, in milliseconds an operation, as JSON. `one` is one
 * writer, `eight` are eight that wait at the same time, `create` selects types as a provisioning script does.
 */
import fs from 'node:fs'

const [kind, count] = [process.argv[2], Number(process.argv[3])]
const devices = '/sys/bus/pci/devices'
const vfs = fs.readdirSync(devices).filter((name) => fs.existsSync(`${devices}/${name}/physfn`))
const at = (index) => vfs[index % vfs.length]
const started = performance.now()
if (kind === 'eight') {
  const writer = async (number) => {
    for (let index = 0; index < count / 8; index++)
      await fs.promises.writeFile(`${devices}/${at(number)}/driver_override`, index % 2 === 0 ? 'vfio-pci\n' : '\n')
  }
  await Promise.all(Array.from({ length: 8 }, (_, number) => writer(number)))
} else if (kind === 'create') {
  for (let index = 0; index < count; index++)
    fs.writeFileSync(`${devices}/${at(index)}/nvidia/current_vgpu_type`, '869\n')
} else {
  for (let index = 0; index < count; index++)
    fs.writeFileSync(`${devices}/${at(0)}/driver_override`, index % 2 === 0 ? 'vfio-pci\n' : '\n')
}
console.log(JSON.stringify({ milliseconds: (performance.now() - started) / count }))
