import type { PciFunctionView } from '../../engine/view.ts'

const CLASSES: Readonly<Record<string, string>> = {
  '0x030000': 'VGA compatible controller',
  '0x030200': '3D controller',
}

/** `lspci -D -xxxx`: a line of text and 4,096 bytes for each function, which `lspci -F FILE` reads. */
export function lspciDump(functions: readonly PciFunctionView[]): string {
  return functions.map(dump).join('\n')
}

function dump({ bdf, class: code, name, revision, config }: PciFunctionView): string {
  const title = `${bdf} ${CLASSES[code] ?? 'Display controller'}: NVIDIA Corporation ${name.replace(/^NVIDIA /, '')}`
  const rows = Array.from({ length: config.length / 32 }, (_, row) => {
    const bytes = config.slice(row * 32, (row + 1) * 32).match(/../g) ?? []
    return `${(row * 16).toString(16).padStart(2, '0')}: ${bytes.join(' ')}\n`
  })
  return `${title} (rev ${revision.replace(/^0x/, '')})\n${rows.join('')}`
}
