import type { Opener } from '../state.ts'
import { namedUuid } from '../uuid.ts'

/** UUID of the VM that has a vGPU open: the given one, else its name if that is a UUID, else one that follows from the name; libvirt would assign one. */
export function vmUuidOf({ vm, vmUuid }: Pick<Opener, 'vm' | 'vmUuid'>): string {
  return vmUuid ?? (UUID.test(vm) ? vm : namedUuid(vm, 8))
}

/** A VM may have its UUID as its name. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
