import { SMI_STATUS } from '../../src/cli/smi/outcome.ts'
import type { Amount, Result } from './part.ts'
import { type Random, seeded } from './random.ts'
import { SCENES } from './scenes.ts'
import { Stage } from './stage.ts'
import { type Ending, type Point, tamper, whyNoStrace } from './strace.ts'
import { choose, type Hit, inPairs, judgeState, lineOf, nameOf, prepareTrial, type Trial } from './trials.ts'

/** Kills every changing verb at its system calls: after each kill the change is there whole or not at all. */
export async function crashPoints(amount: Amount): Promise<Result> {
  return attack(amount, {
    ways: () => ['signal=KILL'],
    judge: async (stage, place, hit, ending) => {
      if (ending.signal !== 'SIGKILL' && ending.status !== 137) return 'it was not killed'
      return judgeState(stage, place, hit, ending)
    },
  })
}

/** What each call may fail with. */
const ERRORS: Readonly<Record<string, readonly string[]>> = {
  openat: ['EIO', 'ENOSPC', 'EMFILE', 'EACCES'],
  read: ['EIO'],
  pread64: ['EIO'],
  write: ['EIO', 'ENOSPC'],
  pwrite64: ['EIO', 'ENOSPC'],
  fsync: ['EIO', 'ENOSPC'],
  fdatasync: ['EIO', 'ENOSPC'],
  rename: ['EIO', 'ENOSPC', 'EACCES'],
  unlink: ['EIO', 'EACCES'],
  close: ['EIO'],
  getdents64: ['EIO'],
  mkdir: ['EIO', 'ENOSPC', 'EACCES'],
  statx: ['EIO', 'EACCES'],
  statfs: ['EIO'],
  chmod: ['EIO', 'EACCES'],
  fchmod: ['EIO', 'EACCES'],
}

/** Statuses that a failure below the program may end with: failed, not permitted, state not readable. */
const REFUSED = new Set([1, 7, 8])

/** Lets one system call fail: the command ends in success, or in a refusal with a mend after which nothing is changed. */
export async function ioErrors(amount: Amount): Promise<Result> {
  return attack(amount, {
    ways: ({ call, subject }) =>
      subject === 'exit' || subject === 'stdout' ? [] : (ERRORS[call] ?? []).map((errno) => `error=${errno}`),
    judge: async (stage, place, hit, ending) => {
      const now = await stage.look(place)
      const { before, after, scene } = hit.trial
      const asSmi = scene.verb === 'smi' && !ending.stderr.startsWith('nvgpu: ')
      const wrong = asSmi ? judgeSmi(ending) : judgeEnding(ending)
      if (wrong) return `${wrong}: ${ending.stderr}`
      const done = ending.status === 0
      const unknown = ending.stderr.includes('could not be confirmed')
      if (!scene.several && done && now !== after) return 'it ended well, and the change is not there'
      if (!scene.several && !done && !unknown && now !== before)
        return `it was refused, and something changed: ${ending.stderr}`
      return judgeState(stage, place, hit, { ...ending, stdout: done ? ending.stdout : '' })
    },
  })
}

function judgeEnding({ status, signal, stderr }: Ending): string | undefined {
  if (signal) return `it died of ${signal}`
  if (status === 0) return undefined
  if (status === null || !REFUSED.has(status)) return `its status is ${status}`
  if (/^ +at |internal error/m.test(stderr)) return 'it shows its insides'
  if (!/^nvgpu: .*\(E[A-Z]+\) \[[a-z-]+\]$/m.test(stderr)) return 'it does not name the error'
  return /^hint: /m.test(stderr) ? undefined : 'it says nothing to mend it with'
}

/**
 * nvidia-smi has statuses of its own, says on standard output what is wrong, and knows no mends. What it has no words for,
 * a state directory that cannot be read, is said as everywhere else.
 */
function judgeSmi({ status, signal, stdout, stderr }: Ending): string | undefined {
  if (signal) return `it died of ${signal}`
  if (!Object.values(SMI_STATUS).some((known) => known === status)) return `its status is ${status}`
  if (/^ +at |internal error/m.test(stdout + stderr)) return 'it shows its insides'
  return status === 0 || stdout + stderr !== '' ? undefined : 'it says nothing'
}

/** Points that may be missed however few there are. */
const FEW = 3
/** Attempts at a point: Node's own calls differ in number from run to run, and strace counts them all. */
const AIMS = 5

interface Attack {
  ways(point: Point): readonly string[]
  judge: typeof judgeState
}

async function attack(
  { seed, rounds = Number.POSITIVE_INFINITY, milliseconds }: Amount,
  { ways, judge }: Attack,
): Promise<Result> {
  const skipped = whyNoStrace()
  if (skipped) return { counts: '', failures: [], skipped }
  const end = Date.now() + (milliseconds ?? Number.POSITIVE_INFINITY)
  const random = seeded(seed)
  const stage = new Stage()
  const failures: string[] = []
  let attempts = 0
  let struck = 0
  let missed = 0
  try {
    const trials = await trialsFor(stage, rounds, random)
    const hits = trials.flatMap((trial) =>
      trial.points.flatMap((point) => ways(point).map((how): Hit => ({ trial, point, how }))),
    )
    await inPairs(choose(hits, rounds, random), async (hit) => {
      for (let aim = 1; aim <= AIMS && Date.now() <= end; aim++) {
        const { subject, wrong } = await attempt(stage, hit, judge)
        if (wrong) failures.push(`${nameOf(hit)}: ${wrong}`)
        attempts++
        if (subject !== hit.point.subject) continue
        struck++
        return
      }
      if (Date.now() <= end) missed++
    })
    if (missed > Math.max(FEW, struck / 50)) failures.push(`${missed} points were missed ${AIMS} times each`)
    const counts = `${struck} of ${hits.length} points of ${trials.length} commands, ${attempts} attempts, ${missed} never hit`
    return { counts, failures }
  } finally {
    stage.dispose()
  }
}

/** Hits a command once. Another call than meant that was hit is still a fair attack, and judged as one. */
async function attempt(stage: Stage, hit: Hit, judge: typeof judgeState) {
  const place = stage.copy(hit.trial.place)
  const { ending, hit: subject } = await tamper(place, lineOf(hit.trial.scene), hit.point, hit.how)
  // What is hit outside of the scene, or never comes, is nothing of the state's.
  const wrong = subject === undefined ? undefined : await failureOf(() => judge(stage, place, hit, ending))
  stage.remove(place)
  return { subject, wrong }
}

async function failureOf(judge: () => Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await judge()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** A small number of rounds does not pay for setting every scene. */
async function trialsFor(stage: Stage, rounds: number, random: Random): Promise<Trial[]> {
  const all = SCENES.flatMap((scene) =>
    (scene.before.length ? [false, true] : [false]).map((checkpoint) => ({ scene, checkpoint })),
  )
  const most = Math.max(3, Math.ceil(rounds / 6))
  while (all.length > most) all.splice(random.below(all.length), 1)
  const trials: Trial[] = []
  await inPairs(all, async ({ scene, checkpoint }) => {
    trials.push(await prepareTrial(stage, scene, checkpoint))
  })
  return trials
}
