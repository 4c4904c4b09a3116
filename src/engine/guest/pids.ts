import { NvError } from '../../errors/nv-error.ts'
import { stateAt } from '../select.ts'
import type { HostState } from '../state.ts'

/** The pid before that of the first VM. */
const BEFORE_FIRST = 1000
/** PID_MAX_LIMIT of 64-bit Linux (linux/threads.h); pids start again from the first after it. */
const PID_MAX = 4_194_304

/**
 * The pid of a new VM whose first vGPU is on a GPU. GPU i of n gives the pids 1001 + i, 1001 + i + n and so on, so that no
 * two GPUs give the same.
 */
export function nextPid(host: HostState, index: number): number {
  const { vmsStarted, vfs } = stateAt(host, index)
  const turns = Math.floor((PID_MAX - BEFORE_FIRST) / host.gpus.length)
  for (let turn = vmsStarted; ; turn += 1) {
    const pid = BEFORE_FIRST + 1 + index + (turn % turns) * host.gpus.length
    // a host of an earlier release counted from the VF
    if (vfs.every(({ opened }) => opened?.pid !== pid)) return pid
  }
}

/** Notes that a VM runs with a pid: no later VM gets it. */
export function notePid(host: HostState, pid: number): void {
  const turn = pid - BEFORE_FIRST - 1
  if (turn < 0) return
  const gpu = stateAt(host, turn % host.gpus.length)
  gpu.vmsStarted = Math.max(gpu.vmsStarted, Math.floor(turn / host.gpus.length) + 1)
}

/**
 * Checks a pid that the user chose.
 * @throws NvError EEXIST when another VM has it
 */
export function refuseTakenPid(host: HostState, pid: number, vm: string): void {
  for (const index of host.gpus.keys()) {
    for (const { opened } of stateAt(host, index).vfs) {
      if (opened === null || opened.pid !== pid || opened.vm === vm) continue
      throw new NvError({
        errno: 'EEXIST',
        code: 'exists',
        at: 'vfio open',
        message: `pid ${pid} is that of VM ${opened.vm}`,
        hint: 'nvgpu vfio open VF --vm NAME',
      })
    }
  }
}
