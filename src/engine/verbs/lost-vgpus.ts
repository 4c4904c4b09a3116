import { configured } from '../select.ts'
import type { HostState } from '../state.ts'

/** The configured vGPUs of a host, or of one GPU, by UUID, as a warning names them. */
export function namedVgpus(host: HostState, gpu?: string): ReadonlyMap<string, string> {
  return new Map(
    configured(host, gpu).map(({ vf: { uuid, name, bdf } }) => [
      uuid ?? '',
      `vGPU ${uuid}${name === null ? '' : ` (${name})`} on ${bdf}`,
    ]),
  )
}

/** A warning for each vGPU of `before` that is not configured any more. */
export function lostVgpus(before: ReadonlyMap<string, string>, host: HostState): string[] {
  const left = namedVgpus(host)
  return [...before].filter(([uuid]) => !left.has(uuid)).map(([, named]) => `${named} is gone`)
}
