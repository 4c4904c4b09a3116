/** A type's name without the vendor's word in front, in its own spelling: "A100-10C" for "GRID A100-10C". */
export function shortTypeName(name: string): string {
  const text = name.trim()
  const word = VENDOR_WORDS.find((known) => text.slice(0, known.length).toLowerCase() === known)
  if (word === undefined) return text
  const rest = text.slice(word.length)
  const short = rest.trimStart().replace(/^[-_\s]+/, '')
  return short === rest ? text : short
}

/** Words in front of a type's name. NVIDIA's files write GRID up to Turing and for A100 and A800, else NVIDIA; its documents, DC-48Q. */
const VENDOR_WORDS = ['nvidia rtx pro 6000 blackwell', 'rtx pro 6000 blackwell', 'nvidia', 'grid'] as const
