/** A path in the state tree, from the root. */
export type StatePath = readonly (string | number)[]

const OF_GPU = ['klog', 'trace', 'load']
const OF_ACTOR = ['queue', 'events', 'boot']
const OF_VF = ['logs']

/**
 * Whether a path holds records only: time, logs, counters of messages and samples. They change with every command, and
 * nothing depends on them.
 */
export function isRecordPath([root, , member, inner, last]: StatePath): boolean {
  if (root === 'now') return true
  if (root === 'faults') return member === 'hits' || member === 'struck'
  if (root !== 'gpus' || typeof member !== 'string') return false
  if (OF_GPU.includes(member)) return true
  if (member === 'vfs') return typeof last === 'string' && OF_VF.includes(last)
  return (member === 'nvkm' || member === 'gsp') && typeof inner === 'string' && OF_ACTOR.includes(inner)
}

/** Memory, registers and configuration space: raw bytes. */
export function isBytesPath([root, , member, inner, last]: StatePath): boolean {
  if (root !== 'gpus') return false
  if (member === 'hw') return inner === 'fb' || inner === 'regs' || inner === 'config'
  return member === 'vfs' && (last === 'config' || last === 'vconfig' || last === 'regs')
}
