/** A JSON value. */
export type Json = null | boolean | number | string | Json[] | JsonObject

export interface JsonObject {
  [key: string]: Json
}

/** A place in a tree: keys and indices from the root on. */
export type Path = readonly (string | number)[]
