import { PCI_CAP_ID_EXP, PCI_COMMAND, PCI_EXP_DEVCAP, PCI_EXP_DEVCAP_FLR, PCI_VENDOR_ID } from '../../abi/pci.ts'
import type { Profile } from '../../catalog/profiles.ts'
import { type ErrnoName, isErrnoName } from '../../errors/errno.ts'
import { NvError } from '../../errors/nv-error.ts'
import type { Clock } from '../clock.ts'
import type { Faults } from '../faults.ts'
import type { ConfigSpace } from '../hw/config-space.ts'
import { findCapability } from '../hw/pci-caps.ts'
import { VfRegisters } from '../hw/vf-registers.ts'
import type { Klog } from '../klog.ts'
import type { VfState } from '../state.ts'

export interface ResetWiring {
  config: ConfigSpace
  clock: Clock
  klog: Klog
  faults: Faults
}

/** Duration of one poll, and the total, in milliseconds. Both loops of a reset share the total. */
const POLL_MS = 100
const BUDGET_MS = 1000
const US_PER_MS = 1000

/** A vendor id of 1 asks to retry configuration requests (CRS). */
const NOT_READY = 0x0001
const ALL_ONES = 0xffff_ffff

/** Polling conditions of a reset. A fault at the point makes the device not ready for one poll. */
const WAITS = [
  {
    point: 'vf.flr.crs',
    register: PCI_VENDOR_ID,
    notReady: (word: number) => word % 0x10000 === NOT_READY,
    words: 'CRS',
  },
  { point: 'vf.flr.non-crs', register: PCI_COMMAND, notReady: (word: number) => word === ALL_ONES, words: 'non-CRS' },
] as const

/** Reset of a VF on open, by the profile's procedure. The effect on the hardware is the same. */
export const VF_RESETS: Readonly<Record<Profile['vfReset'], (vf: VfState, wiring: ResetWiring) => void>> = {
  try: tryReset,
  wait: functionLevelReset,
}

/** pci_try_reset_function. @throws NvError ENOTTY without a reset method; EAGAIN (device locked) by a fault only */
function tryReset(vf: VfState, { config, clock, faults }: ResetWiring): void {
  const at = 'pci_try_reset_function'
  faults.check('vf.reset', at)
  if (vf.disconnected || !hasFlr(config)) throw refused(vf, at, 'ENOTTY', 'has no method of reset')
  resetHardware(vf)
  clock.advance(POLL_MS * US_PER_MS)
}

/**
 * A function-level reset that waits for the device.
 * @throws NvError ENOTTY (absent, or not ready within 1000 ms; the device is then lost), EINVAL (no capability)
 */
function functionLevelReset(vf: VfState, { config, clock, klog, faults }: ResetWiring): void {
  const at = 'nvidia_vgpu_vfio_flr'
  faults.check('vf.reset', at)
  faults.check('vf.flr.absent', at)
  if (vf.disconnected) throw refused(vf, at, 'ENOTTY', 'is not there')
  const injected = faults.at('vf.flr.capability')
  if (!hasFlr(config) || injected !== null) {
    klog.err(`${vf.bdf}: FLR capability not present on the VF.`)
    throw refused(vf, at, isErrnoName(injected) ? injected : 'EINVAL', 'has no function-level reset')
  }
  resetHardware(vf)
  let waited = 0
  const sleep = () => {
    clock.advance(POLL_MS * US_PER_MS)
    waited += POLL_MS
  }
  sleep()
  for (const { point, register, notReady, words } of WAITS) {
    while (faults.at(point) !== null || notReady(config.read32(register))) {
      sleep()
      if (waited < BUDGET_MS) continue
      // the budget is spent, even if the device would answer now
      vf.disconnected = true
      klog.err(`${vf.bdf}: FLR failed ${words} case, waited for ${waited} ms`)
      throw refused(vf, at, 'ENOTTY', `did not come back from its reset within ${BUDGET_MS} ms`)
    }
  }
}

function hasFlr(config: ConfigSpace): boolean {
  const express = findCapability(config, PCI_CAP_ID_EXP)
  return express !== 0 && (config.read32(express + PCI_EXP_DEVCAP) & PCI_EXP_DEVCAP_FLR) !== 0
}

/** Clears the registers. The configuration space stays: the driver saves and restores it. */
function resetHardware(vf: VfState): void {
  new VfRegisters(vf.regs).clear()
}

function refused(vf: VfState, at: string, errno: ErrnoName, what: string): NvError {
  return new NvError({
    errno,
    code: errno === 'EINVAL' ? 'unsupported' : 'no-device',
    at,
    message: `${vf.bdf} ${what}`,
    hint: `nvgpu vf show ${vf.bdf}`,
    object: vf.bdf,
  })
}
