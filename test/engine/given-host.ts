import type { GivenFigures } from '../../src/contract/state/figures.ts'
import { read, write } from '../../src/engine/sysfs/sysfs.ts'
import { hostOf, uuidOf } from './host-of.ts'

export const RTX_PRO_6000 = 'RTX-PRO-6000-Blackwell-SE'

/** INVENTED: no card was asked. They only have the form of real figures. */
export const INVENTED: GivenFigures = {
  framebufferMiB: 97_887,
  bar1MiB: 131_072,
  vfBar1MiB: 2048,
  vmmuSegmentMiB: 256,
  vfs: null,
}

/** A host of the board whose vGPUs take turns on GPU instances, with invented figures, MIG on, VFs, and instances. */
export function givenHost(profiles: readonly string[], { vfs = 48, mig = true, gpus = 1 } = {}) {
  const made = hostOf({ board: RTX_PRO_6000, profile: 'vgpu17', figures: INVENTED, gpus })
  for (let gpu = 0; gpu < gpus; gpu += 1) {
    if (mig) made.host.setMigMode({ gpu: String(gpu), on: true })
    made.host.enableVfs({ gpu: String(gpu), count: vfs })
  }
  const instances = profiles.map((profile) => ({ profile }))
  if (profiles.length > 0) made.host.createGpuInstances({ gpu: '0', instances, compute: true })
  const next = { n: 0 }
  const create = (
    type: string,
    more: { start?: boolean; gpuInstanceId?: number; placementId?: number; gpu?: string } = {},
  ) => {
    next.n += 1
    const [item] = made.host.createVgpu({ type, gpu: '0', uuid: uuidOf(next.n), start: true, ...more }).items
    if (item === undefined) throw new Error('nothing was created')
    return item
  }
  const file = (vf: number, name: string) => {
    const slot = vf + 4
    return `/sys/bus/pci/devices/0000:c1:${(slot >> 3).toString(16).padStart(2, '0')}.${slot % 8}/nvidia/${name}`
  }
  return {
    ...made,
    create,
    /** Instance and place of every vGPU, by VF. */
    places: () =>
      made.gpu.vfs.filter(({ vgpuType }) => vgpuType !== 0).map((vf) => [vf.gpuInstanceId, vf.placementId] as const),
    cat: (vf: number, name: string) => new TextDecoder().decode(read(made.state, file(vf, name))),
    echo: (vf: number, name: string, text: string) => write(made.state, file(vf, name), new TextEncoder().encode(text)),
  }
}
