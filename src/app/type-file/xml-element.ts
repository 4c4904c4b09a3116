/** One element, read to its end. */
export interface Element {
  readonly name: string
  readonly line: number
  readonly attributes: ReadonlyMap<string, string>
  readonly children: Element[]
  text: string
}
