import { profileOf } from '../../catalog/profiles.ts'
import { free } from '../../engine/capacity.ts'
import { stateAt } from '../../engine/select.ts'
import type { HostState } from '../../engine/state.ts'
import { type GpuRules, refuseShared, rulesKey, rulesOf } from '../gpu-rules.ts'
import { ANY, type Space, slotsOf } from '../gpu-states.ts'
import { placeIn } from './host-problem.ts'

/** The space of each GPU of a host. GPUs that are alike share one object of rules. @throws NvError unsupported (vGPUs take turns on GPU instances) */
export function hostSpaces(host: HostState): Space[] {
  refuseShared(host, [...host.gpus.keys()], 'a fleet')
  const known = new Map<string, GpuRules>()
  return host.gpus.map((_, index) => {
    const key = rulesKey(host, index)
    const rules = known.get(key) ?? rulesOf(host, index)
    known.set(key, rules)
    return spaceOf(host, index, rules)
  })
}

function spaceOf(host: HostState, index: number, rules: GpuRules): Space {
  const { vfs } = stateAt(host, index)
  const profile = profileOf(host)
  const space = { rules, freeVfs: vfs.filter((vf) => free(vf, profile)).length }
  const carriers = vfs.filter(({ vgpuType }) => vgpuType !== 0)
  const types = carriers.map(({ vgpuType }) => rules.types.get(vgpuType))
  if (rules.mode === 'equal-size')
    return { ...space, group: types[0]?.group ?? null, count: carriers.length, taken: 0n }
  const taken = carriers.reduce((slots, vf, i) => {
    const type = types[i]
    const place = placeIn(rules, vf)
    return type && place !== ANY ? slots | slotsOf(type, place) : slots
  }, 0n)
  return { ...space, group: null, count: 0, taken }
}
