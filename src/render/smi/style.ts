/**
 * The look of an nvidia-smi release. Labels, spaces and columns are those of real output; differences between releases
 * are here.
 */
export interface Style {
  readonly name: '550' | '580'
  /** Width of label and indentation in `-q`, before ": ". */
  readonly label: number
  readonly release: 550 | 580
  readonly dtd: string
}

/** `550` is 550.127.05 and `580` is 580.159.04: whole logs of both were captured, of no release between them. */
export const STYLES: Readonly<Record<Style['name'], Style>> = {
  '550': { name: '550', label: 42, release: 550, dtd: 'nvsmi_device_v12.dtd' },
  '580': { name: '580', label: 55, release: 580, dtd: 'nvsmi_device_v13.dtd' },
}

/** Width of labels in all reports of `nvidia-smi vgpu`, the same in both releases. */
export const VGPU_LABEL = 42

export function isStyle(text: string): text is Style['name'] {
  return Object.hasOwn(STYLES, text)
}

/** The newest style that is not above a driver release; `550` for older ones. */
export function styleOfDriver(version: string): Style {
  return Number.parseInt(version, 10) >= STYLES['580'].release ? STYLES['580'] : STYLES['550']
}
