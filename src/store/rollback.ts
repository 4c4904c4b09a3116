/** Thrown by a verb to leave a transaction, or a look at a state, on purpose. It says nothing about the state. */
export class Rollback extends Error {}
