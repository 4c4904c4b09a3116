/** Which callout scripts run around a change. */
export interface CalloutSettings {
  readonly callouts: string | undefined
  readonly force: boolean
}
