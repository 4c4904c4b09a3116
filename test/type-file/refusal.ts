import { readTypeFile } from '../../src/app/type-file/read.ts'
import { NvError } from '../../src/errors/nv-error.ts'

/** The refusal a file meets; anything else it throws, or being accepted, fails the test. */
export function refusal(name: string, bytes: Uint8Array): NvError {
  try {
    readTypeFile(name, bytes)
  } catch (error) {
    if (error instanceof NvError) return error
    throw error
  }
  throw new Error(`${name} was accepted`)
}
