import { read, write } from '../../src/engine/sysfs/sysfs.ts'
import { hostOf, uuidOf } from './host-of.ts'

export const A100 = 'A100-PCIE-40GB'
export const H100 = 'H100-PCIe-80GB'

/** A host of a board under NVIDIA's release, with MIG on, VFs, and GPU instances. */
export function migHost(profiles: readonly (string | number)[], { board = A100, vfs = 8, gpus = 1, mig = true } = {}) {
  const made = hostOf({ board, profile: 'vgpu17', gpus })
  for (let gpu = 0; gpu < gpus; gpu += 1) {
    if (mig) made.host.setMigMode({ gpu: String(gpu), on: true })
    made.host.enableVfs({ gpu: String(gpu), count: vfs })
  }
  const instances = profiles.map((profile) => ({ profile: String(profile) }))
  if (mig) made.host.createGpuInstances({ gpu: '0', instances, compute: true })
  const next = { n: 0 }
  const create = (type: string, more: { start?: boolean; gpuInstanceId?: number; gpu?: string } = {}) => {
    next.n += 1
    const [item] = made.host.createVgpu({ type, gpu: '0', uuid: uuidOf(next.n), start: true, ...more }).items
    if (item === undefined) throw new Error('nothing was created')
    return item
  }
  const file = (vf: number, name: string) => `/sys/bus/pci/devices/0000:c1:00.${vf + 4}/nvidia/${name}`
  return {
    ...made,
    create,
    cat: (vf: number, name: string) => new TextDecoder().decode(read(made.state, file(vf, name))),
    echo: (vf: number, name: string, text: string) => write(made.state, file(vf, name), new TextEncoder().encode(text)),
  }
}
