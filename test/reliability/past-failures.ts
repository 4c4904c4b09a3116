/** A fault the store once had, or a first draft of its protocol. */
export interface PastFailure {
  /** what went wrong */
  readonly title: string
  /** what was changed against it */
  readonly mend: string
  /** the mutant that puts it back */
  readonly mutant: string
  /** first seed of the rounds that show it */
  readonly seed: number
  /** so many rounds from there on are enough */
  readonly within: number
}

/** Oldest first. A new one gets a mutant, and a row here, before it is mended. */
export const PAST_FAILURES: readonly PastFailure[] = [
  {
    title: 'a snapshot survived a power cut without the log that belongs to it',
    mend: 'the new log is created, and its name synced, before the snapshot is written',
    mutant: 'new-log-after-snapshot',
    seed: 5,
    within: 100,
  },
  {
    title: 'a seal was lost, and with it the way to acknowledged changes in the log behind it',
    mend: 'the seal is synced before the new log is created: no other sync covers for it',
    mutant: 'no-seal-sync',
    seed: 5,
    within: 300,
  },
  {
    title: 'a killed change that was repeated was acknowledged before it was durable',
    mend: 'a repetition syncs the log before it says that the change stands',
    mutant: 'repeat-not-synced',
    seed: 5,
    within: 500,
  },
  {
    title:
      'a record that lacked only its newline was acknowledged; the next record brought the newline, and a power cut took that sector back',
    mend: 'what stands before zeros counts as a last record does: by its sum',
    mutant: 'zeros-end-no-record',
    seed: 5,
    within: 300,
  },
  {
    title: 'a bit turned in an operation id, and another operation was taken for done',
    mend: 'the checksum of every record is verified before it is believed',
    mutant: 'no-sum-of-records',
    seed: 5,
    within: 2_000,
  },
]
