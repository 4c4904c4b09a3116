import { deviceEvent } from '../../app/callouts/events.ts'
import type { CalloutSettings } from '../../app/callouts/settings.ts'
import { withCallouts } from '../../app/callouts/with-callouts.ts'
import { given } from '../../app/given.ts'
import { changeHost, readHost, tryHost } from '../../app/transaction.ts'
import { usageError } from '../../app/usage.ts'
import { parseCount, parseLabel, parseName, parseSelector, parseType, parseUuid, parseVm } from '../../app/values.ts'
import type { Change } from '../../contract/views/change.ts'
import type { ListedVgpuView, VgpuView } from '../../contract/views/vgpu.ts'
import type { HostState } from '../../engine/state.ts'
import type { StartRequest } from '../../engine/verbs/start-defined.ts'
import { listedVgpu, listVgpus } from '../../engine/views/listed-vgpu.ts'
import { vgpuLines } from '../../engine/views/vgpu.ts'
import { shortTypeName } from '../../errors/type-name.ts'
import { changed, detail, list } from '../../render/answer.ts'
import { DEFINED_VGPUS, VGPU_LINES, VGPUS, vgpuSheet } from '../../render/vgpu.ts'
import { CALLOUT_OPTIONS } from '../callout-options.ts'
import type { Context } from '../context.ts'
import { LISTING, listed, selects } from '../listing.ts'
import { GPU_OPTION, GPU_TARGET, gpuWords, VGPU_ARGUMENT, VM_UUID, vmUuidOf } from '../selectors.ts'
import { type NounSpec, nounOf, verb } from '../spec.ts'
import { STATS_OPTIONS } from '../stats-options.ts'
import { parseHowMany } from '../type-count.ts'
import { ALL, TARGETS, targets } from '../vgpu-targets.ts'
import { DEFINE_VERBS } from './vgpu-define.ts'
import { SAVE_VERBS } from './vgpu-save.ts'

const NO_VGPU = 'there is no vGPU; hint: nvgpu vgpu create --type TYPE'

const VM = { value: 'VM', summary: 'name or UUID of the VM that opens it', parse: parseVm } as const

