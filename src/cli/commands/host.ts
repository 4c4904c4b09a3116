import { parseFigures } from '../../app/figures.ts'
import { readInput, writeOutput } from '../../app/files.ts'
import { given } from '../../app/given.ts'
import { changeHost, openStore, readHost } from '../../app/transaction.ts'
import { parseCount, parseDuration } from '../../app/values.ts'
import { profileOf } from '../../catalog/profiles.ts'
import { FACE_NAMES } from '../../contract/state/host.ts'
import type { Change } from '../../contract/views/change.ts'
import type { HostView } from '../../contract/views/host.ts'
import type { HostState } from '../../engine/state.ts'
import { boardsWithoutVgpus } from '../../engine/support-mend.ts'
import { kernelLog } from '../../engine/views/events.ts'
import { hostView } from '../../engine/views/host.ts'
import { NvError } from '../../errors/nv-error.ts'
import { REFUSALS } from '../../errors/refusal.ts'
import type { Answer } from '../../render/answer.ts'
import { changed, detail, list } from '../../render/answer.ts'
import { HOSTS, hostSheet, KERNEL_LOG } from '../../render/host.ts'
import { FINDINGS, HISTORY } from '../../render/store.ts'
import { CALLOUT_OPTIONS } from '../callout-options.ts'
import type { Context } from '../context.ts'
import { LISTING, listed } from '../listing.ts'
import { GPU_OPTION } from '../selectors.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'
import { HOST_BOARDS } from './host-boards.ts'
import { FACE } from './host-face.ts'
import { WARM_UPDATE } from './host-update.ts'

const FORCE = { summary: 'even if that drops VFs, vGPUs or uploaded types' } as const

