import type { Amount, Result } from './part.ts'
import { type Random, seeded } from './random.ts'
import type { Scene } from './scenes.ts'
import { Stage } from './stage.ts'
import { type Point, recordPoints, tamper, whyNoStrace } from './strace.ts'
import { inPairs } from './trials.ts'

const UUIDS = ['11111111-2222-4333-8444-555555555555', '66666666-7777-4888-8999-aaaaaaaaaaaa']

/** Other vGPUs in the place of those there are. */
const APPLY: Scene = {
  verb: 'apply',
  before: ['apply -f @old.yaml'],
  line: 'apply -f @new.yaml',
  files: {
    'old.yaml': 'gpus: [{gpu: 0, vfs: 8}]\nvgpus: [{type: L40-4Q, count: 4}]\n',
    'new.yaml': `gpus: [{gpu: 0, vfs: 4}]\nvgpus: [${UUIDS.map((uuid) => `{type: L40-8Q, uuid: ${uuid}}`).join()}]\n`,
  },
}

/**
 * Attempts at a point: which of Node's threads is the first to ask how many processors there are differs from run to run,
 * and strace counts the calls of the main thread only. One run in eight is out of step with the others.
 */
const AIMS = 20

/** Sends SIGINT to an apply at its system calls: it leaves the old host up to one of them, and the new one from there on. */
export async function interruptedApply(amount: Amount): Promise<Result> {
  const { seed, rounds = Number.POSITIVE_INFINITY, milliseconds = Number.POSITIVE_INFINITY } = amount
  const skipped = whyNoStrace()
  if (skipped) return { counts: '', failures: [], skipped }
  const end = Date.now() + milliseconds
  const stage = new Stage()
  const failures: string[] = []
  const left: { at: number; state: 'old' | 'new' }[] = []
  try {
    const place = await stage.set(APPLY, true)
    const before = await stage.look(place)
    const { points, after } = await undisturbed(stage, place)
    const chosen = spread([...points.keys()], rounds, seeded(seed))
    let missed = 0
    await inPairs(chosen, async (at) => {
      const point = points[at]
      for (let aim = 1; point && aim <= AIMS && Date.now() <= end; aim++) {
        const { hit, state, wrong } = await interrupt(stage, place, point, before, after)
        if (wrong) failures.push(`at ${point.call} ${point.number} (${point.subject}): ${wrong}`)
        if (hit && state) left.push({ at, state })
        if (hit) return
      }
      if (Date.now() <= end) missed++
    })
    if (missed > chosen.length / 10)
      failures.push(`${missed} of ${chosen.length} points were missed ${AIMS} times each`)
    const old = left.filter(({ state }) => state === 'old').map(({ at }) => at)
    const fresh = left.filter(({ state }) => state === 'new').map(({ at }) => at)
    // a run that is out of time may not have come to either
    if (Date.now() <= end && (old.length === 0 || fresh.length === 0))
      failures.push('it is never the old host, or never the new one, that is left')
    if (Math.min(...fresh) <= 3) failures.push(`the new host is there at call ${Math.min(...fresh)} already`)
    if (Math.max(...old) > Math.min(...fresh))
      failures.push(`the old host is there at call ${Math.max(...old)}, and the new one at ${Math.min(...fresh)}`)
    const counts = `${left.length} of ${points.length} calls, the old host at ${old.length}, the new one at ${fresh.length}, ${missed} never hit`
    return { counts, failures }
  } finally {
    stage.dispose()
  }
}

/** Where the command can be hit, as two runs in a row have it, and the host it makes. */
async function undisturbed(stage: Stage, place: string): Promise<{ points: Point[]; after: string }> {
  let known = ''
  for (;;) {
    const copy = stage.copy(place)
    const { points, ending } = await recordPoints(copy, APPLY.line)
    if (ending.status !== 0) throw new Error(ending.stderr)
    const after = await stage.look(copy)
    stage.remove(copy)
    const now = JSON.stringify(points)
    if (now === known) return { points, after }
    known = now
  }
}

/** Interrupts the command once. Another call than meant that was hit leaves one of the two hosts as well. */
async function interrupt(stage: Stage, place: string, point: Point, before: string, after: string) {
  const copy = stage.copy(place)
  const { ending, hit: subject } = await tamper(copy, APPLY.line, point, 'signal=INT')
  const now = await stage.look(copy)
  stage.remove(copy)
  const hit = subject === point.subject
  const state = now === before ? ('old' as const) : now === after ? ('new' as const) : undefined
  const interrupted = ending.signal === 'SIGINT' || ending.status === 130
  let wrong: string | undefined
  if (state === undefined) wrong = 'the change is there in part'
  else if (ending.stderr !== '') wrong = `it says ${ending.stderr}`
  else if (state === 'old' && ending.stdout !== '') wrong = `it says ${ending.stdout}, and the change is not there`
  // at the very last call, which is the end of the process, the signal may come too late
  else if (hit && point.call !== 'exit_group' && !interrupted) wrong = `it ends with status ${ending.status}`
  return { hit, state, wrong }
}

/** At most so many of the items: one, by chance, out of each of as many stretches of the same length. */
function spread<T>(items: readonly T[], most: number, random: Random): T[] {
  const count = Math.min(most, items.length)
  const start = (stretch: number) => Math.floor((stretch * items.length) / count)
  return Array.from({ length: count }, (_, stretch) => random.pick(items.slice(start(stretch), start(stretch + 1))))
}
