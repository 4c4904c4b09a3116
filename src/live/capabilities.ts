import type { GpuInstanceView } from '../contract/views/mig.ts'
import type { HostState } from '../engine/state.ts'
import { directory, dynamic, files, type SysfsDirectory, type SysfsFile } from '../engine/sysfs/node.ts'
import { gpuInstanceViews, migModeView } from '../engine/views/mig.ts'

/** Minors of the device nodes: two for MIG, then a block for each GPU and in it for each GPU instance (open kernel modules). */
const CONFIG = 1
const MONITOR = 2
const FIRST = 3
const GPUS = 32
const GPU_INSTANCES = 15
const COMPUTE_INSTANCES = 8

/** Permissions of the device nodes: reading `config` is the right to make instances. */
const FOR_ROOT = 0o400
const FOR_ALL = 0o444

interface Capability {
  readonly minor: number
  readonly mode: number
}

/** The minor of a GPU instance, or of a compute instance in it. */
function capabilityMinor(gpu: number, instance: number, compute?: number): number {
  const at = FIRST + (gpu * GPU_INSTANCES + instance) * (COMPUTE_INSTANCES + 1)
  return compute === undefined ? at : at + 1 + compute
}

/** /proc/driver/nvidia/capabilities: a file for each right, by instance. */
export function capabilityDirectory(host: HostState): SysfsDirectory {
  const gpus = enabledGpus(host)
  const mig = directory({
    ...rightFile('config', { minor: CONFIG, mode: FOR_ROOT }),
    ...rightFile('monitor', { minor: MONITOR, mode: FOR_ALL }),
  })
  return dynamic(
    () => ['mig', ...gpus.map((gpu) => `gpu${gpu}`)],
    (name) => {
      if (name === 'mig') return mig
      const gpu = gpus.find((each) => name === `gpu${each}`)
      return gpu === undefined ? undefined : directory({ mig: () => gpuDirectory(host, gpu) })
    },
  )
}

function gpuDirectory(host: HostState, gpu: number): SysfsDirectory {
  const instances = gpuInstanceViews(host, String(gpu))
  return directory(
    Object.fromEntries(instances.map((instance) => [`gi${instance.id}`, () => instanceDirectory(gpu, instance)])),
  )
}

function instanceDirectory(gpu: number, { id, computeInstances }: GpuInstanceView): SysfsDirectory {
  const access = (compute?: number) => rightFile('access', { minor: capabilityMinor(gpu, id, compute), mode: FOR_ALL })
  return directory({
    ...access(),
    ...Object.fromEntries(computeInstances.map((each) => [`ci${each.id}`, () => directory(access(each.id))])),
  })
}

/** The file that tells nvidia-modprobe which device node to make. */
function rightFile(name: string, { minor, mode }: Capability): Record<string, () => SysfsFile> {
  const show = () => `DeviceFileMinor: ${minor}\nDeviceFileMode: ${mode}\nDeviceFileModify: 1\n`
  return files(null, { [name]: { mode, size: () => 0, show } })
}

/** /proc/driver/nvidia-caps: the minors of all rights that there can be. */
export function capsDirectory(): SysfsDirectory {
  return directory(files(null, { 'mig-minors': { mode: FOR_ALL, size: () => 0, show: migMinors } }))
}

let minors: string | undefined

function migMinors(): string {
  minors ??= [`config ${CONFIG}\n`, `monitor ${MONITOR}\n`, ...range(GPUS).flatMap(minorsOfGpu)].join('')
  return minors
}

function minorsOfGpu(gpu: number): string[] {
  return range(GPU_INSTANCES).flatMap((gi) => [
    `gpu${gpu}/gi${gi}/access ${capabilityMinor(gpu, gi)}\n`,
    ...range(COMPUTE_INSTANCES).map((ci) => `gpu${gpu}/gi${gi}/ci${ci}/access ${capabilityMinor(gpu, gi, ci)}\n`),
  ])
}

/** Nodes of /dev/nvidia-caps with their modes: those that nvidia-modprobe makes for the rights that are there. */
export function capabilityNodes(host: HostState): ReadonlyMap<string, number> {
  const nodes = new Map([
    [`nvidia-cap${CONFIG}`, FOR_ROOT],
    [`nvidia-cap${MONITOR}`, FOR_ALL],
  ])
  for (const gpu of enabledGpus(host)) {
    for (const { id, computeInstances } of gpuInstanceViews(host, String(gpu))) {
      nodes.set(`nvidia-cap${capabilityMinor(gpu, id)}`, FOR_ALL)
      for (const compute of computeInstances) nodes.set(`nvidia-cap${capabilityMinor(gpu, id, compute.id)}`, FOR_ALL)
    }
  }
  return nodes
}

/** Minor numbers of the GPUs with MIG on. */
function enabledGpus(host: HostState): number[] {
  return range(host.gpus.length).filter((index) => migModeView(host, index).current === 'Enabled')
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at)
}
