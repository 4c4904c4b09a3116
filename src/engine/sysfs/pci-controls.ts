import { NvError } from '../../errors/nv-error.ts'
import { VfRegisters } from '../hw/vf-registers.ts'
import { PROCESSORS } from '../processors.ts'
import { resetGpu } from '../verbs/power.ts'
import type { Attributes } from './node.ts'
import { invalid, kstrtoul } from './numbers.ts'
import { bdfOf, driverOf, gpuOf, type PciFunction } from './pci-function.ts'

/** Address width of NVIDIA's drivers; without a driver the default of the PCI core. */
const DRIVER_DMA_BITS = 47
const DEFAULT_DMA_BITS = 32
const RESET_METHOD = 'flr'

/** A kernel switch that the simulation keeps at one value: it takes that value and refuses another with EINVAL. */
export function fixedSwitch(
  at: string,
  value: boolean,
): { mode: number; show(): string; store(at: unknown, text: string): void } {
  return {
    mode: 0o644,
    show: () => `${value ? 1 : 0}\n`,
    store(_at, text) {
      if ((kstrtoul(text, at) !== 0) !== value) throw invalid(text, at)
    },
  }
}

/** Attributes of every PCI device that need nothing from it (drivers/pci/pci-sysfs.c). */
export const ANY_DEVICE: Attributes<unknown> = {
  broken_parity_status: fixedSwitch('broken_parity_status_store', false),
  d3cold_allowed: fixedSwitch('d3cold_allowed_store', true),
  local_cpulist: { mode: 0o444, show: () => `${PROCESSORS.list}\n` },
  local_cpus: { mode: 0o444, show: () => `${PROCESSORS.mask}\n` },
  msi_bus: fixedSwitch('msi_bus_store', true),
  rescan: { mode: 0o200, store: (_at, text) => rescan(text, 'dev_rescan_store') },
}

/** Controls of a GPU's functions: reset, removal and masks of DMA. */
export const FUNCTION_CONTROLS: Attributes<PciFunction> = {
  consistent_dma_mask_bits: { mode: 0o444, show: dmaBits },
  dma_mask_bits: { mode: 0o444, show: dmaBits },
  remove: { mode: 0o220, store: (at, text) => removeDevice(bdfOf(at), text) },
  reset: { mode: 0o200, store: resetFunction },
  reset_method: { mode: 0o644, show: () => `${RESET_METHOD}\n`, store: storeResetMethod },
}

/** A scan of the bus finds every device already there. @throws NvError EINVAL for text that is no number */
export function rescan(text: string, at: string): void {
  kstrtoul(text, at)
}

/** remove_store: 0 does nothing. Hot removal is not modelled. @throws NvError EINVAL, EOPNOTSUPP */
export function removeDevice(bdf: string, text: string): void {
  if (kstrtoul(text, 'remove_store') === 0) return
  throw new NvError({
    errno: 'EOPNOTSUPP',
    code: 'unsupported',
    at: 'remove_store',
    message: `the simulation does not unplug ${bdf}`,
    hint: `nvgpu sysfs ls /sys/bus/pci/devices/${bdf}`,
    object: bdf,
  })
}

/**
 * reset_store: 1 is the only value. A VF gets a function-level reset, which clears its registers. The PF is reset with its
 * driver, as `nvgpu gpu reset` does it.
 * @throws NvError EINVAL, EBUSY (the PF carries vGPUs)
 */
function resetFunction(at: PciFunction, text: string): void {
  if (kstrtoul(text, 'reset_store') !== 1) throw invalid(text, 'reset_store')
  if (at.vf === null) resetGpu(at.host, gpuOf(at).bdf)
  else new VfRegisters(at.vf.regs).clear()
}

/** The method is fixed: its name and "default" are accepted. @throws NvError EINVAL */
function storeResetMethod(_at: PciFunction, text: string): void {
  const word = text.replace(/\n$/, '')
  if (word !== RESET_METHOD && word !== 'default') throw invalid(text, 'reset_method_store')
}

function dmaBits(at: PciFunction): string {
  return `${driverOf(at) === null || at.vf !== null ? DEFAULT_DMA_BITS : DRIVER_DMA_BITS}\n`
}
