/** A type's name without the vendor: the common name, one word, accepted by every verb. */
export function shortTypeName(name: string): string {
  return name.startsWith('NVIDIA ') ? name.slice('NVIDIA '.length) : name
}
