import type { Board } from './boards.ts'

/** Texts of a board's BIOS and inforom, as nvidia-smi prints them. */
export interface BoardIdentity {
  readonly vbios: string
  readonly boardPart: string
  readonly gpuPart: string
  readonly inforomImage: string
  readonly inforomOem: string
  readonly inforomEcc: string
}

/** Captured: A40, L40S and L4 with release 550, H100 with 565, H200 with 580. */
const CAPTURED: Readonly<Record<string, readonly [vbios: string, board: string, gpu: string, image: string]>> = {
  A40: ['94.02.5C.00.03', '900-2G133-0000-000', '2235-895-A1', 'G133.0200.00.05'],
  L40S: ['95.02.66.00.02', '900-2G133-0080-000', '26B9-896-A1', 'G133.0242.00.03'],
  L4: ['95.04.29.00.06', '900-2G193-0000-000', '27B8-895-A1', 'G193.0200.00.01'],
  'H100-SXM5-80GB': ['96.00.74.00.01', '692-2G520-0200-000', '2330-885-A1', 'G520.0200.00.05'],
  'H200-SXM5-141GB': ['96.00.A5.00.1A', '692-2G520-0282-001', '2335-895-A1', 'G520.0282.02.02'],
}

/** First group of the VBIOS version, by architecture. */
const VBIOS_MAJOR: Readonly<Record<Board['architecture'], string>> = {
  Ada: '95.02',
  Ampere: '94.02',
  Hopper: '96.00',
  Blackwell: '98.02',
}

/** The captured texts of a board, or ours in the same form: made from the device id, the same on every host. */
export function identityOf({ name, architecture, deviceId, hbm }: Board): BoardIdentity {
  const device = deviceId.toString(16).toUpperCase().padStart(4, '0')
  const low = device.slice(2)
  const project = 100 + (deviceId % 900)
  const [vbios, boardPart, gpuPart, inforomImage] = CAPTURED[name] ?? [
    `${VBIOS_MAJOR[architecture]}.${low}.00.01`,
    `900-2G${project}-0000-000`,
    `${device}-895-A1`,
    `G${project}.0200.00.01`,
  ]
  const inforomEcc = architecture === 'Hopper' ? '7.16' : '6.16'
  return {
    vbios,
    boardPart,
    gpuPart,
    inforomImage,
    inforomOem: architecture === 'Ampere' && !hbm ? '2.0' : '2.1',
    inforomEcc,
  }
}

/**
 * Banks that can still be remapped: 4 for each GiB of GDDR6, 512 for each stack of a Hopper board (both captured), and 16
 * for each GiB of other HBM boards (ours).
 */
export function remappableBanks({ hbm, architecture, memoryGiB }: Board): number {
  if (!hbm) return memoryGiB * 4
  return architecture === 'Hopper' ? 512 * (memoryGiB > 80 ? 6 : Math.ceil(memoryGiB / 16)) : memoryGiB * 16
}
