import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FitView, MoveView } from '../../src/contract/views/plan.ts'
import { Bench, type Outcome } from '../cli/captured-io.ts'
import { proves } from '../planner/checker.ts'
import type { Amount, Result } from './part.ts'
import { type Random, seeded } from './random.ts'

const SIZES = ['1Q', '2Q', '4Q', '8Q', '16Q', '24Q']
/** One directory in so many is also defragmented by a process that is killed. */
const KILLED = 10
/** A command takes about so long, ms: it is killed at any time of it. */
const LONGEST = 2_000

interface Counts {
  fits: number
  moved: number
  bounded: number
  none: number
  kills: number
  undone: number
}

/**
 * Defragments random state directories for vGPUs that do not fit: afterwards they are really created, the migrations are as few as
 * the certificate proves, and no vGPU is lost. A killed command leaves the host as it was or as it is afterwards.
 */
export async function defragmentedHosts({ seed, rounds = 1_000, milliseconds }: Amount): Promise<Result> {
  const end = Date.now() + (milliseconds ?? Number.POSITIVE_INFINITY)
  const failures: string[] = []
  const counts: Counts = { fits: 0, moved: 0, bounded: 0, none: 0, kills: 0, undone: 0 }
  let moves = 0
  let hosts = 0
  for (; hosts < rounds && Date.now() <= end; hosts += 1) {
    const random = seeded(seed + hosts)
    const bench = new Bench()
    try {
      await populate(bench, random)
      const asked = Array.from(
        { length: 1 + random.below(3) },
        () => `L40-${random.pick(['8Q', '16Q', '24Q', '24Q', '48Q'])}`,
      )
      if (hosts % KILLED === 0) await killOne(bench, asked, random, counts)
      moves += await defragmentOne(bench, asked, counts)
    } catch (error) {
      failures.push(`seed ${seed + hosts}: ${error instanceof Error ? error.message : error}`)
    } finally {
      bench.dispose()
    }
  }
  const { fits, moved, bounded, none, kills, undone } = counts
  const ends = `${fits} needed none, ${moved} defragmented with ${moves} migrations (${bounded} with a bound only), ${none} cannot`
  return { counts: `${hosts} directories: ${ends}; ${kills} kills, ${undone} before the change`, failures }
}

async function must(bench: Bench, line: string): Promise<Outcome> {
  const outcome = await bench.sh(line)
  if (outcome.status !== 0) throw new Error(`${line}: ${outcome.stderr}`)
  return outcome
}

/** Two or three GPUs in either mode, with vGPUs in any place and state. */
async function populate(bench: Bench, random: Random): Promise<void> {
  const gpus = 2 + random.below(2)
  await must(bench, `host init --gpus ${gpus} --profile ${random.pick(['v2', 'vgpu17'])}`)
  for (let gpu = 0; gpu < gpus; gpu += 1) {
    await must(bench, `vf enable ${random.pick([6, 16, 32])} --gpu ${gpu}`)
    if (random.chance(0.7)) await must(bench, `gpu mode heterogeneous --gpu ${gpu}`)
    let size = random.pick(SIZES)
    for (let i = 3 + random.below(6); i > 0; i -= 1) {
      if (random.chance(0.8)) size = random.pick(SIZES)
      const place = random.pick([
        '',
        '',
        ' --placement-id 12',
        ' --placement-id 16',
        ' --placement-id 24',
        ' --placement-id 36',
      ])
      await bench.sh(`vgpu create --type L40-${size} --gpu ${gpu}${place}${random.chance(0.3) ? ' --no-start' : ''}`)
    }
  }
  const vgpus = (await must(bench, 'vgpu list --all -q')).stdout.split('\n').filter((word) => word !== '')
  for (const uuid of vgpus) {
    if (random.chance(0.3)) await must(bench, `vgpu destroy ${uuid}`)
    else if (random.chance(0.15)) await bench.sh(`vgpu suspend ${uuid}`)
  }
}

