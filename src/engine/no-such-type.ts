import type { CatalogType } from '../catalog/catalog-type.ts'
import { nearestTypeNames, typeByName } from '../catalog/vgpu-types.ts'
import { NvError, type RefusalCode } from '../errors/nv-error.ts'
import { shellQuote } from '../errors/shell-quote.ts'
import { boardOf } from './board-of.ts'
import { listedBoardOfType, notSimulated } from './boards/not-simulated.ts'
import { isReleased, offered } from './known-types.ts'
import type { HostState } from './state.ts'

interface Why {
  code: RefusalCode
  message: string
  hint: string
}

/**
 * The refusal of a name that is no type of the host. The type belongs to another board, needs a later driver, is not in the
 * profile, or does not exist.
 * @param plain the name without NVIDIA or GRID in front, in lower case
 * @param known names of the types the host has
 */
export function noSuchType(host: HostState, word: string, plain: string, known: readonly string[]): NvError {
  const type = typeByName(plain)
  const board = type === undefined ? listedBoardOfType(plain) : undefined
  if (board !== undefined) return notSimulated('types', board)
  const why = (type && whyNot(host, type)) ?? noneAtAll(word, known)
  return new NvError({ errno: 'ENODEV', at: 'types', ...why })
}

function noneAtAll(word: string, known: readonly string[]): Why {
  const near = nearestTypeNames(word, known)
  return {
    code: 'not-found',
    message: `there is no vGPU type "${word}"${near.length > 0 ? `; nearest: ${near.join(', ')}` : ''}`,
    hint: near[0] === undefined ? 'nvgpu types list' : `nvgpu types show ${shellQuote(near[0])}`,
  }
}

/** Null for a type that the host has under another spelling. */
function whyNot(host: HostState, { vgpuType, vgpuName, board, since }: CatalogType): Why | null {
  const boards = [...new Set(host.gpus.map((gpu) => boardOf(gpu).name))]
  if (!host.gpus.some((gpu) => boardOf(gpu).typeBoard === board)) {
    const message = `${vgpuName} is a type of ${board}, which this host does not have: it has ${boards.join(', ')}`
    return { code: 'type-mismatch', message, hint: 'nvgpu types list' }
  }
  const { driverVersion } = host
  if (!isReleased(host, { since })) {
    const message = `${vgpuName} comes with driver ${since}; this host has ${driverVersion}`
    return { code: 'profile-limit', message, hint: 'nvgpu types list' }
  }
  if (offered(host.profile, vgpuType)) return null
  const message = `the ${host.profile} profile knows type 869 only, not ${vgpuName}`
  return { code: 'profile-limit', message, hint: 'nvgpu types list' }
}
