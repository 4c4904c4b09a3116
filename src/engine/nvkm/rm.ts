import { controlName } from '../../abi/controls.ts'
import {
  NV_VGPU_MSG_FUNCTION_FREE,
  NV_VGPU_MSG_FUNCTION_GSP_RM_ALLOC,
  NV_VGPU_MSG_FUNCTION_GSP_RM_CONTROL,
  rpc_free_v03_00,
  rpc_gsp_rm_alloc_v03_00,
  rpc_gsp_rm_control_v03_00,
} from '../../abi/gsp-rpc.ts'
import {
  NV01_DEVICE_0,
  NV01_ROOT,
  NV20_SUBDEVICE_0,
  NV0000_ALLOC_PARAMETERS,
  NV0080_ALLOC_PARAMETERS,
  NV2080_ALLOC_PARAMETERS,
  NVKM_RM_CLIENT,
  NVKM_RM_CLIENT_ID_MAX,
  NVKM_RM_DEVICE,
  NVKM_RM_SUBDEVICE,
  NVOS00_PARAMETERS_v03_00,
} from '../../abi/rm-objects.ts'
import type { ErrnoName } from '../../errors/errno.ts'
import { NvError } from '../../errors/nv-error.ts'
import { NV_OK, statusName, statusToErrno } from '../../errors/nv-status.ts'
import type { Klog } from '../klog.ts'
import type { NvkmState } from '../state.ts'
import { takeInOrder } from '../unwind.ts'
import type { GspRpc } from './gsp-rpc.ts'
import type { GspClient } from './ops.ts'

type ToErrno = (status: number) => ErrnoName | null

/** An object to allocate, by its handles. */
interface RmAlloc {
  readonly client: number
  readonly parent: number
  readonly object: number
  readonly hClass: number
}

const NO_PROCESS = 0xffffffff

/** RM clients, objects and controls over the message queue (nouveau's r535 client.c, device.c, ctrl.c). */
export class Rm {
  readonly #rpc: GspRpc
  readonly #klog: Klog
  readonly #ids: NvkmState['clientIds']

  constructor(rpc: GspRpc, klog: Klog, ids: NvkmState['clientIds']) {
    this.#rpc = rpc
    this.#klog = klog
    this.#ids = ids
  }

  /**
   * r535_gsp_client_device_ctor: client, device and subdevice, each with one RM_ALLOC, under the lowest free client id.
   * @throws NvError ENOSPC when all ids are taken, or the errno of GSP's status; nothing is left behind
   */
  allocClient(): GspClient {
    return takeInOrder((onError) => {
      const id = this.#takeId()
      onError(() => this.#putId(id))
      const handle = NVKM_RM_CLIENT + id
      this.#alloc(
        handle,
        handle,
        handle,
        NV01_ROOT,
        NV0000_ALLOC_PARAMETERS.encode({ hClient: handle, processID: NO_PROCESS }),
      )
      onError(() => this.#freeObject(handle, handle))
      this.#alloc(
        handle,
        handle,
        NVKM_RM_DEVICE,
        NV01_DEVICE_0,
        NV0080_ALLOC_PARAMETERS.encode({ hClientShare: handle }),
      )
      onError(() => this.#freeObject(handle, NVKM_RM_DEVICE))
      this.#alloc(
        handle,
        NVKM_RM_DEVICE,
        NVKM_RM_SUBDEVICE,
        NV20_SUBDEVICE_0,
        NV2080_ALLOC_PARAMETERS.encode({ subDeviceId: 0 }),
      )
      return { handle }
    })
  }

  /** Frees subdevice, device, client, then the id. Logs errors and continues. */
  freeClient(client: GspClient): void {
    this.#freeObject(client.handle, NVKM_RM_SUBDEVICE)
    this.#freeObject(client.handle, NVKM_RM_DEVICE)
    this.#freeObject(client.handle, client.handle)
    this.#putId(client.handle - NVKM_RM_CLIENT)
  }

  /** One control on an object, by default a client's subdevice, like `send`. @returns the parameters of the reply */
  control(client: GspClient, cmd: number, params: Uint8Array, object?: number, toErrno?: ToErrno): Uint8Array {
    return this.send(client, cmd, params, object, toErrno).subarray(rpc_gsp_rm_control_v03_00.size)
  }

