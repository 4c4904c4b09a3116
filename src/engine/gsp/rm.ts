import { NVA081_VGPU_CONFIG } from '../../abi/nva081.ts'
import {
  AMPERE_SMC_PARTITION_REF,
  NV01_DEVICE_0,
  NV01_EVENT_KERNEL_CALLBACK_EX,
  NV01_ROOT,
  NV20_SUBDEVICE_0,
} from '../../abi/rm-objects.ts'
import {
  NV_ERR_IN_USE,
  NV_ERR_INVALID_CLASS,
  NV_ERR_INVALID_CLIENT,
  NV_ERR_INVALID_OBJECT_HANDLE,
  NV_ERR_INVALID_OBJECT_PARENT,
  NV_OK,
} from '../../errors/nv-status.ts'
import { keyMaker } from '../keys.ts'
import type { GspState, RmObject } from '../state.ts'

/** Required parent class of each class. A client is its own parent. */
const PARENT_CLASS: Record<number, number> = {
  [NV01_DEVICE_0]: NV01_ROOT,
  [NV20_SUBDEVICE_0]: NV01_DEVICE_0,
  [NV01_EVENT_KERNEL_CALLBACK_EX]: NV20_SUBDEVICE_0,
  [NVA081_VGPU_CONFIG]: NV01_DEVICE_0,
  [AMPERE_SMC_PARTITION_REF]: NV20_SUBDEVICE_0,
}

const hex = keyMaker((handle) => `0x${handle.toString(16)}`)

/** The resource manager's object tree. */
export class RmTree {
  readonly #clients: GspState['clients']

  constructor(clients: GspState['clients']) {
    this.#clients = clients
  }

  /** @param swizzId of a reference to a GPU instance @returns an NV_STATUS */
  alloc(hClient: number, hParent: number, hObject: number, hClass: number, swizzId?: number): number {
    if (hClass === NV01_ROOT) {
      // a client is its own parent
      if (hObject !== hClient) return NV_ERR_INVALID_OBJECT_HANDLE
      if (hParent !== hClient) return NV_ERR_INVALID_OBJECT_PARENT
      if (this.#clients[hex(hClient)]) return NV_ERR_IN_USE
      this.#clients[hex(hClient)] = { [hex(hClient)]: { class: NV01_ROOT, parent: hClient } }
      return NV_OK
    }
    const objects = this.#clients[hex(hClient)]
    if (!objects) return NV_ERR_INVALID_CLIENT
    const wanted = PARENT_CLASS[hClass]
    if (wanted === undefined) return NV_ERR_INVALID_CLASS
    if (objects[hex(hParent)]?.class !== wanted) return NV_ERR_INVALID_OBJECT_PARENT
    if (objects[hex(hObject)]) return NV_ERR_IN_USE
    objects[hex(hObject)] = { class: hClass, parent: hParent, ...(swizzId !== undefined && { swizzId }) }
    return NV_OK
  }

  /** Frees an object and all below it; a client's root frees the client. @returns an NV_STATUS */
  free(hClient: number, hObject: number): number {
    const objects = this.#clients[hex(hClient)]
    if (!objects) return NV_ERR_INVALID_CLIENT
    if (hObject === hClient) {
      delete this.#clients[hex(hClient)]
      return NV_OK
    }
    if (!objects[hex(hObject)]) return NV_ERR_INVALID_OBJECT_HANDLE
    freeTree(objects, hObject)
    return NV_OK
  }

  /** @returns the object, or an NV_STATUS for the missing part */
  find(hClient: number, hObject: number): RmObject | number {
    const objects = this.#clients[hex(hClient)]
    if (!objects) return NV_ERR_INVALID_CLIENT
    return objects[hex(hObject)] ?? NV_ERR_INVALID_OBJECT_HANDLE
  }
}

function freeTree(objects: Record<string, RmObject>, handle: number): void {
  delete objects[hex(handle)]
  for (const key of Object.keys(objects)) {
    const object = objects[key]
    if (object && object.parent === handle && object.class !== NV01_ROOT) freeTree(objects, Number(key))
  }
}
