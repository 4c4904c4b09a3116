/**
 * The look of an nvidia-smi release. Labels, spaces and columns are those of real output; differences between releases
 * are here.
 */
export interface Style {
  readonly name: '550' | '580'
  /** Width of label and indentation in `-q`, before ": ". */
  readonly label: number
  /** Lines that exist from this release on. */
  readonly release: 550 | 580
  readonly dtd: string
}

/** `550` is the release of vGPU 17. `580` is 580.159.04, of which a whole log was captured. */
export const STYLES: Readonly<Record<Style['name'], Style>> = {
  '550': { name: '550', label: 42, release: 550, dtd: 'nvsmi_device_v12.dtd' },
  '580': { name: '580', label: 55, release: 580, dtd: 'nvsmi_device_v13.dtd' },
}

/** Width of labels in all reports of `nvidia-smi vgpu`, the same in both releases. */
export const VGPU_LABEL = 42

export function isStyle(text: string): text is Style['name'] {
  return Object.hasOwn(STYLES, text)
}
