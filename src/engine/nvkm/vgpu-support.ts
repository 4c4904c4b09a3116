/** The reason why a PF cannot carry vGPUs, or null (nvkm_vgpu_mgr_is_supported). */
export function unsupportedReason(facts: {
  parameter: boolean
  architecture: string
  supportedArchitectures: readonly string[]
  totalVfs: number | null
}): string | null {
  if (!facts.parameter) return 'the module parameter support_vgpu_mgr is off'
  if (!facts.supportedArchitectures.includes(facts.architecture))
    return `the architecture is ${facts.architecture}, not ${facts.supportedArchitectures.join(' or ')}`
  if (facts.totalVfs === null) return 'there is no SR-IOV capability'
  if (facts.totalVfs === 0) return 'the SR-IOV capability has 0 VFs'
  return null
}
