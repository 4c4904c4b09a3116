import { fromSparse } from '../sparse.ts'
import type { HostState } from '../state.ts'
import { onMachine } from '../verbs/run.ts'
import { DRIVER_NAME } from '../vfio/device.ts'
import { readLog, type TaskLog, taskLogs } from '../vfio/task-logs.ts'
import { dynamic, type SysfsDirectory, type SysfsFile } from './node.ts'
import { allFunctions, functionsOf, profileOf, type VfFunction } from './pci-function.ts'

const NAME = 'nvidia-vgpu'

/** /sys/kernel/debug: has the directory of the task logs while a VF is bound. */
export function debugDirectory(host: HostState): SysfsDirectory {
  const there = () => allFunctions(host).some((at) => isBound(at))
  return dynamic(
    () => (there() ? [NAME] : []),
    (name) => (name === NAME && there() ? logDirectory(host) : undefined),
  )
}

/** Three files for each bound VF, `<address>-<log>`. */
function logDirectory(host: HostState): SysfsDirectory {
  const logs = taskLogs(profileOf({ host }))
  const functions = functionsOf(host)
  return dynamic(
    () => functions.all().flatMap((at) => (isBound(at) ? logs.map((log) => `${at.vf.bdf}-${log.name}`) : [])),
    (name) => {
      const log = logs.find((known) => name.endsWith(`-${known.name}`))
      const at = log && functions.at(name.slice(0, -log.name.length - 1))
      return log && at && isBound(at) ? logFile(at, log) : undefined
    },
  )
}

/** Raw bytes in the firmware's format: live while a vGPU runs, then its last state; zeros before the first vGPU. */
function logFile(at: VfFunction, log: TaskLog): SysfsFile {
  const { vf } = at
  return {
    kind: 'file',
    mode: 0o400,
    size: log.size,
    binary: true,
    show: () =>
      vf.opened === null
        ? fromSparse(vf.logs[log.kept], log.size)
        : onMachine(at.host, at.gpu, (machine) => readLog(machine.mgr.heap(vf.index), log)),
    store: null,
  }
}

function isBound(at: { host: HostState; vf: VfFunction['vf'] | null }): at is VfFunction {
  return profileOf(at).debugfsLogs && at.vf?.driver === DRIVER_NAME && !at.vf.unbound
}
