import type { Policy } from './policy.ts'

/** Any node and any GPU that can take the request, each equally likely. */
export const random: Policy = {
  name: 'random',
  summary: 'any node that can take the request',
  ties: 'drawn',
  gpu: 'drawn',
  score: () => 0,
}
