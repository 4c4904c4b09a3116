/** Schema number of the state; only a step in upgrade/ raises it. A field with a default does not. */
export const SCHEMA = 1
