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
  AMPERE_SMC_PARTITION_REF,
  NVC637_ALLOCATION_PARAMETERS,
  NVOS00_PARAMETERS_v03_00,
} from '../../abi/rm-objects.ts'
import {
  NV_ERR_INVALID_ARGUMENT,
  NV_ERR_INVALID_OBJECT_HANDLE,
  NV_ERR_NOT_SUPPORTED,
  NV_ERR_OBJECT_NOT_FOUND,
  NV_OK,
  statusByName,
} from '../../errors/nv-status.ts'
import type { Faults } from '../faults.ts'
import { MAX_PAYLOAD_BYTES } from '../hw/msgq.ts'
import type { ControlContext } from './control-context.ts'
import { type Answer, CONTROLS } from './controls.ts'
import { instanceOf } from './gpu-instances.ts'
import type { RmTree } from './rm.ts'

type Reply = (fn: number, payload: Uint8Array, tail?: Uint8Array) => void

/** The messages to the resource manager: GSP_RM_ALLOC, FREE and GSP_RM_CONTROL. */
export class RmRpc {
  readonly #tree: RmTree
  readonly #context: Omit<ControlContext, 'caller' | 'object'>
  readonly #faults: Faults
  readonly #reply: Reply

  constructor(tree: RmTree, context: Omit<ControlContext, 'caller' | 'object'>, faults: Faults, reply: Reply) {
    this.#tree = tree
    this.#context = context
    this.#faults = faults
    this.#reply = reply
  }

  alloc(payload: Uint8Array): void {
    const layout = rpc_gsp_rm_alloc_v03_00
    const hClass = layout.get(payload, 'hClass')
    const injected = this.#faults.at(() => `gsp.alloc.0x${hClass.toString(16)}`)
    if (injected === 'drop') return
    const status =
      injected !== null
        ? faultStatus(injected)
        : layout.get(payload, 'paramsSize') !== payload.length - layout.size
          ? NV_ERR_INVALID_ARGUMENT
          : this.#alloc(payload, hClass)
    const header = payload.slice(0, layout.size)
    layout.set(header, 'status', status)
    this.#reply(NV_VGPU_MSG_FUNCTION_GSP_RM_ALLOC, header, payload.subarray(layout.size))
  }

  /** A reference names an existing GPU instance. */
  #alloc(payload: Uint8Array, hClass: number): number {
    const layout = rpc_gsp_rm_alloc_v03_00
    const at = (swizzId?: number) =>
      this.#tree.alloc(
        layout.get(payload, 'hClient'),
        layout.get(payload, 'hParent'),
        layout.get(payload, 'hObject'),
        hClass,
        swizzId,
      )
    if (hClass !== AMPERE_SMC_PARTITION_REF) return at()
    const params = payload.subarray(layout.size)
    if (params.length !== NVC637_ALLOCATION_PARAMETERS.size) return NV_ERR_INVALID_ARGUMENT
    const swizzId = NVC637_ALLOCATION_PARAMETERS.get(params, 'swizzId')
    if (instanceOf(this.#context.state, swizzId) === undefined) return NV_ERR_OBJECT_NOT_FOUND
    return at(swizzId)
  }

  free(payload: Uint8Array): void {
    const params = NVOS00_PARAMETERS_v03_00
    const injected = this.#faults.at('gsp.free')
    if (injected === 'drop') return
    const status =
      injected === null
        ? this.#tree.free(params.get(payload, 'hRoot'), params.get(payload, 'hObjectOld'))
        : faultStatus(injected)
    const reply = payload.slice(0, rpc_free_v03_00.size)
    params.set(reply, 'status', status)
    this.#reply(NV_VGPU_MSG_FUNCTION_FREE, reply)
  }

  /** The reply repeats header and parameters, or the header alone for a request in several parts. */
  control(payload: Uint8Array): void {
    const layout = rpc_gsp_rm_control_v03_00
    const cmd = layout.get(payload, 'cmd')
    const params = payload.subarray(layout.size)
    const injected = this.#faults.at(() => `gsp.${controlName(cmd)}`)
    if (injected === 'drop') return
    const { status, params: written = params } =
      injected === null
        ? this.#run(
            layout.get(payload, 'hClient'),
            layout.get(payload, 'hObject'),
            cmd,
            params,
            layout.get(payload, 'paramsSize'),
          )
        : { status: faultStatus(injected) }
    const header = payload.slice(0, layout.size)
    layout.set(header, 'status', status)
    if (payload.length > MAX_PAYLOAD_BYTES) this.#reply(NV_VGPU_MSG_FUNCTION_GSP_RM_CONTROL, header)
    else this.#reply(NV_VGPU_MSG_FUNCTION_GSP_RM_CONTROL, header, written)
  }

  #run(hClient: number, hObject: number, cmd: number, params: Uint8Array, paramsSize: number): Answer {
    const object = this.#tree.find(hClient, hObject)
    if (typeof object === 'number') return { status: object }
    const controls = CONTROLS.get(object.class)
    if (!controls) return { status: NV_ERR_INVALID_OBJECT_HANDLE }
    const control = controls.get(cmd)
    if (!control) return { status: NV_ERR_NOT_SUPPORTED }
    if (params.length !== control.params.size || params.length !== paramsSize)
      return { status: NV_ERR_INVALID_ARGUMENT }
    return control.run({ ...this.#context, caller: hClient, object }, params)
  }
}

/** The NV_STATUS of an armed fault's effect: by name, by number, else the generic error. */
function faultStatus(effect: string): number {
  const status = statusByName(effect) ?? Number(effect)
  return Number.isInteger(status) && status !== NV_OK ? status : 0xffff
}
