import type { Change } from '../contract/views/change.ts'
import type { Text } from '../errors/text.ts'
import type { Column } from './table.ts'

/** The drawing of one kind of item: the source of its table, CSV, names and sentences. */
export interface View<T> {
  /** Kind of a document with such items, a plural: `vgpus`. */
  readonly kind: string
  /** The identifier, printed by -o name and accepted by other verbs. */
  name(item: T): string
  readonly columns: readonly Column<T>[]
  /** Columns of the CSV, in order. */
  readonly fields: readonly Field[]
  /** CSV records of an item, if they differ from the item itself. */
  records?(item: T): readonly object[]
  /** The object and its state in one line, for a verb that changed it. */
  sentence?(item: T): string
  /** Drawing for people that replaces the table. */
  picture?: Picture<T>
  /** The picture is data for a program and has the escapes of its own format. */
  readonly forPrograms?: true
}

/** A path into the item (`framebuffer.size`), with the unit of its number if it has one. */
export type Field = string | readonly [path: string, unit: string]

/** Draws items for people; in pieces if the whole text takes too much memory. */
export type Picture<T> = (items: readonly T[], page: Page) => Text | Promise<Text>

/** Settings of the page. */
export interface Page {
  /** Columns of the terminal; undefined in a pipe, where nothing is cut. */
  readonly width: number | undefined
  readonly wide: boolean
  readonly header: boolean
  readonly color: boolean
  /** The locale is of UTF-8: drawings may have block and box characters. */
  readonly unicode: boolean
  /** Local wall clock, for the overview's first line. */
  readonly now: Date
}

/** The answer of a verb: items and their view, raw data, or text for people. */
export type Answer =
  | ItemsAnswer
  | { readonly raw: Text | Uint8Array; readonly status?: number }
  | { readonly text: string; readonly status?: number }

export interface ItemsAnswer {
  readonly view: View<unknown>
  readonly items: readonly unknown[]
  readonly picture?: Picture<unknown> | undefined
  /** Present in answers of verbs that change. */
  readonly change?: { readonly changed: boolean; readonly warnings: readonly string[] }
  /** Remark on standard error, in formats for people: a missing object, the next command. */
  readonly remark?: string
  /** In a pipe, print names instead of sentences, for scripts that use the created object. */
  readonly namesInPipe?: true
  readonly status?: number
  /** The format, if the verb has its own option for it. */
  readonly format?: 'json' | 'yaml'
}

/** A listing. */
export function list<T>(view: View<T>, items: readonly T[], remark?: string): Answer {
  return { view: erase(view), items, ...(remark !== undefined && items.length === 0 ? { remark } : {}) }
}

/** One item in detail; in JSON the same shape as a listing. */
export function detail<T>(view: View<T>, items: readonly T[], picture: Picture<T>): Answer {
  return { view: erase(view), items, picture: (all, page) => picture(all as readonly T[], page) }
}

/** Items of a changing verb; partial success has status 1. */
export function changed<T>(view: View<T>, change: Change<T>, facts: { namesInPipe?: true } = {}): Answer {
  return {
    view: erase(view),
    items: change.items,
    change: { changed: change.changed, warnings: change.warnings },
    ...(change.failed === true ? { status: 1 } : {}),
    ...facts,
  }
}

/** The type of a view is dropped; its items travel with it, so they still fit. */
function erase<T>(view: View<T>): View<unknown> {
  return view as View<unknown>
}
