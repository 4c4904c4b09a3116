import { NvError } from '../../src/abi/nv-error.ts'
import { readTypeFile } from '../../src/cli/type-file/read.ts'

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
