import { profileOf } from '../../catalog/profiles.ts'
import type { HostView } from '../../contract/views/host.ts'
import type { HostState } from '../state.ts'

export function hostView(host: HostState): HostView {
  const all = host.gpus.flatMap((gpu) => gpu.vfs)
  return {
    profile: host.profile,
    face: profileOf(host).face,
    driverVersion: host.driverVersion,
    now: host.now,
    gpus: host.gpus.length,
    vfs: all.length,
    vgpus: { configured: all.filter((vf) => vf.uuid !== null).length, running: all.filter((vf) => vf.opened).length },
    definitions: Object.keys(host.definitions).length,
    uploadedTypes: host.overlay.length,
    suspended: host.suspended,
    tracing: host.tracing,
    faults: host.faults.length,
  }
}
