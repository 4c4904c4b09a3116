/**
 * The document type of an XML log, from its own elements: each with the children that it has anywhere. NVIDIA's DTD also fixes their
 * order, which depends on the release.
 */
export function dtdOf(xml: string): string {
  const children = new Map<string, Set<string>>()
  const open: string[] = []
  for (const [, close, name = ''] of xml.matchAll(/<(\/?)([a-zA-Z_]\w*)[^>]*>/g)) {
    if (close === '/') open.pop()
    else {
      const parent = open.at(-1)
      if (parent !== undefined) children.get(parent)?.add(name)
      if (!children.has(name)) children.set(name, new Set())
      open.push(name)
    }
  }
  const elements = [...children].map(([name, below]) => {
    const content = below.size === 0 ? '(#PCDATA)' : `(#PCDATA | ${[...below].join(' | ')})*`
    return `<!ELEMENT ${name} ${content}>\n`
  })
  return `${elements.join('')}<!ATTLIST gpu id CDATA #REQUIRED>\n`
}

/** The document with the document type inside, which names a file before. */
export function withDtd(xml: string): string {
  const [root = ''] = /(?<=<!DOCTYPE )\w+/.exec(xml) ?? []
  return xml.replace(/<!DOCTYPE [^>]*>/, `<!DOCTYPE ${root} [\n${dtdOf(xml)}]>`)
}
