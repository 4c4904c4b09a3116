import * as v from 'valibot'
import { oddValue } from '../errors/odd-number.ts'

/** Keys with a special meaning in JavaScript: no map of the state has one. */
const RESERVED = ['__proto__', 'constructor', 'prototype']

export const text = v.string('is no text')

export const truth = v.boolean('is neither true nor false')

/** The complaint about a number, with its kind if it is not finite or too large. */
function notWhole({ input }: { readonly input: unknown }): string {
  const odd = oddValue(input)
  return `is no whole number from 0 to 2^53-1${odd === undefined ? '' : `: it is ${odd}`}`
}

/** A whole number, not negative: a size, an address, an index or a time. */
export const count = v.pipe(v.number(notWhole), v.safeInteger(notWhole), v.minValue(0, notWhole))

/** A virtual time that may lie before the host was created. */
export const anyTime = v.pipe(v.number('is no whole number'), v.safeInteger('is no whole number'))

/** A PCI address, domain:bus:device.function. */
export const ADDRESS = /^[0-9a-f]{4}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/
export const address = matching(ADDRESS, 'is no PCI address')

/** Bytes without the runs of zeros: "offset:hex" runs, offsets in hex, separated by spaces. */
export type Sparse = string

/** Sparse bytes whose runs all lie below `size`. */
export function sparse(size: number) {
  const message = 'is no sparse byte string'
  return v.pipe(
    v.string(message),
    v.check((runs) => runs === '' || runs.split(' ').every((run) => endOf(run) <= size), message),
  )
}

/** Sparse bytes of any length. */
export const bytes = sparse(Number.MAX_SAFE_INTEGER)

/** End of a run; infinity if the text is not a run. */
function endOf(run: string): number {
  const colon = run.indexOf(':')
  const length = (run.length - colon - 1) / 2
  if (!/^[0-9a-f]{1,13}:[0-9a-f]+$/.test(run) || !Number.isInteger(length)) return Number.POSITIVE_INFINITY
  return Number.parseInt(run.slice(0, colon), 16) + length
}

export function matching(expression: RegExp, message: string) {
  return v.pipe(v.string(message), v.regex(expression, message))
}

export function oneOf<const W extends string>(...words: readonly W[]) {
  return v.picklist(words, `is none of ${words.join(', ')}`)
}

export function listOf<S extends v.GenericSchema>(item: S) {
  return v.array(item, 'is no list')
}

/** A map whose keys match `key`. What it is a map of stands at the check too, which comes first, for JSON Schema. */
export function mapOf<S extends v.GenericSchema>(key: RegExp, value: S) {
  const map = v.record(matching(key, 'is no key'), value)
  const isOne = v.custom<Record<string, unknown>>(isMap, 'is no object, or has a key that no map may have')
  return v.pipe({ ...isOne, map }, map)
}

function isMap(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return !RESERVED.some((key) => Object.hasOwn(value, key))
}

type Scalar = null | boolean | number | string

/**
 * A field with a default: its initial value in new objects, and its value if an older directory or export lacks the
 * field. A list or an object is given as a function, which returns a new one each time.
 */
export function defaulted<S extends v.GenericSchema>(
  schema: S,
  value: (Scalar & v.InferInput<S>) | (() => v.InferInput<S>),
) {
  return v.optional(schema, value)
}

/** Schemas of fields that occur often, each declared once. */
export const maybeCount = v.nullable(count)
export const maybeText = v.nullable(text)
export const noCount = defaulted(maybeCount, null)
export const noText = defaulted(maybeText, null)
export const zero = defaulted(count, 0)
export const off = defaulted(truth, false)
