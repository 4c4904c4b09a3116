/** How much of a part is to be done. */
export interface Amount {
  readonly seed: number
  /** rounds, points or operations at most; the part's own bound for an ordinary run if left out */
  readonly rounds?: number
  /** time at most */
  readonly milliseconds?: number
}

export interface Result {
  /** what was tried, in numbers */
  readonly counts: string
  readonly failures: readonly string[]
  /** why nothing was tried */
  readonly skipped?: string
}

/** One kind of attack on the state directory. */
export interface Part {
  readonly name: string
  /** what `rounds` counts, and how many an ordinary run does */
  readonly unit: string
  readonly rounds: number
  run(amount: Amount): Promise<Result>
}
