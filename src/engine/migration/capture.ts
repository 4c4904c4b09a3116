import { MIGRATION_PAGE, MIGRATION_RECORD_KIND, takeMigrationRecords } from '../../abi/migration.ts'
import { PCI_CFG_SPACE_EXP_SIZE, PCI_COMMAND } from '../../abi/pci.ts'
import { NvError } from '../../errors/nv-error.ts'
import { withoutPlacement } from '../attributes.ts'
import type { Clock } from '../clock.ts'
import { ConfigSpace } from '../hw/config-space.ts'
import { fromSparse } from '../sparse.ts'
import type { GpuState, VfState } from '../state.ts'
import type { VgpuMgr } from '../vgpu-mgr/mgr.ts'
import { driverTime } from './driver-time.ts'
import { VF_MSIX_FLAGS, type VgpuImage } from './image.ts'

interface Captured {
  readonly mgr: VgpuMgr
  readonly gpu: GpuState
  readonly clock: Clock
}

/**
 * Builds the image of a vGPU in STOP_COPY from its plugin task's stream and the host's state.
 * @param parts bytes read from the device, in order
 * @throws NvError EPROTO for an invalid stream
 */
export function capture({ mgr, gpu, clock }: Captured, vf: VfState, parts: readonly Uint8Array[]): VgpuImage {
  const vgpu = mgr.vgpu(vf.index)
  const hardware = new ConfigSpace(vf.config, () => {})
  const attrs = withoutPlacement(vf.attrs)
  const driverUs = driverTime(gpu.gsp.plugins[vf.index + 1]?.guest, clock.now)
  const { vm = '', vmUuid = null, guestOs = null, policy = 'closes', tcc = false } = vf.opened ?? {}
  return {
    ...mgr.facts(),
    ...readParts(parts, vf),
    vgpuType: vf.vgpuType,
    typeName: mgr.findType(vf.vgpuType, 'nvidia_vgpu_vfio_save_read').vgpuName,
    uuid: vgpu.uuid,
    version: vgpu.version,
    numChannels: vgpu.chid?.num ?? 0,
    fbLength: vgpu.fb?.size ?? 0,
    paused: vf.paused === 'user',
    vm: {
      vm,
      ...(vmUuid === null ? {} : { vmUuid }),
      name: vf.name,
      guestOs,
      policy,
      tcc,
      ...(driverUs === null ? {} : { driverUs }),
      ...(attrs.length > 0 ? { attrs } : {}),
    },
    config: fromSparse(vf.vconfig, PCI_CFG_SPACE_EXP_SIZE),
    hardware: { command: hardware.read16(PCI_COMMAND), msixFlags: hardware.read16(VF_MSIX_FLAGS) },
    registers: Object.entries(vf.regs)
      .map(([offset, value]) => [Number.parseInt(offset, 16), value] as const)
      .sort(([a], [b]) => a - b),
  }
}

/** Splits the plugin's records into state and pages. The last record of a page wins. */
function readParts(parts: readonly Uint8Array[], vf: VfState): Pick<VgpuImage, 'plugin' | 'pages'> {
  const pages = new Map<number, Uint8Array>()
  let plugin: Uint8Array | undefined
  let ended = false
  for (const part of parts) {
    const found = takeMigrationRecords(part)
    if (!found || found.taken !== part.length) throw broken(vf, 'something in it is no record')
    for (const { kind, body } of found.records) {
      if (kind === MIGRATION_RECORD_KIND.state) plugin = body.slice()
      else if (kind === MIGRATION_RECORD_KIND.end) ended = true
      else {
        const { offset } = MIGRATION_PAGE.decode(body)
        if (kind === MIGRATION_RECORD_KIND.zeroPage) pages.delete(offset)
        else pages.set(offset, body.slice(MIGRATION_PAGE.size))
      }
    }
  }
  if (!plugin || !ended) throw broken(vf, 'it ends too early')
  return { plugin, pages: new Map([...pages].sort(([a], [b]) => a - b)) }
}

function broken(vf: VfState, problem: string): NvError {
  return new NvError({
    errno: 'EPROTO',
    code: 'firmware-refusal',
    at: 'nvidia_vgpu_vfio_save_read',
    message: `the plugin task of ${vf.bdf} wrote no migration stream: ${problem}`,
    hint: 'nvgpu gsp plugins',
    object: vf.bdf,
  })
}
