/** XOR of `count` 32-bit words from `first` on, 0 to 2^32 - 1. */
export function xorOf(words: Uint32Array, first: number, count: number): number {
  const end = first + count
  let sum = 0
  let at = first
  for (; at + 8 <= end; at += 8) {
    sum ^=
      (words[at] as number) ^
      (words[at + 1] as number) ^
      (words[at + 2] as number) ^
      (words[at + 3] as number) ^
      (words[at + 4] as number) ^
      (words[at + 5] as number) ^
      (words[at + 6] as number) ^
      (words[at + 7] as number)
  }
  for (; at < end; at += 1) sum ^= words[at] as number
  return sum >>> 0
}
