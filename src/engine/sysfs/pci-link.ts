import {
  PCI_CAP_ID_EXP,
  PCI_EXP_LNK_SPEED,
  PCI_EXP_LNK_WIDTH,
  PCI_EXP_LNK_WIDTH_SHIFT,
  PCI_EXP_LNKCAP,
  PCI_EXP_LNKSTA,
} from '../../abi/pci.ts'
import type { ConfigSpace } from '../hw/config-space.ts'
import { findCapability } from '../hw/pci-caps.ts'
import type { Attributes } from './node.ts'

/** pci_speed_string, by the number of the speed in a link register. */
const SPEEDS = ['Unknown', '2.5 GT/s PCIe', '5.0 GT/s PCIe', '8.0 GT/s PCIe', '16.0 GT/s PCIe', '32.0 GT/s PCIe']

/**
 * Speed and width of the link of a PCI Express device. A VF has the capabilities of its PF and no status of its own: its
 * current speed is "Unknown" and its width 0, as the kernel prints them.
 */
export function linkAttributes<At>(configOf: (at: At) => ConfigSpace): Attributes<At> {
  const speed = (at: At, register: number) =>
    `${SPEEDS[linkWord(configOf(at), register) & PCI_EXP_LNK_SPEED] ?? SPEEDS[0]}\n`
  const width = (at: At, register: number) =>
    `${(linkWord(configOf(at), register) & PCI_EXP_LNK_WIDTH) >> PCI_EXP_LNK_WIDTH_SHIFT}\n`
  return {
    current_link_speed: { mode: 0o444, show: (at) => speed(at, PCI_EXP_LNKSTA) },
    current_link_width: { mode: 0o444, show: (at) => width(at, PCI_EXP_LNKSTA) },
    max_link_speed: { mode: 0o444, show: (at) => speed(at, PCI_EXP_LNKCAP) },
    max_link_width: { mode: 0o444, show: (at) => width(at, PCI_EXP_LNKCAP) },
  }
}

function linkWord(config: ConfigSpace, register: number): number {
  const express = findCapability(config, PCI_CAP_ID_EXP)
  return express === 0 ? 0 : config.read16(express + register)
}
