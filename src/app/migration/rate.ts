import { numberError, usageError } from '../usage.ts'

/** Units of a transfer, in bytes: decimal, as networks count. A lower-case b and "bit" are bits. */
const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  bit: 1 / 8,
  Kbit: 1e3 / 8,
  Mbit: 1e6 / 8,
  Gbit: 1e9 / 8,
  Tbit: 1e12 / 8,
}

const EXAMPLE = '10Gbit/s, 1.25GB/s or 800MiB/s'

/** `10Gbit/s` or `1.25GB/s` to bytes a second, at least 1 KB/s. The `/s` is optional, the unit is not. */
export function parseRate(text: string): number {
  const [, number = '', unit = ''] = /^(\d{1,9}(?:\.\d{1,6})?)([A-Za-z]+)(?:\/s)?$/.exec(text) ?? []
  const known = Object.keys(UNITS).find((name) => name === unit) ?? Object.keys(UNITS).find((name) => likes(name, unit))
  const bytes = Number(number) * (UNITS[known ?? ''] ?? Number.NaN)
  if (Number.isNaN(bytes) || number === '') throw numberError(text, `a rate like ${EXAMPLE}`)
  if (bytes < 1000) throw usageError(`'${text}' is below 1KB/s`)
  if (bytes > 1e15) throw usageError(`'${text}' is above 1000TB/s`)
  return Math.round(bytes)
}

/** `gbit` means Gbit; `gb` is ambiguous and refused. */
function likes(name: string, unit: string): boolean {
  return /bit$|ib$/i.test(unit) && name.toLowerCase() === unit.toLowerCase()
}
