/** Thrown by a verb to end a transaction without a change. It does not mean that the state is wrong. */
export class Rollback extends Error {}