export const host: NounSpec = {
  name: 'host',
  verbs: [
    verb({
      name: 'init',
      summary: 'create a new host; without this the first command finds one L40',
      examples: [
        'host init --board L40 --gpus 2',
        'host init --profile rfc-v1',
        'host init --profile vgpu17 --face mdev',
        'host init --board L4 --gpus 8 --force',
      ],
      options: {
        board: { short: 'b', value: 'BOARD', summary: 'board in the slots; default L40', complete: 'host-board' },
        figures: {
          value: 'FIGURES',
          summary:
            'figures of a real card that no source gives: framebuffer=, bar1=, vfBar1=, vmmuSegment= in MiB or with M or G, vfs=',
          parse: parseFigures,
        },
        gpus: { value: 'N', summary: 'number of GPUs; default 1', parse: parseCount },
        profile: {
          short: 'p',
          value: 'PROFILE',
          summary: 'driver profile; default v2',
          choices: ['v2', 'rfc-v1', 'vgpu17', 'vgpu16'],
        },
        face: {
          value: 'FACE',
          summary: 'another face of the profile: vgpu17 also has mdev',
          choices: FACE_NAMES,
        },
        noVgpu: { summary: 'load the driver without vGPU support' },
        registryDwords: { value: 'TEXT', summary: 'NVreg_RegistryDwords of the driver, as in Key=1;Other=0x2' },
        force: FORCE,
      },
      args: {},
      changes: true,
      async run(context, { options }) {
        const { board, figures, gpus, profile, face, registryDwords } = options
        const { newHost } = await import('../../engine/new-host.ts')
        return replace(context, options.force, () =>
          newHost({
            vgpu: !options.noVgpu,
            ...given({ board, figures, gpus, profile, face, registryDwords }),
          }),
        )
      },
    }),
    verb({
      name: 'show',
      summary: 'profile, driver, and counts of objects',
      examples: ['host show', 'host show -o json'],
      options: {},
      args: {},
      changes: false,
      async run(context) {
        const item = await readHost(context, (state) => hostView(state))
        return detail(HOSTS, [item], (items) => hostSheet(items, context.settings.stateDir))
      },
    }),
    verb({
      name: 'tree',
      summary: 'boards, GPUs, VFs, vGPUs and VMs as a tree',
      examples: ['host tree', 'host tree -o json'],
      options: {},
      args: {},
      changes: false,
      async run(context) {
        const [{ overviewOf }, { TOPOLOGY }] = await Promise.all([
          import('../../engine/views/overview.ts'),
          import('../../render/topology.ts'),
        ])
        return list(TOPOLOGY, [await readHost(context, overviewOf)])
      },
    }),
    verb({
      name: 'log',
      summary: 'the newest kernel log lines of each GPU',
      examples: ['host log', 'host log --gpu 0 -o json'],
      options: { gpu: GPU_OPTION, ...LISTING },
      args: {},
      changes: false,
      async run(context, { options }) {
        return listed(KERNEL_LOG, await readHost(context, (state) => kernelLog(state, options.gpu)), options)
      },
    }),
    verb({
      name: 'suspend',
      summary: 'suspend the host: vGPUs pause, GSP saves its state',
      examples: ['host suspend', 'host suspend --strict'],
      options: { strict: { summary: 'refuse while a vGPU runs, instead of pausing it' } },
      args: {},
      changes: true,
      async run(context, { options }) {
        const { suspendHost } = await import('../../engine/verbs/power.ts')
        return changed(HOSTS, await changeHost(context, (state) => suspendHost(state, { strict: options.strict })))
      },
    }),
    verb({
      name: 'resume',
      summary: 'resume the host: GSP boots from its saved state, paused vGPUs continue',
      examples: ['host resume'],
      options: {},
      args: {},
      changes: true,
      async run(context) {
        const { resumeHost } = await import('../../engine/verbs/power.ts')
        return changed(HOSTS, await changeHost(context, (state) => resumeHost(state)))
      },
    }),
    verb({
      name: 'reboot',
      summary: 'power off and on: VFs, types in GSP, vGPUs and modes are lost; the boot configuration is restored',
      examples: ['host reboot'],
      options: { ...CALLOUT_OPTIONS, force: { summary: 'start vGPUs even if their callouts refuse' } },
      args: {},
      changes: true,
      async run(context, { options }) {
        const { reboot } = await import('../../app/callouts/reboot.ts')
        return changed(HOSTS, await reboot(context, options))
      },
    }),
    verb({
      name: 'advance',
      summary: 'advance virtual time and deliver due events',
      examples: ['host advance 5s', 'host advance 1h30m', 'host advance 250ms'],
      options: {},
      args: { duration: { summary: '5s, 250ms, 1h30m; a bare number is seconds', parse: parseDuration } },
      changes: true,
      async run(context, { args }) {
        const { advance } = await import('../../engine/verbs/events.ts')
        return changed(HOSTS, await changeHost(context, (state) => advance(state, args.duration)))
      },
    }),
    HOST_BOARDS,
    FACE,
    WARM_UPDATE,
    verb({
      name: 'reset',
      summary: 'reset the host to its initial state: same boards and profile, nothing configured',
      examples: ['host reset', 'host reset --force'],
      options: { force: FORCE },
      args: {},
      changes: true,
      async run(context, { options }) {
        const { newHost } = await import('../../engine/new-host.ts')
        const { boardOf } = await import('../../engine/board-of.ts')
        return replace(context, options.force, (state) => {
          const [first] = state.gpus
          if (first === undefined || state.gpus.some((gpu) => gpu.board !== first.board)) throw mixedBoards()
          return newHost({
            profile: state.profile,
            ...(state.face === null ? {} : { face: state.face }),
            board: first.board,
            ...(first.figures === null ? {} : { figures: first.figures }),
            gpus: state.gpus.length / boardOf(first).gpusPerBoard,
            vgpu: first.nvkm.supportVgpuMgr,
            registryDwords: first.nvkm.registryDwords,
          })
        })
      },
    }),
    verb({
      name: 'history',
      summary: 'the changes in the history of the state directory, newest last',
      examples: ['host history', 'host history --max 5', 'host history -o json'],
      options: { max: { value: 'N', summary: 'only the newest N', parse: parseCount }, ...LISTING },
      args: {},
      changes: false,
      async run(context, { options }) {
        const entries = (await openStore(context)).history(options.max)
        return listed(
          HISTORY,
          entries.map(({ seq, id, time, command, patch }) => ({ seq, id, time, command, changes: patch.length })),
          options,
          options.max === 0 ? 'no change was asked for' : 'nothing has been changed yet',
        )
      },
    }),
    verb({
      name: 'fsck',
      summary: 'check every file of the state directory; status 8 if something is lost',
      examples: ['host fsck', 'host fsck --repair'],
      options: { repair: { summary: 'restore damaged files as far as possible, set foreign files aside' } },
      args: {},
      changes: false,
      async run(context, { options }) {
        const { stateProblems } = await import('../../app/diagnose-state.ts')
        const report = (await openStore(context, stateProblems)).fsck({ repair: options.repair })
        const findings = report.findings.map((finding) => ({ ...finding, mend: finding.mend ?? null }))
        const answer = list(FINDINGS, findings, `nothing is wrong; the newest change is number ${report.seq}`)
        return report.ok ? answer : { ...answer, status: REFUSALS.corrupt.status }
      },
    }),
    verb({
      name: 'export',
      summary: 'the whole host as canonical JSON: same calls, same bytes',
      examples: ['host export > host.json', 'host export host.json'],
      options: {},
      args: { file: { summary: 'the file; default: standard output', optional: true, complete: 'file' } },
      changes: false,
      async run(context, { args }) {
        const { canonicalJson } = await import('../../store/json/canonical.ts')
        const text = await readHost(context, (state) => canonicalJson(state))
        if (args.file === undefined || args.file === '-') return { raw: text }
        await writeOutput(context, args.file, new TextEncoder().encode(text))
        return { raw: '' }
      },
    }),
    verb({
      name: 'import',
      summary: 'replace this host by an exported one',
      examples: ['host import host.json', 'host import --force - < host.json'],
      options: { force: FORCE },
      args: { file: { summary: 'the file, - for standard input', complete: 'file' } },
      changes: true,
      async run(context, { options, args }) {
        const { readHostFile } = await import('../../app/documents/host-file.ts')
        const imported = await readHostFile(args.file, readInput(context, args.file))
        return replace(context, options.force, () => structuredClone(imported))
      },
    }),
  ],
}

