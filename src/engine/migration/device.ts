import {
  NV_VGPU_CPU_RPC_MSG_MIGRATION_CANCEL_SAVE,
  NV_VGPU_CPU_RPC_MSG_MIGRATION_CANCEL_STOP,
  NV_VGPU_CPU_RPC_MSG_MIGRATION_RESTORE_DEFERRED_STATE,
  NV_VGPU_CPU_RPC_MSG_MIGRATION_RESTORE_STATE,
  NV_VGPU_CPU_RPC_MSG_MIGRATION_RESUME_WORK,
  NV_VGPU_CPU_RPC_MSG_MIGRATION_SAVE_STATE,
  NV_VGPU_CPU_RPC_MSG_MIGRATION_STOP_WORK,
} from '../../abi/vgpu-gsp.ts'
import { NvError } from '../../errors/nv-error.ts'
import type { Faults } from '../faults.ts'
import type { Klog } from '../klog.ts'
import type { VfState } from '../state.ts'
import type { VgpuMigration } from '../vgpu-mgr/migration.ts'
import { type Arc, arcsTo, type DeviceState } from './states.ts'

interface Wiring {
  migration: VgpuMigration
  klog: Klog
  faults: Faults
}

type Step = (migration: VgpuMigration, vf: VfState) => void

/** The action of each step: the flag in the control region, and messages to the plugin task. */
const STEPS: Readonly<Record<Arc, Step>> = {
  'RUNNING>STOP': (migration) => {
    migration.setInProgress(true)
    migration.message(NV_VGPU_CPU_RPC_MSG_MIGRATION_STOP_WORK)
  },
  'STOP>RUNNING': (migration, vf) => {
    const { restored } = vf.mig
    migration.message(restored ? NV_VGPU_CPU_RPC_MSG_MIGRATION_RESUME_WORK : NV_VGPU_CPU_RPC_MSG_MIGRATION_CANCEL_STOP)
    migration.setInProgress(false)
    vf.mig.restored = false
  },
  'STOP>STOP_COPY': (migration) => migration.message(NV_VGPU_CPU_RPC_MSG_MIGRATION_SAVE_STATE),
  'STOP_COPY>STOP': (migration) => {
    if (!migration.saveComplete()) migration.message(NV_VGPU_CPU_RPC_MSG_MIGRATION_CANCEL_SAVE)
  },
  // opens the data file; the plugin gets its message with the first bytes
  'STOP>RESUMING': () => {},
  'RESUMING>STOP': (migration, vf) => {
    migration.message(NV_VGPU_CPU_RPC_MSG_MIGRATION_RESTORE_DEFERRED_STATE)
    vf.mig.restored = true
  },
  'RUNNING>PRE_COPY': (migration) => {
    migration.setInProgress(true)
    migration.message(NV_VGPU_CPU_RPC_MSG_MIGRATION_SAVE_STATE)
  },
  'PRE_COPY>RUNNING': (migration) => {
    migration.message(NV_VGPU_CPU_RPC_MSG_MIGRATION_CANCEL_SAVE)
    migration.setInProgress(false)
  },
  'PRE_COPY>STOP_COPY': (migration) => {
    migration.message(NV_VGPU_CPU_RPC_MSG_MIGRATION_STOP_WORK)
    migration.message(NV_VGPU_CPU_RPC_MSG_MIGRATION_SAVE_STATE)
  },
}

/** The fault point of a step: `mig.RUNNING-STOP`. */
export function faultPoint(arc: Arc): string {
  return `mig.${arc.replace('>', '-')}`
}

/** The migration feature of one open VFIO device: VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE and its data file. */
export class MigrationDevice {
  readonly #vf: VfState
  readonly #wiring: Wiring

  constructor(vf: VfState, wiring: Wiring) {
    this.#vf = vf
    this.#wiring = wiring
  }

  get state(): DeviceState {
    return this.#vf.mig.state
  }

  /**
   * Changes the state, step by step. A failing step leaves the device in ERROR, which only a reset ends.
   * @throws NvError EINVAL for an impossible transition, else the error of the step
   */
  setState(to: DeviceState): void {
    for (const { arc, reached } of arcsTo(this.#vf.mig.state, to, this.#vf.bdf)) {
      this.#orError(arc, () => {
        this.#wiring.faults.check(faultPoint(arc), 'vfio_pci_set_device_state')
        STEPS[arc](this.#wiring.migration, this.#vf)
      })
      this.#vf.mig.state = reached
    }
  }

  /**
   * Reads all available bytes from the data file, in PRE_COPY (pages dirtied by the guest) or STOP_COPY (the rest).
   * @throws NvError EINVAL (wrong state, or the plugin refused)
   */
  read(): Uint8Array[] {
    this.#expect('PRE_COPY', 'STOP_COPY')
    return this.#orError('SAVE_STATE', () => {
      const { migration } = this.#wiring
      const parts: Uint8Array[] = []
      for (let part = migration.drain(); part.length > 0; part = migration.drain()) {
        this.#wiring.faults.check('mig.read', 'nvidia_vgpu_vfio_save_read')
        parts.push(part)
        if (!migration.saveComplete()) migration.message(NV_VGPU_CPU_RPC_MSG_MIGRATION_SAVE_STATE)
      }
      return parts
    })
  }

  /** In PRE_COPY: makes the plugin search again for dirtied pages. */
  nextRound(): void {
    this.#expect('PRE_COPY')
    this.#orError('SAVE_STATE', () => this.#wiring.migration.message(NV_VGPU_CPU_RPC_MSG_MIGRATION_SAVE_STATE))
  }

  /** Whether the plugin's whole state has been read. */
  saveComplete(): boolean {
    return this.#wiring.migration.saveComplete()
  }

  /**
   * Writes to the data file in RESUMING. An incomplete record at the end waits for the next write.
   * @throws NvError EINVAL (wrong state, or the plugin refused the bytes)
   */
  write(bytes: Uint8Array): void {
    this.#expect('RESUMING')
    this.#orError('RESTORE_STATE', () => {
      const { migration } = this.#wiring
      for (let done = 0; done < bytes.length; ) {
        this.#wiring.faults.check('mig.write', 'nvidia_vgpu_vfio_resume_write')
        const taken = migration.fill(bytes.subarray(done))
        migration.message(NV_VGPU_CPU_RPC_MSG_MIGRATION_RESTORE_STATE)
        if (taken === 0) throw new Error('the plugin task left no room in the migration region')
        done += taken
      }
    })
  }

  #expect(...states: DeviceState[]): void {
    if (states.includes(this.#vf.mig.state)) return
    throw new NvError({
      errno: 'EINVAL',
      code: 'wrong-state',
      at: 'vfio_pci_set_device_state',
      message: `${this.#vf.bdf} has no data file in the device state ${this.#vf.mig.state}`,
    })
  }

  #orError<T>(what: string, act: () => T): T {
    try {
      return act()
    } catch (error) {
      if (error instanceof NvError) {
        this.#vf.mig.state = 'ERROR'
        this.#wiring.klog.err(`${this.#vf.bdf}: ${what}: ${error.message}; the migration state is ERROR`)
      }
      throw error
    }
  }
}
