import { KiB } from '../../abi/align.ts'
import {
  GSP_ARGUMENTS_CACHED,
  GSP_FW_SR_META_MAGIC,
  GSP_FW_SR_META_REVISION,
  GspFwSRMeta,
  id8,
  LibosMemoryRegionInitArgument,
} from '../../abi/gsp-boot.ts'
import type { ErrnoName } from '../../errors/errno.ts'
import { NvError } from '../../errors/nv-error.ts'
import type { Clock } from '../clock.ts'
import type { Faults } from '../faults.ts'
import { RING_BYTES } from '../hw/msgq.ts'
import type { BootStep } from '../state.ts'

/** newLevel and oldLevel of a power transition: 3 for suspend, 0 for unload. */
export const GPU_LEVEL = { unload: 0, suspend: 3 } as const

/** Firmware files of one release. A fault point of each can make it missing, unsigned or of another version. */
const FILES = ['gsp', 'booter_load', 'booter_unload', 'bootloader'] as const

/** The loader's error for each effect of a fault on a firmware file. */
const FILE_FAULTS: Readonly<Record<string, { errno: ErrnoName; why: string }>> = {
  missing: { errno: 'ENOENT', why: 'is missing' },
  unsigned: { errno: 'ENOENT', why: 'has no section .fwsignature_ad10x' },
  'wrong-version': { errno: 'EINVAL', why: 'is of another version' },
}

/** Log and argument buffers for GSP: id8 names, bytes. */
const LIBOS_BUFFERS: readonly (readonly [name: string, size: number])[] = [
  ['LOGINIT', 64 * KiB],
  ['LOGINTR', 64 * KiB],
  ['LOGRM', 64 * KiB],
  ['RMARGS', 4 * KiB],
]
/** Simulated start address of shared system memory; only GSP's boot arguments have it. */
const SYSMEM = 0x1_0000_0000

/** Runs and records the steps of a boot. A failing step ends the boot and is recorded too. */
export class BootLog {
  readonly #steps: BootStep[]
  readonly #clock: Clock
  readonly #faults: Faults

  constructor(steps: BootStep[], clock: Clock, faults: Faults) {
    this.#steps = steps
    this.#clock = clock
    this.#faults = faults
  }

  /** Fault point: boot.<step>. @param run does the step and returns its note. @throws NvError of the step */
  step(step: string, run: () => string): void {
    try {
      this.#faults.check(`boot.${step}`, 'r535_gsp_oneinit')
      this.#steps.push({ at: this.#clock.now, step, note: run(), errno: null })
    } catch (error) {
      if (error instanceof NvError)
        this.#steps.push({ at: this.#clock.now, step, note: error.message, errno: error.errno })
      throw error
    }
  }

  /** Loads every firmware file of a release. @throws NvError ENOENT (missing, unsigned), EINVAL (another version) */
  loadFirmware(chip: string, version: string): void {
    for (const file of FILES) {
      const path = `nvidia/${chip.toLowerCase()}/gsp/${file}-${version}.bin`
      this.step(`load ${file}`, () => {
        const effect = this.#faults.at(`firmware.${file}`)
        if (effect === null) return path
        const { errno, why } = FILE_FAULTS[effect] ?? { errno: 'EIO' as const, why: `cannot be read (${effect})` }
        throw new NvError({
          errno,
          code: 'firmware-refusal',
          at: 'r535_gsp_load',
          message: `firmware ${path} ${why}`,
          hint: 'nvgpu fault list',
        })
      })
    }
  }
}

/** The three levels of a radix3 page table for an image: 4 KiB pages of 512 addresses. */
export function radix3(imageSize: number): { pages: number; level2: number; level1: number } {
  const pages = Math.ceil(imageSize / (4 * KiB))
  const level2 = Math.ceil(pages / 512)
  return { pages, level2, level1: Math.ceil(level2 / 512) }
}

/** The list of log and argument buffers; GSP's mailboxes point to it. */
export function libosArguments(): Uint8Array {
  const list = new Uint8Array(LIBOS_BUFFERS.length * LibosMemoryRegionInitArgument.size)
  let pa = SYSMEM
  for (const [i, [name, size]] of LIBOS_BUFFERS.entries()) {
    list.set(
      LibosMemoryRegionInitArgument.encode({ id8: id8(name), pa, size, kind: 1, loc: 1 }),
      i * LibosMemoryRegionInitArgument.size,
    )
    pa += size
  }
  return list
}

/** RMARGS: the addresses of the queues, and the resume flags (oldLevel 3, bInPMTransition 1). */
export function rmArguments(resume: boolean): Uint8Array {
  const pageTableEntryCount = 1 + (2 * RING_BYTES) / (4 * KiB)
  return GSP_ARGUMENTS_CACHED.encode({
    messageQueueInitArguments: {
      sharedMemPhysAddr: SYSMEM + 0x100000,
      pageTableEntryCount,
      cmdQueueOffset: 4 * KiB,
      statQueueOffset: 4 * KiB + RING_BYTES,
    },
    srInitArguments: { oldLevel: resume ? GPU_LEVEL.suspend : 0, flags: 0, bInPMTransition: resume },
  })
}

/** The suspend meta block over a save area as large as WPR2. */
export function srMeta(wpr2Size: number): Uint8Array {
  return GspFwSRMeta.encode({
    magic: GSP_FW_SR_META_MAGIC,
    revision: GSP_FW_SR_META_REVISION,
    sysmemAddrOfSuspendResumeData: SYSMEM + 0x200000,
    sizeOfSuspendResumeData: wpr2Size,
  })
}
