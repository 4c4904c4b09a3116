import { given } from '../app/given.ts'
import { usageError } from '../app/usage.ts'
import type { InstanceRequest } from '../engine/verbs/gpu-instances.ts'

/** PROFILE or PROFILE:START. @throws NvError usage */
export function parseInstance(word: string): InstanceRequest {
  const [, profile, , start] = /^(.+?)(:(\d{1,2}))?$/.exec(word) ?? []
  if (profile === undefined) throw usageError(`'${word}' is not a profile`)
  return { profile, ...given({ start: start === undefined ? undefined : Number(start) }) }
}

/** Several of them, separated by commas. @throws NvError usage */
export function parseInstances(words: string): InstanceRequest[] {
  return words.split(',').map(parseInstance)
}
