import type { Change } from '../engine/view.ts'
import type { Text } from '../errors/text.ts'
import type { Column } from './table.ts'

/** How one kind of item is drawn: the one description behind table, CSV, names and sentences. */
export interface View<T> {
  /** Kind of a document that holds such items, a plural: `vgpus`. */
  readonly kind: string
  /** The identifier: what -o name prints, and what other verbs take. */
  name(item: T): string
  readonly columns: readonly Column<T>[]
  /** Columns of the CSV, in order. */
  readonly fields: readonly Field[]
  /** Items to CSV records, where a record is not just an item. */
  records?(item: T): readonly object[]
  /** The object and its state in one line, for a verb that changed it. */
  sentence?(item: T): string
  /** Drawing for people that is used instead of the table. */
  picture?: Picture<T>
  /** The picture is for a program, and keeps to the escapes of its own format. */
  readonly forPrograms?: true
}

/** A path into the item (`framebuffer.size`), with the unit of its number if it has one. */
export type Field = string | readonly [path: string, unit: string]

/** Draws items for people; in pieces, where the whole text takes too much memory. */
export type Picture<T> = (items: readonly T[], page: Page) => Text | Promise<Text>

/** What a drawing has to fit into. */
export interface Page {
  /** Columns of the terminal; undefined in a pipe, where nothing is cut. */
  readonly width: number | undefined
  readonly wide: boolean
  readonly header: boolean
  readonly color: boolean
  /** Local wall clock, for the overview's first line. */
  readonly now: Date
}

/** What a verb answers: items and how to draw them, data for a program as it is, or text for people. */
export type Answer =
  | ItemsAnswer
  | { readonly raw: string | Uint8Array; readonly status?: number }
  | { readonly text: string; readonly status?: number }

export interface ItemsAnswer {
  readonly view: View<unknown>
  readonly items: readonly unknown[]
  readonly picture?: Picture<unknown> | undefined
  /** Present in answers of verbs that change. */
  readonly change?: { readonly changed: boolean; readonly warnings: readonly string[] }
  /** Said on standard error for people, where the format is one for people: what is missing, what to type next. */
  readonly remark?: string
  /** Through a pipe, print names instead of sentences: what was made is what a script wants. */
  readonly namesInPipe?: true
  readonly status?: number
  /** The format, where the verb has an option of its own for it. */
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

/** What a changing verb did; one that could do only a part of it leaves with status 1. */
export function changed<T>(view: View<T>, change: Change<T>, facts: { namesInPipe?: true } = {}): Answer {
  return {
    view: erase(view),
    items: change.items,
    change: { changed: change.changed, warnings: change.warnings },
    ...(change.failed === true ? { status: 1 } : {}),
    ...facts,
  }
}

/** A view and its items travel together, so the items a view is handed are the ones it was made for. */
function erase<T>(view: View<T>): View<unknown> {
  return view as View<unknown>
}
