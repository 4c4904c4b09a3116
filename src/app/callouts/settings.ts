/** Settings of the callout scripts around a change. */
export interface CalloutSettings {
  readonly callouts: string | undefined
  readonly force: boolean
}
