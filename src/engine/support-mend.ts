import { type Profile, profileFor } from '../catalog/profiles.ts'
import { boardOf } from './board-of.ts'
import type { GpuState } from './state.ts'

/** A command against missing vGPU support of a GPU: a host whose driver has it for the board, or else the reason. */
export function supportMend(gpu: GpuState, profile: Profile): string {
  const { name, architecture } = boardOf(gpu)
  if (profile.supportedArchitectures.includes(architecture)) return `nvgpu gpu show ${gpu.bdf}`
  return `nvgpu host init --profile ${profileFor(architecture)} --board ${name}`
}

/** Boards of a host whose vGPUs its driver does not support, a sentence each. */
export function boardsWithoutVgpus(gpus: readonly GpuState[], profile: Profile): string[] {
  const boards = new Map(gpus.map((gpu) => [gpu.board, gpu]))
  return [...boards.values()]
    .filter(({ nvkm }) => nvkm.supportVgpuMgr)
    .filter((gpu) => !profile.supportedArchitectures.includes(boardOf(gpu).architecture))
    .map((gpu) => `profile ${profile.name} has no vGPUs on ${gpu.board}: ${supportMend(gpu, profile)}`)
}
