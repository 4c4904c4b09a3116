import { given } from '../app/given.ts'
import { usageError } from '../app/usage.ts'
import type { InstanceRequest } from '../engine/verbs/gpu-instances.ts'

/** PROFILE or PROFILE:START. @throws NvError usage */
function parseInstance(word: string): InstanceRequest {
  const [profile = '', start, more] = word.split(':')
  if (profile.trim() === '') throw usageError(`'${word}' is not a profile`)
  if (more !== undefined || (start !== undefined && !/^\d{1,2}$/.test(start)))
    throw usageError(`'${word}' is not PROFILE or PROFILE:START, with START the number of a slot`)
  return { profile, ...given({ start: start === undefined ? undefined : Number(start) }) }
}

/** Several of them, separated by commas. @throws NvError usage */
export function parseInstances(words: string): InstanceRequest[] {
  return words.split(',').map(parseInstance)
}