/** @returns the number of migrations */
async function defragmentOne(bench: Bench, asked: readonly string[], counts: Counts): Promise<number> {
  const types = asked.join(' ')
  const before = await vgpusOf(bench)
  const best = fitOf(await bench.sh(`fit ${types} --optimal -o json`))
  const outcome = await bench.sh(`defragment ${types} -o json`)
  if (best.enable.length > 0 || outcome.status === 5) {
    if (outcome.status === 5 && best.leftOut.length === 0 && best.enable.length === 0)
      throw new Error(`fit has a plan and defragment has none: ${outcome.stdout}`)
    counts.none += 1
    return 0
  }
  if (outcome.status !== 0) throw new Error(`defragment ${types}: ${outcome.stderr}${outcome.stdout}`)
  const made = (JSON.parse(outcome.stdout) as { items: MoveView[] }).items
  if (!best.proof || !proves(best.proof.certificate)) throw new Error('the certificate does not prove its bound')
  if (best.exact && made.length !== best.moves.length)
    throw new Error(`${made.length} migrations, ${best.moves.length} do`)
  if (best.exact && best.proof.certificate.bound !== made.length && best.proof.bound !== made.length)
    throw new Error(`${made.length} migrations, ${best.proof.bound} are proved`)
  const after = await vgpusOf(bench)
  if (after !== before) throw new Error(`vGPUs before: ${before}; after: ${after}`)
  if ((await bench.sh('host fsck')).status !== 0) throw new Error('fsck finds something')
  for (const { vgpuType, gpu, placementId } of fitOf(await must(bench, `fit ${types} -o json`)).placed)
    await must(
      bench,
      `vgpu create --type ${vgpuType.id} --gpu ${gpu}${placementId === null ? '' : ` --placement-id ${placementId}`}`,
    )
  if (!best.exact) counts.bounded += 1
  counts[made.length === 0 ? 'fits' : 'moved'] += 1
  return made.length
}

function fitOf({ stdout, stderr }: Outcome): FitView {
  if (stdout === '') throw new Error(stderr)
  const [item] = (JSON.parse(stdout) as { items: FitView[] }).items
  if (!item) throw new Error(`no answer: ${stdout}`)
  return item
}

/** UUID, type and state of every vGPU, by UUID. */
async function vgpusOf(bench: Bench): Promise<string> {
  const { items } = JSON.parse((await must(bench, 'vgpu list --all -o json')).stdout) as {
    items: { uuid: string; state: string; vgpuType: { id: number } }[]
  }
  return items
    .map(({ uuid, state, vgpuType }) => `${uuid} ${vgpuType.id} ${state}`)
    .sort()
    .join(', ')
}

/** Kills a defragmentation of a copy of the directory. */
async function killOne(bench: Bench, asked: readonly string[], random: Random, counts: Counts): Promise<void> {
  const copy = path.join(bench.dir, 'killed')
  fs.cpSync(bench.stateDir, copy, { recursive: true })
  const env = { ...process.env, NVGPU_STATE_DIR: copy }
  const child = spawn(process.execPath, ['bin/nvgpu.cjs', 'defragment', ...asked], { env, stdio: 'ignore' })
  const ended = new Promise((resolve) => child.on('exit', resolve))
  await Promise.race([sleep(random.below(LONGEST)), ended])
  child.kill('SIGKILL')
  await ended
  const look = async (dir: string) =>
    (await bench.run(['--state-dir', dir, 'vgpu', 'list', '--all', '-o', 'json'])).stdout
  const [was, left] = [await look(bench.stateDir), await look(copy)]
  const whole = await bench.run(['--state-dir', copy, 'defragment', ...asked])
  counts.kills += 1
  if (left === was) counts.undone += 1
  if (left !== was && whole.stdout !== '') throw new Error('a killed command left some of its migrations')
  if ((await bench.run(['--state-dir', copy, 'host', 'fsck'])).status !== 0)
    throw new Error('fsck finds something after a kill')
}
