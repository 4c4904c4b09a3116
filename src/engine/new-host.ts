import { formatRoutingId } from '../abi/pci.ts'
import type { Board } from '../catalog/boards.ts'
import {
  DEFAULT_PROFILE,
  type FaceName,
  facesOf,
  isProfileName,
  PROFILES,
  type ProfileName,
} from '../catalog/profiles.ts'
import { withDefaults } from '../contract/defaults.ts'
import type { GivenFigures } from '../contract/state/figures.ts'
import { GPU, HW } from '../contract/state/gpu.ts'
import { GSP } from '../contract/state/gsp.ts'
import { HOST } from '../contract/state/host.ts'
import { NVKM } from '../contract/state/nvkm.ts'
import { LOAD } from '../contract/state/records.ts'
import { SCHEMA } from '../contract/state/schema-number.ts'
import { NvError } from '../errors/nv-error.ts'
import { boardNamed } from './boards/board-named.ts'
import { pfConfig, pfRoutingId } from './hw/pf.ts'
import { Machine } from './machine.ts'
import { NvkmChid } from './nvkm/chid.ts'
import type { GpuState, HostState } from './state.ts'

export interface InitOptions {
  /** Catalogue or product name; default L40. */
  board?: string
  /** Figures of a listed board that are not published. */
  figures?: GivenFigures
  /** Number of boards, 1 to 1024. A board may have several GPUs. */
  gpus?: number
  profile?: ProfileName
  /** One of the profile's faces; default its own. */
  face?: FaceName
  /** Module parameter support_vgpu_mgr; default on. */
  vgpu?: boolean
  /** NVreg_RegistryDwords, "key=value;…". */
  registryDwords?: string
}

const MAX_GPUS = 1024
const AT = 'host init'

/**
 * A host after power-on: GPUs enumerated, core driver loaded, no VFs.
 * @throws NvError ENODEV (unknown board), EINVAL (count, profile, registry key), or as a probe fails
 */
export function newHost(options: InitOptions = {}): HostState {
  const { board: name = 'L40', gpus = 1, profile = DEFAULT_PROFILE, vgpu = true, registryDwords = '' } = options
  const board = boardNamed(name, options.figures)
  if (!isProfileName(profile))
    throw new NvError({
      errno: 'EINVAL',
      code: 'invalid-argument',
      at: AT,
      message: `there is no profile "${String(profile)}"`,
    })
  if (!Number.isInteger(gpus) || gpus < 1 || gpus > MAX_GPUS) {
    throw new NvError({
      errno: 'EINVAL',
      code: 'invalid-argument',
      at: AT,
      message: `${gpus} boards were asked for, 1 to ${MAX_GPUS} are possible`,
      hint: `nvgpu host init --board ${board.name} --gpus 2`,
    })
  }
  const host: HostState = withDefaults(HOST, {
    schema: SCHEMA,
    profile,
    face: otherFace(profile, options.face),
    driverVersion: releaseOf(board, profile),
    gpus: [],
  })
  for (let index = 0; index < gpus * board.gpusPerBoard; index += 1) {
    const gpu = poweredOn(board, index, { vgpu, registryDwords, figures: options.figures ?? null })
    host.gpus.push(gpu)
    const machine = new Machine(host, gpu)
    machine.nvkm.probe()
    machine.flush()
  }
  return host
}

/** The first release that vGPU hosts with a Blackwell board were captured with. */
const BLACKWELL_RELEASE = '580.105.06'

/** The driver of a new host: the profile's, or the first that knows the board. */
function releaseOf({ architecture }: Board, profile: ProfileName): string {
  return architecture === 'Blackwell' ? BLACKWELL_RELEASE : PROFILES[profile].driverVersion
}

/** The face for the state: null for the profile's own. @throws NvError EINVAL (the profile has no such face) */
function otherFace(profile: ProfileName, face: FaceName | undefined): FaceName | null {
  const [own, ...others] = facesOf(profile)
  if (face === undefined || face === own) return null
  if (others.includes(face)) return face
  throw new NvError({
    errno: 'EINVAL',
    code: 'unsupported',
    at: AT,
    message: `profile ${profile} has no face ${face}; it has ${[own, ...others].join(', ')}`,
    hint: `nvgpu host init --profile ${face === 'mdev' ? 'vgpu17 --face mdev' : face === 'vendor-vfio' ? 'vgpu17' : 'v2'}`,
    object: face,
  })
}

/** A GPU after enumeration by the PCI core: firmware off, no driver. */
export function poweredOn(
  board: Board,
  index: number,
  driver: { vgpu: boolean; registryDwords: string; figures?: GivenFigures | null },
): GpuState {
  const bdf = formatRoutingId(pfRoutingId(index))
  return withDefaults(GPU, {
    board: board.name,
    figures: driver.figures ?? null,
    bdf,
    uuid: gpuUuid(board.name, bdf),
    hw: withDefaults(HW, { config: pfConfig(board, index), fb: { size: board.fbBytes, pages: {} } }),
    gsp: withDefaults(GSP, { vmmuSegmentSize: board.vmmuSegmentSize }),
    nvkm: withDefaults(NVKM, {
      supportVgpuMgr: driver.vgpu,
      registryDwords: driver.registryDwords,
      chid: NvkmChid.initial(board.channels),
    }),
    load: withDefaults(LOAD, { seed: Number.parseInt(fnv(bdf, 0x811c9dc5), 16) }),
  })
}

/** A version 8 UUID made of board and address (two rounds of FNV-1a each way), the same for every host. */
function gpuUuid(board: string, bdf: string): string {
  const text = `${board} ${bdf}`
  const hex = [0x811c9dc5, 0x01000193, 0xdeadbeef, 0x9e3779b9].map((seed) => fnv(text, seed)).join('')
  return `GPU-${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

function fnv(text: string, seed: number): string {
  let hash = seed
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  for (let i = text.length - 1; i >= 0; i -= 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, '0')
}
