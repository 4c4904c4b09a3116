import { statSync } from 'node:fs'
import { copyState } from '../../engine/copy-state.ts'
import { applyPlan } from '../../engine/declare/apply-plan.ts'
import { newHost } from '../../engine/new-host.ts'
import type { HostState } from '../../engine/state.ts'
import { NvError } from '../../errors/nv-error.ts'
import { shellQuote } from '../../errors/shell-quote.ts'
import type { Context } from '../context.ts'
import { readHostFile } from '../documents/host-file.ts'
import { uuidSource } from '../documents/name-uuid.ts'
import { readDesired } from '../documents/read.ts'
import { fileError } from '../file-error.ts'
import { readInput } from '../files.ts'
import { Side } from '../migration/side.ts'
import type { FleetMember } from './fleet.ts'

/**
 * The host of a member now, as a copy: nothing that is done to it reaches the member.
 * @throws NvError not-found (no host there), corrupt, newer-schema, permission, invalid-file and the like
 */
export function memberHost(context: Context, member: FleetMember): HostState {
  return member.kind === 'directory' ? hostOfDirectory(member) : hostOfFile(context, member)
}

function hostOfDirectory({ name, path, at }: FleetMember): HostState {
  const there = facts(path)?.isDirectory() === true
  const side = there ? new Side(path, noChange) : null
  if (side?.exists() === true) return side.read(copyState)
  throw new NvError({
    errno: 'ENOENT',
    code: 'not-found',
    at: 'fleet',
    message: `${at}: ${path} ${there ? 'has no state of a host' : 'is no directory'}, so the member ${name} cannot be read`,
    hint: there ? `nvgpu --state-dir ${shellQuote(path)} host init` : `ls -ld ${shellQuote(path)}`,
    object: path,
  })
}

/** What `nvgpu host export` prints is a state; all else is a document for apply. */
function hostOfFile(context: Context, { path }: FleetMember): HostState {
  const bytes = readInput(context, path)
  if (isState(bytes)) return readHostFile(path, bytes)
  const host = newHost()
  applyPlan(host, readDesired(context, [path], undefined), uuidSource(context.io.uuid))
  return host
}

function isState(bytes: Uint8Array): boolean {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return typeof value === 'object' && value !== null && 'profile' in value && 'gpus' in value
  } catch {
    return false
  }
}

function facts(path: string) {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (error) {
    throw fileError(error, path, 'read')
  }
}

function noChange(): never {
  throw new Error('a fleet never changes its members')
}
