import type { PciFunctionView } from '../../contract/views/pci-function.ts'

const CLASSES: Readonly<Record<string, string>> = {
  '0x030000': 'VGA compatible controller',
  '0x030200': '3D controller',
}

/**
 * `lspci -D -xxxx`: a line of text and 4,096 bytes for each function, which `lspci -F FILE` reads. The result is bytes,
 * since the text of a large host exceeds the longest string. A dump is a copy of a dump of zeros with the other bytes
 * written over it.
 */
export function lspciDump(functions: readonly PciFunctionView[]): Uint8Array {
  const titles = functions.map((each, index) => encoder.encode(`${index > 0 ? '\n' : ''}${title(each)}\n`))
  const blanks = new Map<number, Blank>()
  const blankOf = ({ config }: PciFunctionView) => {
    const blank = blanks.get(config.length) ?? blankFor(config.length)
    blanks.set(config.length, blank)
    return blank
  }
  const size = functions.reduce((sum, each, at) => sum + (titles[at]?.length ?? 0) + blankOf(each).text.length, 0)
  const out = new Uint8Array(size)
  let end = 0
  for (const [index, each] of functions.entries()) {
    const { config } = each
    const line = titles[index] as Uint8Array
    out.set(line, end)
    end += line.length
    const { text, places } = blankOf(each)
    out.set(text, end)
    for (let at = 0; at < config.length; at++) {
      const byte = config[at] as number
      if (byte === 0) continue
      const place = end + (places[at] as number)
      out[place] = DIGITS.charCodeAt(byte >>> 4)
      out[place + 1] = DIGITS.charCodeAt(byte & 15)
    }
    end += text.length
  }
  return out
}

const encoder = new TextEncoder()
const DIGITS = '0123456789abcdef'

function title({ bdf, class: code, name, revision }: PciFunctionView): string {
  const kind = CLASSES[code] ?? 'Display controller'
  return `${bdf} ${kind}: NVIDIA Corporation ${name.replace(/^NVIDIA /, '')} (rev ${revision.replace(/^0x/, '')})`
}

/** A dump of zeros, and the place of each byte's digits in it. */
interface Blank {
  readonly text: Uint8Array
  readonly places: Uint32Array
}

function blankFor(size: number): Blank {
  let text = ''
  const places = Uint32Array.from({ length: size }, (_, at) => {
    text += at % 16 === 0 ? `${at.toString(16).padStart(2, '0')}: ` : ' '
    const place = text.length
    text += at % 16 === 15 ? '00\n' : '00'
    return place
  })
  return { text: encoder.encode(text), places }
}
