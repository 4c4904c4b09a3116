/**
 * Thrown by a transaction whose operation id is in the log already: the change was made before, by a process that was
 * killed after it had won and before it could say so, or that said so and was asked again. It is durable when this is
 * thrown. `seq` is the number the change has in history, undefined if it is older than the current logs.
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
