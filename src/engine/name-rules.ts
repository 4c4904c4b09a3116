import { parseBdf } from '../abi/pci.ts'

/** The one judge of texts that enter: names, and whatever else is kept to be printed one day. */

/** The control or bidirectional character in a text, as "has the control character U+001B"; null without one. */
export function textProblem(text: string): string | null {
  if (/^[\x20-\x7e]*$/.test(text)) return null
  const found = /[\p{Cc}\p{Cs}\p{Bidi_Control}\p{Zl}\p{Zp}\u206a-\u206f]/u.exec(text)?.[0]
  if (found === undefined) return null
  const kind = found < '\xa0' ? 'control' : isSurrogate(found) ? 'half' : 'bidirectional or line-ending'
  return `has the ${kind} character ${codePoint(found)}`
}

function isSurrogate(character: string): boolean {
  return character >= '\ud800' && character <= '\udfff'
}

/** Longest name of a vGPU or VM, in characters. */
const NAME_LIMIT = 64

/**
 * The reason why a text cannot be a new name; null for a valid name. A name has 1 to 64 visible characters, no dash in front
 * and no space at either end, and does not read as an address, a UUID or an index.
 */
export function nameProblem(text: string): string | null {
  return labelProblem(text) ?? likeness(text)
}

/** The same for the name of a VM, which may be its UUID. */
export function vmNameProblem(text: string): string | null {
  return UUID.test(text) ? null : nameProblem(text)
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** The same for a text that is no name, such as a guest's operating system. It may be a number: 11. */
export function labelProblem(text: string): string | null {
  return heldNameProblem(text) ?? hidden(text)
}

/** The rules of every release. Older releases accepted invisible characters, and names that read as addresses. */
export function heldNameProblem(text: string): string | null {
  const length = [...text].length
  if (length === 0 || length > NAME_LIMIT) return `a name has 1 to ${NAME_LIMIT} characters, not ${length}`
  if (text.startsWith('-')) return `'${text}' looks like an option, not like a name`
  if (/^[\x21-\x7e]*$/.test(text)) return null
  const bad = /[\p{C}\p{Zl}\p{Zp}]/u.exec(text)?.[0]
  if (bad !== undefined) return `'${text}' has a character that cannot be printed in a name: ${codePoint(bad)}`
  return text.trim() === text ? null : `'${text}' begins or ends with a blank`
}

/** Invisible characters: those that a terminal may omit, spaces other than U+0020, and marks without a base. */
function hidden(text: string): string | null {
  if (/^[\x20-\x7e]*$/.test(text)) return null
  const bad = /(?! )[\p{Default_Ignorable_Code_Point}\p{Zs}\u2800\u{16fe4}\u{1d159}]|^\p{M}/u.exec(text)?.[0]
  return bad === undefined ? null : `'${text}' has a character that cannot be seen in a name: ${codePoint(bad)}`
}

/** The kind of identifier that a text reads as; null for none. */
function likeness(text: string): string | null {
  const what = kindOf(text)
  return what === null ? null : `'${text}' reads as ${what}, not as a name`
}

function kindOf(text: string): string | null {
  if (/^\d+$/.test(text)) return 'an index'
  if (isAddress(text)) return 'a PCI address'
  if (isUuid(text)) return 'a UUID'
  const slash = text.lastIndexOf('/')
  const isPlace = slash > 0 && /^\d+$/.test(text.slice(slash + 1)) && kindOf(text.slice(0, slash)) !== null
  return isPlace ? 'a VF, GPU/index' : null
}

/** Every common spelling of an address: ours, lspci's short ones, nvidia-smi's eight digits, libvirt's pci_. */
function isAddress(text: string): boolean {
  return (
    parseBdf(text) !== null ||
    /^(?:pci[-_:@])?(?:[0-9a-f]{1,8}:)?[0-9a-f]{1,2}:[0-9a-f]{1,2}\.[0-7]$/i.test(text) ||
    /^(?:pci_)?[0-9a-f]{4,8}_[0-9a-f]{2}_[0-9a-f]{2}_[0-7]$/i.test(text)
  )
}

/** A UUID with or without dashes or prefix, or its beginning up to a second group. */
function isUuid(text: string): boolean {
  const bare = text.replace(/^(?:urn:uuid:|(?:mig-)?gpu-|mig-|vgpu-|(?=\{.*\}$)\{)/i, '').replace(/\}$/, '')
  return /^[0-9a-f]{8}-[0-9a-f]{4}(?:-[0-9a-f-]*)?$|^[0-9a-f]{32}$/i.test(bare)
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
}
