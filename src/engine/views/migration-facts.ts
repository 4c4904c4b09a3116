import { MIGRATION_PLUGIN_STATE } from '../../abi/migration.ts'
import { PCI_CFG_SPACE_EXP_SIZE } from '../../abi/pci.ts'
import { findBoard } from '../../catalog/boards.ts'
import { PROFILES } from '../../catalog/profiles.ts'
import { typeById } from '../../catalog/vgpu-types.ts'
import type { ProfileName } from '../../contract/state/host.ts'
import { boardOf, metadataString } from '../board-of.ts'
import { migTableOf } from '../mig/table.ts'
import { incompatibilities, type Limit, type Traveller } from '../migration/compat.ts'
import { findVgpu, stateAt } from '../select.ts'
import type { HostState } from '../state.ts'
import { channelsByRule } from '../vgpu-mgr/vgpu.ts'
import { eccEnabled } from './gsp-answers.ts'
import { typeRef } from './words.ts'

/** The facts of a GPU that decide whether a vGPU can migrate to it. */
export interface GpuMigrationFacts {
  board: string
  profile: ProfileName
  metadata: string
  eccEnabled: boolean
  hostVersions: { oldest: number; newest: number }
}

export function gpuMigrationFacts(host: HostState, index: number): GpuMigrationFacts {
  const gpu = stateAt(host, index)
  const ecc = eccEnabled(gpu)
  return {
    board: gpu.board,
    profile: host.profile,
    metadata: metadataString(boardOf(gpu), ecc),
    eccEnabled: ecc,
    hostVersions: { ...PROFILES[host.profile].vgpuVersion },
  }
}

/** The facts of a running vGPU for the same check. @throws NvError as findVgpu */
export function vgpuMigrationFacts(host: HostState, uuid: string): Traveller {
  const { gpu: index, vf } = findVgpu(host, uuid)
  const vgpu = stateAt(host, index).mgr?.vgpus[vf.index]
  const { board: _, ...facts } = gpuMigrationFacts(host, index)
  return {
    ...facts,
    vgpuType: vf.vgpuType,
    typeName: typeRef(host, vf.vgpuType).name,
    uuid,
    version: vgpu?.version ?? 0,
    numChannels: vgpu?.chid?.num ?? 0,
    fbLength: vgpu?.fb?.size ?? 0,
  }
}

/** Bytes of a saved vGPU without its framebuffer: configuration space, registers, and its plugin's state. */
export function runtimeStateSize(host: HostState, uuid: string): number {
  const { vf } = findVgpu(host, uuid)
  return PCI_CFG_SPACE_EXP_SIZE + 8 * Object.keys(vf.regs).length + MIGRATION_PLUGIN_STATE.size
}

/** The kinds of limits between a vGPU and a GPU, from their facts alone; empty if it can migrate. */
export function migrationLimits(from: Traveller, to: GpuMigrationFacts): Limit[] {
  const known = typeById(from.vgpuType)
  const profile = PROFILES[to.profile]
  const board = findBoard(to.board)
  const type =
    known === undefined
      ? null
      : {
          name: `NVIDIA ${known.vgpuName.replace(/^(NVIDIA|GRID) /, '')}`,
          numChannels: channelsByRule(
            profile.channelsPerVgpu,
            profile.channelsReserved.count,
            known,
            board ? migTableOf(board, 0) : null,
          ),
          fbLength: from.fbLength,
        }
  const named =
    type && from.typeName.endsWith(type.name.replace(/^NVIDIA /, '')) ? { ...type, name: from.typeName } : type
  return incompatibilities(from, { ...to, bdf: to.board, type: named }).map(({ limit }) => limit)
}
