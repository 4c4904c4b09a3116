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

/** What each step of the device does: the flag in the control region, and messages to the plugin task. */
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
  // the data file is opened; the plugin hears of it with the first bytes
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

/** Where a fault can be armed in a step: `mig.RUNNING-STOP`. */
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
   * Goes to another state, step by step. A step that fails leaves the device in ERROR, which only a reset ends.
   * @throws NvError EINVAL when no way leads there, else what the step failed with
   */
  setState(to: DeviceState): void {
    for (const { arc, reached } of arcsTo(this.#vf.mig.state, to)) {
      this.#orError(arc, () => {
        this.#wiring.faults.check(faultPoint(arc), 'vfio_pci_set_device_state')
        STEPS[arc](this.#wiring.migration, this.#vf)
      })
      this.#vf.mig.state = reached
    }
  }

  /**
   * Reads from the data file in PRE_COPY (what the guest has dirtied since) or STOP_COPY (all that is left), until there
   * is no more now.
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

  /** In PRE_COPY: has the plugin look again for what the guest has dirtied. */
  nextRound(): void {
    this.#expect('PRE_COPY')
    this.#orError('SAVE_STATE', () => this.#wiring.migration.message(NV_VGPU_CPU_RPC_MSG_MIGRATION_SAVE_STATE))
  }

  /** Everything the plugin had to say has been read. */
  saveComplete(): boolean {
    return this.#wiring.migration.saveComplete()
  }

  /**
   * Writes to the data file in RESUMING; bytes behind the last whole record wait for the next write.
   * @throws NvError EINVAL (wrong state, or the plugin does not know what to do with it)
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