export const vgpu: NounSpec = nounOf('vgpu', {
  create: () =>
    verb({
      name: 'create',
      summary: 'select a type on a free VF and start a vGPU there; prints its UUID',
      examples: [
        'vgpu create --type L40-4Q',
        'vgpu create --type L40-4Q --name desk7 --vf 0000:c1:00.5',
        'vgpu create --type 874 --gpu 1 --no-start',
        'vgpu create --type L40-4Q --count 8 --name desk{n}',
        'vgpu create --type A100-2-10C --gpu-instance 3',
      ],
      options: {
        type: {
          short: 't',
          value: 'TYPE',
          summary: 'name, number or nvidia-NUMBER of the type',
          required: true,
          parse: parseType,
          complete: 'type',
        },
        gpu: { ...GPU_OPTION, summary: 'the GPU; else the first on which it fits' },
        vf: { value: 'VF', summary: 'the VF; else the first free one', parse: parseSelector, complete: 'vf' },
        uuid: { short: 'u', value: 'UUID', summary: 'its UUID; else a random one', parse: parseUuid },
        name: {
          short: 'n',
          value: 'NAME',
          summary: 'a name for people; of several NAME-1, NAME-2, or their number in place of {n}',
          parse: parseName,
        },
        count: { value: 'N', summary: 'as many vGPUs, all or none', parse: parseHowMany },
        placementId: {
          value: 'SLOT',
          summary: 'its first slot, if the GPU’s mode has placement ids; else the first free one',
          parse: parseCount,
        },
        gpuInstance: {
          value: 'ID',
          summary: 'the GPU instance of a MIG-backed type; else the first free one of its profile',
          parse: parseCount,
        },
        vm: VM,
        vmUuid: VM_UUID,
        noStart: { summary: 'only select the type; start it later' },
        persist: { summary: 'define it too, as it is: see vgpu define' },
        auto: { short: 'a', summary: 'define it too, to be started at boot' },
        ifNotExists: { summary: 'do nothing if the UUID or name exists already' },
        ...CALLOUT_OPTIONS,
      },
      args: {},
      changes: true,
      async run(context, { options }) {
        const { create } = await import('../create-vgpus.ts')
        return changed(VGPUS, await create(context, options), { namesInPipe: true })
      },
    }),
  list: () =>
    verb({
      name: 'list',
      summary: 'a line for each live or defined vGPU',
      examples: [
        'vgpu list',
        'vgpu list --all',
        'vgpu list -o wide',
        'vgpu list --gpu 0 -q',
        'vgpu list --defined --dumpjson',
        'vgpu list --filter state=running --sort-by vgpuType.name,-gpu',
      ],
      options: {
        gpu: GPU_OPTION,
        active: { summary: 'live vGPUs; the default without --defined' },
        defined: { short: 'd', summary: 'defined vGPUs' },
        all: { summary: 'both' },
        dumpjson: { summary: 'as mdevctl list --dumpjson prints them' },
        callouts: CALLOUT_OPTIONS.callouts,
        ...LISTING,
      },
      args: {},
      changes: false,
      async run(context, { options }) {
        const defined = options.all || options.defined
        const active = options.all || options.active || !options.defined
        const noVgpu = `${NO_VGPU}${gpuWords(options.gpu)}`
        const chooses = selects(options)
        if (chooses && options.dumpjson) throw usageError('--dumpjson takes neither --filter nor --sort-by')
        if (!defined && !chooses && !options.dumpjson && ['table', 'name'].includes(context.settings.format)) {
          return list(VGPU_LINES, await readHost(context, (state) => vgpuLines(state, options.gpu)), noVgpu)
        }
        const vgpus = await readHost(context, (state) => listVgpus(state, { gpu: options.gpu, active, defined }))
        if (options.dumpjson) return (await import('./vgpu-dump.ts')).dump(context, options.callouts, vgpus, defined)
        if (!defined) return listed(VGPUS, vgpus, options, noVgpu)
        return listed(DEFINED_VGPUS, vgpus, options, 'no vGPU is defined; hint: nvgpu vgpu define --type TYPE')
      },
    }),
  show: () =>
    verb({
      name: 'show',
      summary: 'state, place, resources, plugin task and definition of a vGPU',
      examples: ['vgpu show desk7', 'vgpu show 6f1c -o json', 'vgpu show c1:00.4', 'vgpu show desk7 --dumpjson'],
      options: { dumpjson: { summary: 'its configuration as mdevctl keeps it in a file' } },
      args: { vgpu: VGPU_ARGUMENT },
      changes: false,
      async run(context, { options, args }) {
        const item = await readHost(context, (state) => listedVgpu(state, args.vgpu))
        if (options.dumpjson) return { raw: (await import('./vgpu-dump.ts')).configText(item) }
        return detail(VGPUS, [item], vgpuSheet)
      },
    }),
  stop: () =>
    verb({
      name: 'stop',
      summary: 'power off: release framebuffer and channels; type, UUID and VF stay',
      examples: ['vgpu stop desk7', 'vgpu stop --all', 'vgpu stop --gpu 1'],
      options: { all: ALL, gpu: GPU_TARGET },
      args: { vgpu: TARGETS },
      changes: true,
      async run(context, { options, args }) {
        const { stopVgpus } = await import('../../engine/verbs/vgpus.ts')
        const request = targets('stop', args.vgpu, options)
        return changed(VGPUS, await changeHost(context, (state) => stopVgpus(state, request)))
      },
    }),
  start: () =>
    verb({
      name: 'start',
      summary: 'power on configured vGPUs; create named vGPUs that are only defined',
      examples: ['vgpu start desk7', 'vgpu start desk7 --vm win11', 'vgpu start --all'],
      options: {
        all: { summary: 'all configured vGPUs, or with --gpu all on that GPU' },
        gpu: GPU_TARGET,
        vm: VM,
        vmUuid: VM_UUID,
        ...CALLOUT_OPTIONS,
      },
      args: { vgpu: TARGETS },
      changes: true,
      async run(context, { options, args }) {
        const vm = given({ vm: options.vm, vmUuid: options.vmUuid })
        const request = { ...targets('start', args.vgpu, options), ...vm }
        return changed(VGPUS, await start(context, request, options))
      },
    }),
  attach: () =>
    verb({
      name: 'attach',
      summary: 'start a configured vGPU for a VM; shows the guest’s driver and displays',
      examples: [
        'vgpu attach desk7 --vm win11 --guest-os windows',
        'vgpu attach 6f1c --vm train --guest-os linux --policy ignores',
        'vgpu attach desk7 --vm calc --guest-os windows --tcc',
      ],
      options: {
        gpu: { ...GPU_OPTION, summary: 'the GPU, if several have the name' },
        vm: { ...VM, summary: 'the VM; it may have other vGPUs already', required: true },
        vmUuid: VM_UUID,
        guestOs: {
          value: 'OS',
          summary: 'linux, windows, or a system by name (ubuntu-24.04, win11)',
          required: true,
          parse: parseLabel,
        },
        policy: {
          value: 'POLICY',
          summary: 'reaction of the VM to a removal request: closes (default) or ignores',
          choices: ['closes', 'ignores'],
        },
        tcc: { summary: 'the Windows driver is in compute mode' },
      },
      args: { vgpu: VGPU_ARGUMENT },
      changes: true,
      async run(context, { options, args }) {
        const { attachVgpu } = await import('../../engine/verbs/attach.ts')
        const { gpu, vm, guestOs, policy, tcc } = options
        const request = {
          vgpu: args.vgpu,
          vm,
          ...vmUuidOf(options),
          guestOs,
          tcc,
          ...given({ policy, gpu }),
        }
        return changed(ATTACHED, await changeHost(context, (state) => attachVgpu(state, request)))
      },
    }),
  guest: () =>
    verb({
      name: 'guest',
      summary: 'boot the guest of a running vGPU, change its driver, or license it',
      examples: [
        'vgpu guest boot desk7',
        'vgpu guest driver desk7 550.54.15',
        'vgpu guest driver desk7 none',
        'vgpu guest license desk7 2027-01-31T12:00:00Z',
        'vgpu guest license desk7 none',
      ],
      options: { gpu: { ...GPU_OPTION, summary: 'the GPU, if several have the name' } },
      args: {
        action: { summary: 'boot, driver or license', choices: ['boot', 'driver', 'license'] },
        vgpu: VGPU_ARGUMENT,
        value: {
          summary: 'driver: a release, or none; license: its end in UTC (2027-01-31T12:00:00Z), permanent, or none',
          optional: true,
        },
      },
      changes: true,
      async run(context, { options, args }) {
        const { guestVerb } = await import('../guest.ts')
        const request = { vgpu: args.vgpu, ...(options.gpu === undefined ? {} : { gpu: options.gpu }) }
        const change = guestVerb(args.action, request, args.value)
        return changed(VGPUS, await changeHost(context, change))
      },
    }),
  stats: () =>
    verb({
      name: 'stats',
      summary: 'utilisation of running vGPUs, from the samples the firmware has sent',
      examples: ['vgpu stats', 'vgpu stats desk7 --plot', 'vgpu stats --sparkline', 'vgpu stats --gpu 0 -o json'],
      options: { gpu: GPU_OPTION, ...STATS_OPTIONS },
      args: { vgpu: TARGETS },
      changes: false,
      async run(context, { options, args }) {
        return (await import('../stats.ts')).vgpuStatsAnswer(context, args.vgpu, options)
      },
    }),
  dmon: () =>
    verb({
      name: 'dmon',
      summary: 'utilisation second by second as nvidia-smi vgpu -u prints it; changes no state',
      examples: ['vgpu dmon', 'vgpu dmon -c 5', 'vgpu dmon -c 60 --gpu 0 -o csv'],
      options: {
        gpu: GPU_OPTION,
        count: { short: 'c', value: 'N', summary: 'seconds of virtual time; default 1', parse: parseCount },
      },
      args: {},
      changes: false,
      async run(context, { options }) {
        const { monitor } = await import('../../engine/verbs/stats.ts')
        const request = { rounds: options.count ?? 1, ...given({ gpu: options.gpu }) }
        const { VGPU_SAMPLES } = await import('../../render/stats.ts')
        return list(VGPU_SAMPLES, await tryHost(context, (state) => monitor(state, request)))
      },
    }),
  destroy: () =>
    verb({
      name: 'destroy',
      summary: 'stop, and free the VF for another type',
      examples: ['vgpu destroy desk7', 'vgpu destroy --all --gpu 0', 'vgpu destroy 6f1c --if-exists'],
      options: {
        all: ALL,
        gpu: GPU_TARGET,
        ifExists: { summary: 'no error for a missing vGPU' },
        ...CALLOUT_OPTIONS,
      },
      args: { vgpu: TARGETS },
      changes: true,
      async run(context, { options, args }) {
        const { destroyVgpus } = await import('../../engine/verbs/vgpus.ts')
        const request = { ...targets('destroy', args.vgpu, options), ifExists: options.ifExists }
        const destroy = (state: HostState) => destroyVgpus(state, request)
        const plan = async () => (await tryHost(context, destroy)).items.map((item) => deviceEvent('stop', item))
        return changed(GONE, await withCallouts(context, options, plan, () => changeHost(context, destroy)))
      },
    }),
  'encoder-capacity': () =>
    verb({
      name: 'encoder-capacity',
      summary: 'share of the encoders that a running vGPU may use; ends when it stops',
      examples: ['vgpu encoder-capacity desk7 50', 'vgpu encoder-capacity 6f1c 100'],
      options: {},
      args: {
        vgpu: { summary: 'a running vGPU', parse: parseSelector, complete: 'vgpu' },
        percent: { summary: '0 to 100', parse: parseCount },
      },
      changes: true,
      async run(context, { args }) {
        const { setEncoderCapacity } = await import('../../engine/verbs/encoder-capacity.ts')
        return changed(VGPUS, await changeHost(context, (state) => setEncoderCapacity(state, args)))
      },
    }),
  define: () => DEFINE_VERBS.define(),
  undefine: () => DEFINE_VERBS.undefine(),
  modify: () => DEFINE_VERBS.modify(),
  autostart: () => DEFINE_VERBS.autostart(),
  suspend: () => SAVE_VERBS.suspend(),
  resume: () => SAVE_VERBS.resume(),
  save: () => SAVE_VERBS.save(),
  restore: () => SAVE_VERBS.restore(),
})