/** Replaces the whole state in one transaction; a host in use needs force. */
async function replace(context: Context, force: boolean, make: (old: HostState) => HostState): Promise<Answer> {
  const { lostVgpus, namedVgpus } = await import('../../engine/verbs/lost-vgpus.ts')
  const change = await changeHost(context, (state): Change<HostView> => {
    const vgpus = namedVgpus(state)
    if (!force) refuseInUse(hostView(state), [...vgpus.values()])
    Object.assign(
      state,
      forced(force, () => make(state)),
    )
    const without = boardsWithoutVgpus(state.gpus, profileOf(state))
    return { changed: true, items: [hostView(state)], warnings: [...lostVgpus(vgpus, state), ...without] }
  })
  return changed(HOSTS, change)
}

/** Runs a step whose refusal may name another `host init`: with --force if this one had it. */
function forced<R>(force: boolean, act: () => R): R {
  try {
    return act()
  } catch (error) {
    if (!force || !(error instanceof NvError) || !error.hint?.startsWith('nvgpu host init ')) throw error
    const { errno, code, at, message, object } = error
    throw new NvError({ errno, code, at, message, hint: `${error.hint} --force`, ...given({ object }), cause: error })
  }
}

function refuseInUse(view: HostView, vgpus: readonly string[]): void {
  const held = [
    ...vgpus,
    view.vfs > 0 ? `${view.vfs} VFs` : '',
    view.uploadedTypes > 0 ? `${view.uploadedTypes} uploaded types` : '',
    view.definitions > 0 ? `${view.definitions} definitions` : '',
  ].filter((part) => part !== '')
  if (held.length === 0) return
  throw new NvError({
    errno: 'EBUSY',
    code: 'busy',
    at: 'host',
    message: `the host has ${held.join(', ')}, which would be lost`,
    hint: 'repeat with --force, or save it first: nvgpu host export FILE',
  })
}

/** `host init` uses one kind of board; an imported host may have several. */
function mixedBoards(): NvError {
  return new NvError({
    errno: 'EOPNOTSUPP',
    code: 'unsupported',
    at: 'host reset',
    message: 'the GPUs are of several boards, and only a host of one board can be reset',
    hint: 'nvgpu host init --board BOARD --force',
  })
}
