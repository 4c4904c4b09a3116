import {
  nvmlVgpuMetadata_t,
  nvmlVgpuPgpuCompatibility_t,
  nvmlVgpuPgpuMetadata_t,
  nvmlVgpuVersion_t,
} from '../../abi/nvml/vgpu.ts'
import type { Limit } from '../../engine/migration/compat.ts'
import { gpuMigrationFacts, migrationLimits, vgpuMigrationFacts } from '../../engine/views/migration-facts.ts'
import type { Call } from '../call.ts'
import { NvmlError } from '../error.ts'
import { isGpuFacts, isVgpuFacts, readFacts } from '../metadata-facts.ts'
import { coded, type Rows, row } from '../row.ts'

const VERSION = 2
const REVISION = 1
/** Most bytes of opaque data that are read. */
const MOST_OPAQUE = 2048
/** nvmlVgpuVmCompatibility_t: cold, hibernate, sleep, live. */
const COLD = 1
const ALL_STATES = 15
/** nvmlVgpuPgpuCompatibilityLimitCode_t. */
const LIMIT: Readonly<Record<Limit, number>> = { 'host driver': 1, 'guest driver': 2, GPU: 4, other: 0x8000_0000 }

/** The members before the opaque data, then the data: text of the facts. */
function withFacts(head: Uint8Array, opaqueAt: number, facts: object): Uint8Array {
  const opaque = Buffer.from(`${JSON.stringify(facts)}\0`, 'latin1')
  const whole = Buffer.concat([head.subarray(0, opaqueAt), opaque])
  whole.writeUInt32LE(opaque.length, opaqueAt - 4)
  return whole
}

function gpuMetadata(call: Call): void {
  const { index, migration } = call.vgpuHost()
  const facts = gpuMigrationFacts(call.facts.state, index)
  const head = nvmlVgpuPgpuMetadata_t.encode({
    version: VERSION,
    revision: REVISION,
    hostDriverVersion: call.facts.state.driverVersion,
    pgpuVirtualizationCaps: migration ? 1 : 0,
    hostSupportedVgpuRange: { minVersion: facts.hostVersions.oldest, maxVersion: facts.hostVersions.newest },
  })
  call.putSized(1, 2, withFacts(head, nvmlVgpuPgpuMetadata_t.fields.opaqueData?.offset ?? 0, facts))
}

function vgpuMetadata(call: Call): void {
  const vgpu = call.vgpu()
  const facts = vgpuMigrationFacts(call.facts.state, vgpu.uuid)
  const hasGuest = vgpu.guestDriver !== null
  const head = nvmlVgpuMetadata_t.encode({
    version: VERSION,
    revision: REVISION,
    guestInfoState: hasGuest ? 1 : 0,
    guestDriverVersion: vgpu.guestDriver ?? '',
    hostDriverVersion: call.facts.state.driverVersion,
    vgpuVirtualizationCaps: call.facts.gpu(vgpu.gpu).migration ? 1 : 0,
    guestVgpuVersion: hasGuest ? facts.version : 0,
  })
  call.putSized(1, 2, withFacts(head, nvmlVgpuMetadata_t.fields.opaqueData?.offset ?? 0, facts))
}

/** The facts in a metadata buffer of the caller. @throws NvmlError INVALID_ARGUMENT */
function factsIn(call: Call, i: number, opaqueAt: number): unknown {
  const head = call.memory(call.word(i), opaqueAt)
  const size = head.readUInt32LE(opaqueAt - 4)
  if (head.readUInt32LE(0) !== VERSION || size > MOST_OPAQUE) throw new NvmlError('INVALID_ARGUMENT')
  return readFacts(call.memory(call.word(i) + BigInt(opaqueAt), size))
}

function compatibility(call: Call): void {
  if (call.word(2) === 0n) throw new NvmlError('INVALID_ARGUMENT')
  const from = factsIn(call, 0, nvmlVgpuMetadata_t.fields.opaqueData?.offset ?? 0)
  const to = factsIn(call, 1, nvmlVgpuPgpuMetadata_t.fields.opaqueData?.offset ?? 0)
  if (!isVgpuFacts(from) || !isGpuFacts(to)) throw new NvmlError('INVALID_ARGUMENT')
  const limits = migrationLimits(from, to)
  const code = limits.reduce((bits, limit) => (bits | LIMIT[limit]) >>> 0, 0)
  const isBoard = limits.some((limit) => limit === 'GPU' || limit === 'other')
  const states = limits.length === 0 ? ALL_STATES : isBoard ? 0 : COLD
  call.putStruct(2, nvmlVgpuPgpuCompatibility_t, { vgpuVmCompatibility: states, compatibilityLimitCode: code })
}

export const VGPU_METADATA_ROWS: Rows = {
  nvmlDeviceGetVgpuMetadata: row('host show, gpu show: facts of a migration', gpuMetadata),
  nvmlVgpuInstanceGetMetadata: row('vgpu show: facts of a migration', vgpuMetadata),
  nvmlGetVgpuCompatibility: row('check of migrate', compatibility),
  nvmlGetVgpuVersion: row('profile: vGPU versions', (call) => {
    const { oldest, newest } = call.facts.profile.vgpuVersion
    const range = { minVersion: oldest, maxVersion: newest }
    call.putStruct(0, nvmlVgpuVersion_t, range)
    call.putStruct(1, nvmlVgpuVersion_t, range)
  }),
  nvmlSetVgpuVersion: coded('none: the profile decides', (call) => {
    call.memory(call.word(0), nvmlVgpuVersion_t.size)
    return 'NOT_SUPPORTED'
  }),
}
