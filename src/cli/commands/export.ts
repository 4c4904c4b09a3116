import { hostNameProblem } from '../../app/fleet/host-names.ts'
import { usageError } from '../../app/usage.ts'
import { parseCount, parseLabel, parsePath, parseSelector, parseType } from '../../app/values.ts'
import { EXPORT_KINDS, type ExportKind, NODE_KINDS, type NodeKind, OPTION_KINDS, PARTIAL } from '../export/kinds.ts'
import type { NounSpec } from '../spec.ts'
import { kebab, verb } from '../spec.ts'

const KINDS = [
  'host',
  'vgpu-configs',
  'mig-configs',
  'mdevctl',
  'nodedev',
  'hostdev',
  'qemu',
  'kubevirt',
  'nova',
  'facts',
  'ansible',
  'lspci',
  'kwok',
  'resourceslice',
  'placement',
] as const

/** The release of Nova that `export nova` is for, without an option. */
const NOVA_RELEASE = 27

export const exporting: NounSpec = {
  name: 'export',
  verbs: [
    verb({
      name: '',
      summary: 'print the host as a document for apply, or in the format of another program; -o json or yaml for data',
      examples: [
        'export > host.yaml',
        'export hostdev desk7 > hostdev.xml',
        'export nodedev --dir nodedevs',
        'export qemu desk7 desk8',
        'export mdevctl --dir /etc/mdevctl.d',
        'export kubevirt',
        'export nova --mdev',
        'export nova --nova-release 26',
        'export lspci c1:00.0',
        'export ansible > nvgpu.fact',
        'export kwok --fleet fleet.yaml --type L40-4Q > nodes.yaml',
        'export resourceslice --node gpu-7',
        'export placement --fleet fleet.yaml -o json',
      ],
      options: {
        mdev: { summary: 'vGPUs as mediated devices, not as VFs; always so on a host with the mdev face' },
        novaRelease: {
          value: 'N',
          summary: 'release of Nova; default 27; aliases of 26 have no class',
          parse: parseCount,
        },
        config: {
          short: 'c',
          value: 'LABEL',
          summary: 'label of the vgpu-configs or mig-configs; else nvgpu',
          parse: parseLabel,
        },
        dir: {
          short: 'd',
          value: 'DIR',
          summary: 'write a file for each device into this directory: XML, or a file for /etc/mdevctl.d',
          parse: parsePath,
          complete: 'dir',
        },
        live: { summary: 'a facts script that runs nvgpu, instead of one with the current facts' },
        fleet: {
          value: 'FILE',
          summary: 'all hosts of this fleet file, instead of this host',
          parse: parsePath,
          complete: 'file',
        },
        node: { value: 'NAME', summary: 'name of this host as a node; default nvgpu', parse: parseNode },
        type: {
          short: 't',
          value: 'TYPE',
          summary: 'only vGPUs of this type; several may be given',
          repeat: true,
          parse: parseType,
          complete: 'type',
        },
      },
      args: {
        kind: {
          summary: `kind: ${KINDS.map((kind) => `${kind} (${EXPORT_KINDS[kind]})`).join(', ')}`,
          choices: KINDS,
          optional: true,
        },
        object: {
          summary: 'a GPU, VF or vGPU; default: all',
          optional: true,
          repeat: true,
          parse: parseSelector,
          complete: 'vgpu',
        },
      },
      changes: false,
      async run(context, { options, args }) {
        const kind: ExportKind = args.kind ?? 'host'
        const { mdev, novaRelease, config, dir, live } = options
        if (args.object.length > 0 && !PARTIAL.includes(kind))
          throw usageError(`export ${kind} is of the host as a whole`)
        const { fleet, node, type } = options
        refuseForeign(kind, {
          mdev,
          novaRelease: novaRelease !== undefined,
          config: config !== undefined,
          live,
          fleet: fleet !== undefined,
          node: node !== undefined,
          type: type.length > 0,
        })
        if (isNodeKind(kind)) {
          if (dir !== undefined) throw usageError(`--dir is for kinds with a file for each device, not for ${kind}`)
          const { exportNodes } = await import('../export/export-nodes.ts')
          return exportNodes(context, kind, { fleet, node, types: type })
        }
        const { exportAs } = await import('../export/export-as.ts')
        return exportAs(context, kind, {
          objects: args.object,
          mdev,
          novaRelease: novaRelease ?? NOVA_RELEASE,
          label: config ?? 'nvgpu',
          dir,
          live,
        })
      },
    }),
  ],
}

function refuseForeign(kind: ExportKind, given: Readonly<Record<keyof typeof OPTION_KINDS, boolean>>): void {
  for (const option of ['mdev', 'novaRelease', 'config', 'live', 'fleet', 'node', 'type'] as const) {
    const kinds: readonly ExportKind[] = OPTION_KINDS[option]
    if (given[option] && !kinds.includes(kind))
      throw usageError(`--${kebab(option)} is for ${kinds.join(', ')}, not for ${kind}`)
  }
}

function isNodeKind(kind: ExportKind): kind is NodeKind {
  return NODE_KINDS.some((one) => one === kind)
}

function parseNode(text: string): string {
  const problem = hostNameProblem(text)
  if (problem !== null) throw usageError(problem)
  return text
}
