import {
  NV2080_CTRL_GPU_PARTITION_FLAG_PLACE_AT_SPAN as PLACE_AT_SPAN,
  NV2080_CTRL_GPU_SET_PARTITIONING_MODE_REPARTITIONING as REPARTITIONING,
  NV2080_CTRL_CMD_GPU_SET_PARTITIONS as SET,
  NV2080_CTRL_CMD_GPU_SET_PARTITIONING_MODE as SET_MODE,
} from '../../abi/ctrl2080-partitions.ts'
import {
  NVC637_CTRL_CMD_EXEC_PARTITIONS_CREATE as CREATE,
  NVC637_CTRL_CMD_EXEC_PARTITIONS_DELETE as DELETE,
  NVC637_CTRL_DMA_EXEC_PARTITIONS_CREATE_REQUEST as REQUEST,
} from '../../abi/ctrlc637.ts'
import {
  AMPERE_SMC_PARTITION_REF,
  NVC637_ALLOCATION_PARAMETERS,
  NVKM_RM_PARTITION_REF,
  NVKM_RM_SUBDEVICE,
} from '../../abi/rm-objects.ts'
import { SIM2080_CTRL_CMD_SET_MIG_TIME_SLICING, SIMC637_CTRL_CMD_SET_VGPU_MODE } from '../../abi/sim-ctrl.ts'
import { partitionErrno } from '../../errors/nv-status.ts'
import type { GspClient } from './ops.ts'
import type { Rm } from './rm.ts'

/** A wish for an instance: its profile, and its start; null leaves the place to the resource manager. */
export interface InstanceWish {
  readonly profileId: number
  readonly start: number | null
}

/** Acts on the GPU and compute instances of a PF as one client, as a program does that opens the device. */
export function asPartitionClient<T>(rm: Rm, act: (partitions: Partitions) => T): T {
  const client = rm.allocClient()
  try {
    return act(new Partitions(rm, client))
  } finally {
    rm.freeClient(client)
  }
}

/** GPU and compute instances of one PF, through controls of a client. */
export class Partitions {
  readonly #rm: Rm
  readonly #client: GspClient
  /** References to GPU instances by id. They end with the client. */
  readonly #references = new Map<number, number>()

  constructor(rm: Rm, client: GspClient) {
    this.#rm = rm
    this.#client = client
  }

  /** Switches MIG. @throws NvError EINVAL (a GPU reset must switch it), EBUSY (instances, vGPUs), EOPNOTSUPP */
  setMode(on: boolean): void {
    const partitioningMode = on ? REPARTITIONING.MAX_PERF : REPARTITIONING.LEGACY
    this.#control(SET_MODE.cmd, SET_MODE.params.encode({ partitioningMode }))
  }

  /** @returns the id. @throws NvError ENOSPC (no place), EINVAL (profile, start), EBUSY, EOPNOTSUPP (MIG is off) */
  createGpuInstance({ profileId, start }: InstanceWish): number {
    const info = {
      bValid: true,
      partitionFlag: start === null ? profileId : PLACE_AT_SPAN + profileId,
      placement: { lo: start ?? 0, hi: start ?? 0 },
    }
    const reply = this.#control(SET.cmd, SET.params.encode({ partitionCount: 1, partitionInfo: [info] }))
    return SET.params.decode(reply).partitionInfo[0]?.swizzId ?? 0
  }

  /** @throws NvError ENODEV (no such instance), EBUSY (compute instances or a vGPU hold it) */
  destroyGpuInstance(swizzId: number): void {
    this.#control(SET.cmd, SET.params.encode({ partitionCount: 1, partitionInfo: [{ swizzId, bValid: false }] }))
  }

  /** @param id for one that comes back; else the lowest free one
   * @returns the id inside the GPU instance. @throws NvError ENOSPC, EINVAL, ENODEV (no such GPU instance) */
  createComputeInstance(swizzId: number, { profileId, start, id }: InstanceWish & { readonly id?: number }): number {
    const params = CREATE.params.encode({
      flags: (id === undefined ? 0 : REQUEST.WITH_PART_ID) + (start === null ? 0 : REQUEST.AT_SPAN),
      execPartCount: 1,
      execPartInfo: [{ computeSize: profileId, spanStart: start ?? 0 }],
      execPartId: [id ?? 0],
    })
    return CREATE.params.decode(this.#control(CREATE.cmd, params, this.#reference(swizzId))).execPartId[0] ?? 0
  }

  /** @throws NvError ENODEV (no such instance) */
  destroyComputeInstance(swizzId: number, id: number): void {
    const params = DELETE.params.encode({ execPartCount: 1, execPartId: [id] })
    this.#control(DELETE.cmd, params, this.#reference(swizzId))
  }

  /** Mixed sizes among the vGPUs of a GPU instance. @throws NvError ENODEV (no such instance), EBUSY (a vGPU), EOPNOTSUPP */
  setInstanceMode(swizzId: number, bHeterogeneous: boolean): void {
    const { cmd, params } = SIMC637_CTRL_CMD_SET_VGPU_MODE
    this.#control(cmd, params.encode({ bHeterogeneous }), this.#reference(swizzId))
  }

  /** Turns of vGPUs on GPU instances. @throws NvError EBUSY (a vGPU), EOPNOTSUPP (the chip has none) */
  setTimeSlicing(bTimeSlicing: boolean): void {
    const { cmd, params } = SIM2080_CTRL_CMD_SET_MIG_TIME_SLICING
    this.#control(cmd, params.encode({ bTimeSlicing }))
  }

  #reference(swizzId: number): number {
    const known = this.#references.get(swizzId)
    if (known !== undefined) return known
    const object = NVKM_RM_PARTITION_REF + swizzId
    const params = NVC637_ALLOCATION_PARAMETERS.encode({ swizzId })
    const at = { client: this.#client.handle, parent: NVKM_RM_SUBDEVICE, object, hClass: AMPERE_SMC_PARTITION_REF }
    this.#rm.alloc(at, params, partitionErrno)
    this.#references.set(swizzId, object)
    return object
  }

  #control(cmd: number, params: Uint8Array, object?: number): Uint8Array {
    return this.#rm.control(this.#client, cmd, params, object, partitionErrno)
  }
}
