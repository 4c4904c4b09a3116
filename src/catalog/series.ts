import type { Series } from './type-table.ts'

/** Facts common to all types of one series (17.1 type file; C: 525-era listings and the 510 type file). */
export interface SeriesFacts {
  /** class of the type, as the type file spells it */
  readonly vgpuClass: 'NVS' | 'Quadro' | 'Compute'
  /** the licences a guest may use, exactly as the type carries them */
  readonly license: string
  /** product behind the licence */
  readonly edition: 'vPC' | 'vWS' | 'vApps' | 'vCS'
  readonly numHeads: number
  /** frame rate limit, Hz */
  readonly frlConfig: number
  readonly cudaEnabled: 0 | 1
  readonly eccSupported: 0 | 1
  /** one VM may have several */
  readonly multiVgpu: 0 | 1
  /** must be alone in its VM */
  readonly exclusive: 0 | 1
  readonly maxInstancesPerVm: number
}

const VWS = 'Quadro-Virtual-DWS,5.0;GRID-Virtual-WS,2.0;GRID-Virtual-WS-Ext,2.0'
const OFFICE = {
  vgpuClass: 'NVS',
  cudaEnabled: 0,
  eccSupported: 0,
  multiVgpu: 0,
  exclusive: 1,
  maxInstancesPerVm: 1,
} as const
const PROFESSIONAL = {
  frlConfig: 60,
  cudaEnabled: 1,
  eccSupported: 1,
  multiVgpu: 1,
  exclusive: 0,
  maxInstancesPerVm: 16,
} as const

export const SERIES: Readonly<Record<Series, SeriesFacts>> = {
  B: { ...OFFICE, license: `GRID-Virtual-PC,2.0;${VWS}`, edition: 'vPC', numHeads: 4, frlConfig: 45 },
  Q: { ...PROFESSIONAL, vgpuClass: 'Quadro', license: VWS, edition: 'vWS', numHeads: 4 },
  A: { ...OFFICE, license: 'GRID-Virtual-Apps,3.0', edition: 'vApps', numHeads: 1, frlConfig: 60 },
  C: {
    ...PROFESSIONAL,
    vgpuClass: 'Compute',
    license: 'NVIDIA-vComputeServer,9.0;Quadro-Virtual-DWS,5.0',
    edition: 'vCS',
    numHeads: 1,
  },
}

/** Largest head, and the pixel budget of all heads. A C type's budget (3840x2400) is below its largest head. */
export interface Display {
  readonly maxResolutionX: number
  readonly maxResolutionY: number
  readonly maxPixels: number
}

/** Displays of a type: by series and, for B and Q, by size in GiB (17.1 type file). */
export function displayOf(series: Series, sizeGiB: number): Display {
  if (series === 'A') return { maxResolutionX: 1280, maxResolutionY: 1024, maxPixels: 1310720 }
  if (series === 'C') return { maxResolutionX: 4096, maxResolutionY: 2400, maxPixels: 9216000 }
  const large = { maxResolutionX: 5120, maxResolutionY: 2880 }
  if (series === 'B') return { ...large, maxPixels: sizeGiB === 1 ? 16384000 : 18432000 }
  if (sizeGiB === 1) return { ...large, maxPixels: 18432000 }
  const largest = { maxResolutionX: 7680, maxResolutionY: 4320 }
  if (sizeGiB < 4) return { ...largest, maxPixels: 36864000 }
  return { ...largest, maxPixels: sizeGiB < 8 ? 58982400 : 66355200 }
}

/** The series of a type name: the first letter behind its size, "L40-4Q", "A100-1-5CME". */
export function seriesOfName(name: string): Series | undefined {
  const [, letter] = /-\d{1,3}([BQAC])[A-Z]*$/.exec(name) ?? []
  return letter === 'B' || letter === 'Q' || letter === 'A' || letter === 'C' ? letter : undefined
}
