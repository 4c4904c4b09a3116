import { MiB } from '../../abi/align.ts'
import { joined } from '../../abi/bytes.ts'
import {
  encodeMigrationRecord,
  MIGRATION_END,
  MIGRATION_RECORD_KIND,
  type MigrationRecord,
  pageRecord,
} from '../../abi/migration.ts'
import { PCI_COMMAND, PCI_MSIX_FLAGS_ENABLE, PCI_MSIX_FLAGS_MASKALL } from '../../abi/pci.ts'
import { NvError } from '../../errors/nv-error.ts'
import type { Clock } from '../clock.ts'
import { ConfigSpace } from '../hw/config-space.ts'
import { toSparse } from '../sparse.ts'
import type { GpuState, VfState } from '../state.ts'
import type { VgpuMgr } from '../vgpu-mgr/mgr.ts'
import type { MigrationDevice } from './device.ts'
import { resumeDriverTime } from './driver-time.ts'
import { VF_MSIX_FLAGS, type VgpuImage } from './image.ts'

const MSIX_BITS = PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL

interface Installing {
  readonly mgr: VgpuMgr
  readonly gpu: GpuState
  readonly clock: Clock
  migration(vf: VfState): MigrationDevice
}

/**
 * Restores a saved vGPU into a newly opened device: memory and plugin state through the data file, then the
 * configuration space and the registers. The vGPU runs afterwards, unless it was paused at capture.
 * @throws NvError EINVAL (different channels or memory), or the error of the device, which is then in ERROR
 */
export function install(machine: Installing, vf: VfState, image: VgpuImage): void {
  const { mgr, gpu, clock } = machine
  const device = machine.migration(vf)
  const vgpu = mgr.vgpu(vf.index)
  if (vgpu.chid?.num !== image.numChannels) throw misfit(vf, `${vgpu.chid?.num} channels`, String(image.numChannels))
  if (vgpu.fb?.size !== image.fbLength)
    throw misfit(vf, `0x${vgpu.fb?.size.toString(16)} bytes of framebuffer`, `0x${image.fbLength.toString(16)}`)
  device.setState('RESUMING')
  for (const batch of batches(image)) device.write(batch)
  device.setState('STOP')
  vgpu.version = image.version
  vf.vconfig = toSparse(image.config)
  vf.regs = Object.fromEntries(image.registers.map(([offset, value]) => [offset.toString(16), value]))
  const hardware = new ConfigSpace(vf.config, (bytes) => {
    vf.config = bytes
  })
  hardware.write16(PCI_COMMAND, image.hardware.command)
  const msix = hardware.read16(VF_MSIX_FLAGS) & ~MSIX_BITS
  hardware.write16(VF_MSIX_FLAGS, msix | (image.hardware.msixFlags & MSIX_BITS))
  hardware.save()
  if (image.paused) vf.paused = 'user'
  else device.setState('RUNNING')
  resumeDriverTime(gpu.gsp.plugins[vf.index + 1]?.guest, image.vm.driverUs, clock.now)
}

/** The records for the plugin task: every page, its state, and the number of records. */
function* records(image: VgpuImage): Generator<MigrationRecord> {
  for (const [offset, page] of image.pages) yield pageRecord(offset, page)
  yield { kind: MIGRATION_RECORD_KIND.state, body: image.plugin }
  yield { kind: MIGRATION_RECORD_KIND.end, body: MIGRATION_END.encode({ records: image.pages.size + 1 }) }
}

/** The records, joined into writes of about a megabyte. */
function* batches(image: VgpuImage): Generator<Uint8Array> {
  let held: Uint8Array[] = []
  let size = 0
  for (const record of records(image)) {
    const bytes = encodeMigrationRecord(record)
    held.push(bytes)
    size += bytes.length
    if (size < MiB) continue
    yield joined(held)
    held = []
    size = 0
  }
  yield joined(held)
}

function misfit(vf: VfState, has: string, had: string): NvError {
  return new NvError({
    errno: 'EINVAL',
    code: 'conflict',
    at: 'nvidia_vgpu_vfio_resume_write',
    message: `${vf.bdf} has ${has} and the guest had ${had}`,
    hint: 'nvgpu types list',
    object: vf.bdf,
  })
}
