/**
 * Adds the location to an error inside a structure: `owner`, the path to the member, the problem. Each level calls it
 * once, so the outermost structure names the whole path. Errors other than RangeError pass unchanged.
 */
export function placed(owner: string, path: string, error: unknown): unknown {
  if (error instanceof PlacedError) return new PlacedError(owner, path + error.path, error.problem)
  return error instanceof RangeError ? new PlacedError(owner, path, error.message) : error
}

/** A value from outside in the form for a message: short, with its kind visible. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object'
  return typeof value === 'bigint' ? `${value}n` : String(value)
}

class PlacedError extends RangeError {
  readonly path: string
  readonly problem: string

  constructor(owner: string, path: string, problem: string) {
    super(`${owner}${path}: ${problem}`)
    this.name = 'RangeError'
    this.path = path
    this.problem = problem
  }
}
