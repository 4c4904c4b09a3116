import type { Opener } from '../state.ts'
import { uuidText } from '../uuid.ts'

/** UUID of the VM that has a vGPU open: the given one, else its name if that is a UUID, else one that follows from the name. */
export function vmUuidOf({ vm, vmUuid }: Pick<Opener, 'vm' | 'vmUuid'>): string {
  return vmUuid ?? (UUID.test(vm) ? vm : derived(vm))
}

/** A VM may have its UUID as its name. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** A version 8 UUID derived from the VM's name. libvirt would assign one. */
function derived(vm: string): string {
  const bytes = Uint8Array.from({ length: 16 }, (_, round) => {
    let hash = Math.imul(0x811c9dc5 ^ round, 0x01000193)
    for (let i = 0; i < vm.length; i += 1) hash = Math.imul(hash ^ vm.charCodeAt(i), 0x01000193)
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
    return (hash ^ (hash >>> 13)) & 0xff
  })
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return uuidText(bytes)
}
