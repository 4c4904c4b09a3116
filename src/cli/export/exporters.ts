import type { PciFunctionView } from '../../contract/views/pci-function.ts'
import type { VgpuView } from '../../contract/views/vgpu.ts'
import { describeHost } from '../../engine/declare/describe.ts'
import { type MdevConfig, mdevConfig, mdevDump } from '../../engine/definitions/mdevctl.ts'
import { findVf, findVgpu, gpuIndex, stateAt } from '../../engine/select.ts'
import type { HostState } from '../../engine/state.ts'
import { gpuViews } from '../../engine/views/gpu.ts'
import { hostView } from '../../engine/views/host.ts'
import { gpuInstanceViews, migModeViews } from '../../engine/views/mig.ts'
import { pciFunctionViews } from '../../engine/views/pci-function.ts'
import { typeViews } from '../../engine/views/type.ts'
import { vfViews } from '../../engine/views/vf.ts'
import { vgpuViewOf, vgpuViews } from '../../engine/views/vgpu.ts'
import { NvError } from '../../errors/nv-error.ts'
import { ansibleScript } from '../../render/export/ansible.ts'
import { hostdevs } from '../../render/export/hostdev.ts'
import { kubevirt } from '../../render/export/kubevirt.ts'
import { lspciDump } from '../../render/export/lspci.ts'
import { migConfigs } from '../../render/export/mig-configs.ts'
import { nodeDevices, type XmlFile } from '../../render/export/nodedev.ts'
import { novaDevices, novaPci } from '../../render/export/nova.ts'
import { qemuArguments } from '../../render/export/qemu.ts'
import { vgpuConfigs } from '../../render/export/vgpu-configs.ts'
import type { HostKind } from './kinds.ts'

export interface ExportRequest {
  /** Addresses of functions, or selectors of vGPUs; empty for all. */
  readonly objects: readonly string[]
  /** vGPUs as mediated devices, as in releases 16 and older, instead of VFs. */
  readonly mediated: boolean
  /** Release of Nova. */
  readonly novaRelease: number
  /** Label of the vgpu-configs or mig-configs. */
  readonly label: string
  /** The command with which a script asks for the facts; null for a script that contains them. */
  readonly ask: string | null
}

/** Data can be YAML or JSON, text has one form; documents are one file a device, in XML only. */
export type Exported =
  | { readonly data: object; readonly notation: 'yaml' | 'json'; readonly documents?: readonly ExportedFile[] }
  | { readonly text: string | Uint8Array; readonly documents?: never }
  | { readonly documents: readonly ExportedFile[] }

/** A file with its name in the directory. */
export interface ExportedFile {
  readonly name: string
  readonly text: string
}

type Exporter = (state: HostState, request: ExportRequest) => Exported

/** The exporter of each kind. */
export const EXPORTERS: Readonly<Record<HostKind, Exporter>> = {
  host: (state) => ({ data: describeHost(state), notation: 'yaml' }),
  'vgpu-configs': (state, { label }) => ({
    data: vgpuConfigs(gpuViews(state), vgpuViews(state), gpuInstanceViews(state), label),
    notation: 'yaml',
  }),
  'mig-configs': (state, { label }) => ({
    data: migConfigs(migModeViews(state), gpuInstanceViews(state), label),
    notation: 'yaml',
  }),
  mdevctl(state, { objects }) {
    const devices = mdevices(state, objects)
    return { data: mdevDump(devices), notation: 'json', documents: devices.map(mdevFile) }
  },
  nodedev: (state, { objects, mediated }) => ({
    documents: xmlFiles(
      nodeDevices({
        all: pciFunctionViews(state),
        chosen: functionsNamed(state, objects),
        mediated: mediated ? { vgpus: vgpuViews(state), types: typeViews(state) } : null,
      }),
    ),
  }),
  hostdev: (state, { objects, mediated }) => ({
    documents: xmlFiles(hostdevs(vgpusNamed(state, objects), mediated)),
  }),
  qemu: (state, { objects, mediated }) => ({ text: qemuArguments(vgpusNamed(state, objects), mediated) }),
  kubevirt: (state, { mediated }) => ({
    data: kubevirt(gpuViews(state), vgpuViews(state), mediated),
    notation: 'yaml',
  }),
  nova(state, { mediated, novaRelease }) {
    const facts = { gpus: gpuViews(state), vgpus: vgpuViews(state), types: typeViews(state) }
    return { text: mediated ? novaDevices(facts) : novaPci(facts, novaRelease) }
  },
  facts: (state) => ({ data: factsOf(state), notation: 'json' }),
  ansible: (state, { ask }) => ({ text: ansibleScript(factsOf(state), ask) }),
  lspci: (state, { objects }) => ({ text: lspciDump(functionsNamed(state, objects)) }),
}

function factsOf(state: HostState) {
  return {
    schema: 1,
    kind: 'facts',
    host: hostView(state),
    gpus: gpuViews(state),
    vfs: vfViews(state),
    vgpus: vgpuViews(state),
  }
}

function xmlFiles(files: readonly XmlFile[]): ExportedFile[] {
  return files.map(({ name, text }) => ({ name: `${name}.xml`, text }))
}

interface Mdev {
  readonly parent: string
  readonly uuid: string
  readonly config: MdevConfig
}

function mdevices(state: HostState, objects: readonly string[]): Mdev[] {
  const starts = state.definitions
  return vgpusNamed(state, objects).map(({ uuid, vf, vgpuType, attrs }) => ({
    parent: vf,
    uuid,
    config: mdevConfig({ vgpuType: vgpuType.id, start: starts[uuid]?.start ?? 'manual', attrs }),
  }))
}

/** The form of files in mdevctl's /etc/mdevctl.d. */
function mdevFile({ parent, uuid, config }: Mdev): ExportedFile {
  return {
    name: `${parent}/${uuid}`,
    text: `${JSON.stringify(config, null, 2)}
`,
  }
}

function vgpusNamed(state: HostState, objects: readonly string[]): VgpuView[] {
  if (objects.length === 0) return vgpuViews(state)
  return objects.map((word) => vgpuViewOf(state, word))
}

/** Functions by address or GPU/index; a GPU stands for its PF, a vGPU for its VF. */
function functionsNamed(state: HostState, objects: readonly string[]): PciFunctionView[] {
  const all = pciFunctionViews(state)
  if (objects.length === 0) return all
  const byAddress = new Map(all.map((known) => [known.bdf, known]))
  return objects.map((word) => {
    const found = byAddress.get(addressOf(state, word) ?? '')
    if (found) return found
    throw new NvError({
      errno: 'ENODEV',
      code: 'not-found',
      at: 'export',
      message: `there is no GPU, VF or vGPU "${word}"`,
      hint: 'nvgpu sysfs ls',
      object: word,
    })
  })
}

function addressOf(state: HostState, word: string): string | undefined {
  const ways = [
    () => stateAt(state, gpuIndex(state, word)).bdf,
    () => findVf(state, word).vf.bdf,
    () => findVgpu(state, word).vf.bdf,
  ]
  for (const way of ways) {
    try {
      return way()
    } catch (error) {
      if (!(error instanceof NvError)) throw error
    }
  }
  return undefined
}
