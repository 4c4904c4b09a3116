import { usageError } from '../app/usage.ts'
import { nearestWords } from '../errors/nearest-words.ts'
import { shortTypeName } from '../errors/type-name.ts'
import type { View } from '../render/answer.ts'
import { valueAt } from '../render/csv.ts'
import type { Filter, Selection } from './listing.ts'

/** The items that pass all filters, in order of the sort keys; equal ones keep their order. */
export function selectItems<T>(view: View<T>, items: readonly T[], { filter, sortBy = [] }: Selection): T[] {
  const fields = view.fields.map((field) => (typeof field === 'string' ? field : field[0]))
  const filters = filter.map((each) => ({ ...each, field: known(each.field, fields) }))
  const keys = sortBy.map((each) => ({ ...each, field: known(each.field, fields) }))
  const found = items
    .map((item) => ({ item, records: view.records?.(item) ?? [item] }))
    .filter(({ records }) => records.some((record) => filters.every((each) => passes(record, each))))
  for (const { field, descending } of keys.reverse()) {
    found.sort((a, b) => {
      const [one, other] = [valueAt(a.records[0], field), valueAt(b.records[0], field)]
      return isMissing(one) || isMissing(other)
        ? Number(isMissing(one)) - Number(isMissing(other))
        : compare(one, other) * (descending ? -1 : 1)
    })
  }
  return found.map(({ item }) => item)
}

/** The field in its own spelling. Throws NvError `syntax` for an unknown one. */
function known(word: string, fields: readonly string[]): string {
  const wanted = word.toLowerCase()
  const field = fields.find((each) => each === word) ?? fields.find((each) => each.toLowerCase() === wanted)
  if (field !== undefined) return field
  const alike = fields.filter((each) => each.toLowerCase().includes(wanted))
  const near = alike.length > 0 ? `; nearest: ${alike.slice(0, 3).join(', ')}` : nearestWords(word, fields)
  throw usageError(`there is no field '${word}' here${near || `; known: ${fields.join(', ')}`}`)
}

function passes(record: unknown, { field, value, negated }: Filter): boolean {
  const held = valueAt(record, field)
  const values = Array.isArray(held) && held.length > 0 ? held : [Array.isArray(held) ? null : held]
  return values.some((each) => isLike(each, value.toLowerCase())) !== negated
}

/** Type names match without the vendor's word in front, too. */
function isLike(value: unknown, pattern: string): boolean {
  if (isMissing(value)) return pattern === ''
  if (typeof value === 'number' && pattern !== '' && Number(pattern) === value) return true
  const text = String(value).toLowerCase()
  return isMatch(text, pattern) || isMatch(shortTypeName(text), pattern)
}

/** Whether a pattern with any number of * covers a text. */
function isMatch(text: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return text === first
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false
  let at = first.length
  const end = text.length - last.length
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found < 0 || found + part.length > end) return false
    at = found + part.length
  }
  return true
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null || value === ''
}

/** Numbers by value, everything else by its text. */
function compare(one: unknown, other: unknown): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other
  const [a, b] = [String(one), String(other)]
  return a < b ? -1 : Number(a > b)
}
