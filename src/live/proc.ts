import { smiView } from '../engine/smi/facts.ts'
import type { HostState } from '../engine/state.ts'
import { type Attributes, directory, dynamic, files, type SysfsDirectory } from '../engine/sysfs/node.ts'
import { profileOf } from '../engine/sysfs/pci-function.ts'
import { read } from '../engine/sysfs/sysfs.ts'
import { capabilityDirectory, capsDirectory } from './capabilities.ts'
import { PARAMETERS } from './nvidia-parameters.ts'

interface GpuAt {
  readonly host: HostState
  readonly index: number
  readonly bdf: string
}

/** The registry that a program can set; nothing sets it here. */
const REGISTRY = { mode: 0o444, show: () => 'Binary: ""\n' }

const DRIVER: Attributes<HostState> = {
  params: { mode: 0o444, size: () => 0, show: () => PARAMETERS.map((line) => `${line}\n`).join('') },
  registry: { ...REGISTRY, size: () => 0 },
  version: { mode: 0o444, size: () => 0, show: versionOf },
}

const GPU: Attributes<GpuAt> = {
  information: { mode: 0o444, size: () => 0, show: informationOf },
  registry: { ...REGISTRY, size: () => 0 },
}

/** Whether the host's driver is NVIDIA's release, which has files in /proc and nodes in /dev. */
export function hasNvidiaDriver(host: HostState): boolean {
  return profileOf({ host }).pciDrivers.pf === 'nvidia'
}

/** /proc/driver: has the directories of NVIDIA's driver (captured with release 580; those of MIG: open kernel modules). */
export function driverDirectory(host: HostState): SysfsDirectory {
  if (!hasNvidiaDriver(host)) return directory({})
  return directory({
    nvidia: () =>
      directory({
        capabilities: () => capabilityDirectory(host),
        gpus: () => gpuDirectories(host),
        ...files(host, DRIVER),
      }),
    'nvidia-caps': () => capsDirectory(),
  })
}

/** A directory for each GPU that the driver drives. */
function gpuDirectories(host: HostState): SysfsDirectory {
  const gpus = host.gpus.flatMap(({ bdf, nvkm }, index) => (nvkm.driver === null ? [] : [{ host, index, bdf }]))
  return dynamic(
    () => gpus.map(({ bdf }) => bdf),
    (name) => {
      const at = gpus.find(({ bdf }) => bdf === name)
      return at && directory(files(at, GPU))
    },
  )
}

/** The kernel module of the release, without the date of its build, which no source tells. */
function versionOf({ driverVersion }: HostState): string {
  return `NVRM version: NVIDIA UNIX x86_64 Kernel Module  ${driverVersion}  \nGCC version:  gcc version 12.2.0 (GCC) \n`
}

/** Where the firmware does not answer, the driver prints placeholders. */
function informationOf({ host, index, bdf }: GpuAt): string {
  const [gpu] = smiView(host, [index]).gpus
  const bits = Number(textOf(host, `${bdf}/dma_mask_bits`))
  return [
    `Model: \t\t ${gpu?.name ?? 'Unknown'}`,
    `IRQ:   \t\t ${textOf(host, `${bdf}/irq`)}`,
    `GPU UUID: \t ${gpu?.uuid ?? 'GPU-????????-????-????-????-????????????'}`,
    `Video BIOS: \t ${gpu?.identity.vbios.toLowerCase() ?? '??.??.??.??.??'}`,
    'Bus Type: \t PCIe',
    `DMA Size: \t ${bits} bits`,
    `DMA Mask: \t 0x${((1n << BigInt(bits)) - 1n).toString(16)}`,
    `Bus Location: \t ${bdf}`,
    `Device Minor: \t ${index}`,
    `GPU Firmware: \t ${gpu?.gspFirmware ?? 'N/A'}`,
    'GPU Excluded:\t No',
    '',
  ].join('\n')
}

function textOf(host: HostState, path: string): string {
  return Buffer.from(read(host, path)).toString('latin1').trim()
}