/**
 * Starts vGPUs. Those that are only defined are created, between their callouts and on the VFs that these were told.
 */
async function start(context: Context, request: StartRequest, callouts: CalloutSettings): Promise<Change<VgpuView>> {
  const { startNamed } = await import('../../engine/verbs/start-defined.ts')
  const at: Record<string, string> = {}
  const plan = async () => {
    const created = await tryHost(context, (state) => {
      const absent = new Set(listVgpus(state, { active: false, defined: true }).flatMap(absentUuid))
      return startNamed(state, request).items.filter(({ uuid }) => absent.has(uuid))
    })
    for (const { uuid, vf } of created) at[uuid] = vf
    return created.map((item) => deviceEvent('start', item))
  }
  return withCallouts(context, callouts, plan, () =>
    changeHost(context, (state) => startNamed(state, { ...request, at })),
  )
}

function absentUuid({ state, uuid }: ListedVgpuView): string[] {
  return state === 'defined' ? [uuid] : []
}

/** The sentence of an attached vGPU, with its guest and displays. */
const ATTACHED: typeof VGPUS = {
  ...VGPUS,
  sentence: (item) =>
    `vGPU ${item.uuid} (${shortTypeName(item.vgpuType.name)}) runs in VM ${item.vm} (${item.guestOs}), guest driver ${item.guestDriver ?? 'not loaded'}, displays ${item.displays.join(' or ')}`,
}

/** Destroyed vGPUs are shown in their last state; the sentence must not say that they still run. */
const GONE: typeof VGPUS = {
  ...VGPUS,
  sentence: (item) => `vGPU ${item.uuid} (${shortTypeName(item.vgpuType.name)}) destroyed on ${item.vf}`,
}
