/** A type's name without the vendor: what people call it, what every verb takes, and one word. */
export function shortTypeName(name: string): string {
  return name.startsWith('NVIDIA ') ? name.slice('NVIDIA '.length) : name
}
