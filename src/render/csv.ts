import type { Field } from './answer.ts'

/**
 * RFC 4180: CRLF line ends, quotes only where needed. The view decides the columns; a missing or null value is an empty
 * cell, a list is joined by semicolons, with a backslash before a semicolon or backslash in an item. Numbers carry
 * their unit by default.
 */
export function drawCsv(
  fields: readonly Field[],
  records: readonly object[],
  options: { readonly header: boolean; readonly units: boolean },
): string {
  const columns = fields.map((field) => (typeof field === 'string' ? { path: field, unit: '' } : unitField(field)))
  const lines = records.map((record) =>
    columns.map(({ path, unit }) => cell(valueAt(record, path), options.units ? unit : '')).join(','),
  )
  if (options.header) lines.unshift(columns.map(({ path }) => path).join(','))
  return lines.map((line) => `${line}\r\n`).join('')
}

function unitField([path, unit]: readonly [string, string]): { path: string; unit: string } {
  return { path, unit }
}

/** The value at a dotted path, which may also be a key itself; undefined if a part of the path is missing or null. */
export function valueAt(record: unknown, path: string): unknown {
  if (isRecord(record) && Object.hasOwn(record, path)) return record[path]
  let value = record
  for (const key of path.split('.')) {
    if (!isRecord(value) || !Object.hasOwn(value, key)) return undefined
    value = value[key]
  }
  return value
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function cell(value: unknown, unit: string): string {
  if (value === undefined || value === null) return ''
  const text = Array.isArray(value) ? value.map(listed).join(';') : String(value)
  const whole = unit !== '' && typeof value === 'number' ? `${text} ${unit}` : text
  return /[",\r\n]/.test(whole) ? `"${whole.replaceAll('"', '""')}"` : whole
}

function listed(item: unknown): string {
  return String(item).replace(/[\\;]/g, '\\$&')
}
