import { resolve } from 'node:path'
import { given } from '../../app/given.ts'
import { parseRate } from '../../app/migration/rate.ts'
import { readHost } from '../../app/transaction.ts'
import { usageError } from '../../app/usage.ts'
import { parseCount, parseDuration, parseName, parseSelector, parseVm } from '../../app/values.ts'
import type { MigrationView } from '../../contract/views/migration.ts'
import { vgpuViews } from '../../engine/views/vgpu.ts'
import type { Answer } from '../../render/answer.ts'
import { changed } from '../../render/answer.ts'
import { MIGRATIONS, migrationSheet } from '../../render/migration.ts'
import { VGPUS } from '../../render/vgpu.ts'
import type { Context } from '../context.ts'
import { GPU_OPTION, VGPU_ARGUMENT } from '../selectors.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'

const RATE = 'as 10Gbit/s or 1.25GB/s'

export const migrate: NounSpec = {
  name: 'migrate',
  verbs: [
    verb({
      name: '',
      summary: 'move a running or paused vGPU to another state directory; the guest sees a pause',
      examples: [
        'migrate desk7 --to /srv/host-b',
        'migrate desk7 --to /srv/host-b --precopy --bandwidth 25Gbit/s --downtime-limit 50ms',
        'migrate 6f1c --to ../b --gpu 1 --dry-run -o json',
        'migrate 6f1c --abort --force',
      ],
      options: {
        to: { value: 'STATE_DIR', summary: 'state directory of the other host', complete: 'dir' },
        precopy: { summary: 'copy in rounds while the guest runs; stop it for the rest' },
        bandwidth: { value: 'RATE', summary: `between the hosts, ${RATE}; else 10Gbit/s`, parse: parseRate },
        downtimeLimit: {
          value: 'TIME',
          summary: 'stop the guest when the rest takes at most this long; default 300ms',
          parse: parseDuration,
        },
        rounds: { value: 'N', summary: 'maximum number of rounds; default 30', parse: parseCount },
        dirtyRate: { value: 'RATE', summary: 'write rate of the guest, in place of the model', parse: parseRate },
        gpu: { ...GPU_OPTION, summary: 'the GPU at the target; else the first on which it fits' },
        vf: { value: 'VF', summary: 'the VF at the target; else the first free one', parse: parseSelector },
        vm: { value: 'VM', summary: 'name or UUID of the VM at the target; else its current one', parse: parseVm },
        name: { value: 'NAME', summary: 'name of the vGPU at the target; else its current one', parse: parseName },
        abort: { summary: 'end a migration that a killed command left: the vGPU runs on the host that had it last' },
        force: { summary: 'with --abort, if the other directory is gone: confirm that the vGPU does not run there' },
      },
      args: { vgpu: VGPU_ARGUMENT },
      changes: true,
      // It makes several changes, on two hosts.
      resumes: true,
      async run(context, { options, args }) {
        if (context.io.env.NVGPU_OPERATION_ID) {
          throw usageError('migrate takes no --operation-id', { hint: 'unset NVGPU_OPERATION_ID' })
        }
        const { to, precopy, bandwidth, downtimeLimit, rounds, dirtyRate, gpu, vf, vm, name } = options
        if (options.abort) {
          if (to !== undefined) throw usageError('--abort ends a migration and cannot go with --to')
          return abortOne(context, args.vgpu, options.force)
        }
        if (options.force) throw usageError('--force goes with --abort')
        if (to === undefined || to === '') throw usageError('migrate needs --to STATE_DIR, or --abort')
        if (!precopy && (downtimeLimit !== undefined || rounds !== undefined || dirtyRate !== undefined)) {
          throw usageError('--downtime-limit, --rounds and --dirty-rate go with --precopy')
        }
        if (rounds === 0) throw usageError('--rounds takes 1 or more')
        return moveOne(context, to, {
          selector: args.vgpu,
          place: {
            ...given({ gpu, vf, vm, name }),
          },
          copy: {
            precopy,
            ...given({ bandwidth, downtimeLimit, maxRounds: rounds }),
          },
          ...given({ dirtyRate }),
        })
      },
    }),
  ],
}

type Request = Parameters<typeof import('../../app/migration/migrate.ts').migrate>[2]

async function moveOne(context: Context, to: string, request: Request): Promise<Answer> {
  const [moves, { settleFor, sideOf }, { refuseInState }] = await Promise.all([
    import('../../app/migration/migrate.ts'),
    import('../../app/migration/pending.ts'),
    import('../../app/not-in-state.ts'),
  ])
  const peerOf = sideOf(context)
  const source = peerOf(context.settings.stateDir)
  const target = peerOf(to)
  if (source.dir === target.dir) throw usageError(`${to} is the directory of this host`)
  refuseInState(context, to)
  moves.requireHost(target, request.selector)
  if (context.settings.dryRun) return answer(moves.rehearse(source, target, request, context.io.uuid()), [])
  settleFor(context)
  settleFor(context, target.dir)
  const { view, warnings } = moves.migrate(source, target, request, () => context.io.uuid())
  return answer(view, warnings)
}

function answer(view: MigrationView, warnings: string[]): Answer {
  return changed(
    { ...MIGRATIONS, picture: (items) => migrationSheet(items) },
    { changed: true, items: [view], warnings },
  )
}

async function abortOne(context: Context, vgpu: string, force: boolean): Promise<Answer> {
  const [{ abort }, { sideOf }] = await Promise.all([
    import('../../app/migration/migrate.ts'),
    import('../../app/migration/pending.ts'),
  ])
  const peerOf = sideOf(context)
  if (context.settings.dryRun) throw usageError('--abort reads another directory and has no --dry-run')
  const outcome = abort(peerOf(resolve(context.settings.stateDir)), vgpu, force, peerOf)
  const here = await readHost(context, (state) => vgpuViews(state))
  const items = here.filter(({ uuid, name }) => uuid.startsWith(vgpu.toLowerCase()) || name === vgpu)
  const warnings = {
    nothing: [`no migration of ${vgpu} is under way`],
    'runs-there': [`the migration had arrived: ${vgpu} is on the other host`],
    'runs-here': [],
  }[outcome]
  return changed(VGPUS, { changed: outcome !== 'nothing', items, warnings })
}