  /** Allocates one object. @throws NvError with the errno of GSP's status */
  alloc({ client, parent, object, hClass }: RmAlloc, params: Uint8Array, toErrno?: ToErrno): void {
    this.#alloc(client, parent, object, hClass, params, toErrno)
  }

  /**
   * One control on an object, by default a client's subdevice. @returns the reply: header, then parameters
   * @throws NvError with the errno of GSP's status, after logging client, object, command and status
   */
  send(
    client: GspClient,
    cmd: number,
    params: Uint8Array,
    object: number = NVKM_RM_SUBDEVICE,
    toErrno: ToErrno = statusToErrno,
  ): Uint8Array {
    const header = rpc_gsp_rm_control_v03_00.size
    const request = rpc_gsp_rm_control_v03_00.encode({
      hClient: client.handle,
      hObject: object,
      cmd,
      paramsSize: params.length,
    })
    const reply = this.#rpc.call(NV_VGPU_MSG_FUNCTION_GSP_RM_CONTROL, request, header, params)
    const status = rpc_gsp_rm_control_v03_00.get(reply, 'status')
    if (status !== NV_OK) {
      const where = `cli:0x${client.handle.toString(16)} obj:0x${object.toString(16)} ctrl cmd:0x${cmd.toString(16)}`
      this.#check(status, where, controlName(cmd), toErrno)
    }
    return reply
  }

  #alloc(client: number, parent: number, handle: number, hClass: number, params: Uint8Array, toErrno?: ToErrno): void {
    const header = rpc_gsp_rm_alloc_v03_00.size
    const request = rpc_gsp_rm_alloc_v03_00.encode({
      hClient: client,
      hParent: parent,
      hObject: handle,
      hClass,
      paramsSize: params.length,
    })
    const reply = this.#rpc.call(NV_VGPU_MSG_FUNCTION_GSP_RM_ALLOC, request, header, params)
    const status = rpc_gsp_rm_alloc_v03_00.get(reply, 'status')
    if (status === NV_OK) return
    const where = `cli:0x${client.toString(16)} obj:0x${handle.toString(16)} new obj:0x${hClass.toString(16)}`
    this.#check(status, where, `GSP_RM_ALLOC of class 0x${hClass.toString(16)}`, toErrno)
  }

  #freeObject(client: number, handle: number): void {
    try {
      const request = rpc_free_v03_00.encode({ params: { hRoot: client, hObjectOld: handle } })
      const reply = this.#rpc.call(NV_VGPU_MSG_FUNCTION_FREE, request, rpc_free_v03_00.size)
      const status = NVOS00_PARAMETERS_v03_00.get(reply, 'status')
      if (status !== NV_OK)
        this.#check(status, `cli:0x${client.toString(16)} obj:0x${handle.toString(16)} free`, 'FREE')
    } catch (error) {
      if (!(error instanceof NvError)) throw error
      this.#klog.warn(`gsp: ${error.message}`)
    }
  }

  /** r535_rpc_status_to_errno: the only place that turns a status into an errno. */
  #check(status: number, where: string, what: string, toErrno: ToErrno = statusToErrno): void {
    const errno = toErrno(status)
    if (errno === null) return
    // NOT_READY and TIMEOUT_RETRY ask for another try; nouveau does not log them
    if (errno !== 'EBUSY') this.#klog.err(`gsp: ${where} failed: 0x${status.toString(16).padStart(8, '0')}`)
    throw new NvError({
      errno,
      code: 'firmware-refusal',
      at: 'r535_rpc_status_to_errno',
      message: `GSP refused ${what}: ${statusName(status)}`,
    })
  }

  #takeId(): number {
    const ids = this.#ids
    let id = 0
    while (ids[id] === id) id += 1
    if (id > NVKM_RM_CLIENT_ID_MAX) {
      throw new NvError({
        errno: 'ENOSPC',
        code: 'unsupported',
        at: 'r535_gsp_client_ctor',
        message: 'all 65536 RM client ids are taken',
      })
    }
    ids.splice(id, 0, id)
    return id
  }

  #putId(id: number): void {
    const at = this.#ids.indexOf(id)
    if (at >= 0) this.#ids.splice(at, 1)
  }
}
