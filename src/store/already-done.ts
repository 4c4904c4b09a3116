/**
 * Thrown by a transaction whose operation id is in the log already: a process made the change before, and may have been
 * killed before it reported it. The change is durable when this is thrown. `seq` is the number of the change in history,
 * undefined if it is older than the current logs.
 */
export class AlreadyDone extends Error {
  readonly id: string
  readonly seq: number | undefined

  constructor(id: string, seq: number | undefined) {
    super(`the operation ${id} has been done before`)
    this.name = 'AlreadyDone'
    this.id = id
    this.seq = seq
  }
}
