import { resolve } from 'node:path'
import type { Random } from './random.ts'
import type { Scene } from './scenes.ts'
import type { Stage } from './stage.ts'
import { words } from './stage.ts'
import { type Ending, ended, type Point, recordPoints } from './strace.ts'

/** A scene ready to be tried: where it is set, what it looks like before and after, and where it can be hit. */
export interface Trial {
  readonly scene: Scene
  readonly checkpoint: boolean
  readonly place: string
  readonly before: string
  readonly after: string
  readonly points: readonly Point[]
}

/** Where a trial was hit, for a message. */
export interface Hit {
  readonly trial: Trial
  readonly point: Point
  readonly how: string
}

const OPERATION = 'the-one'

/** The command line of a trial, with an operation id where it may have one: so its repetition is exactly-once. */
export function lineOf(scene: Scene): string {
  return scene.several ? scene.line : `${scene.line} --operation-id ${OPERATION}`
}

/** Sets a scene, runs its command once undisturbed, and lists every call at which it could have been hit. */
export async function prepareTrial(stage: Stage, scene: Scene, checkpoint: boolean): Promise<Trial> {
  const place = await stage.set(scene, checkpoint)
  const before = await stage.look(place)
  const undisturbed = stage.copy(place)
  const { points, ending } = await recordPoints(undisturbed, lineOf(scene))
  if (ending.status !== 0) throw new Error(`${scene.verb}: ${ending.stderr}`)
  const after = await stage.look(undisturbed)
  if (after === before) throw new Error(`${scene.verb}: ${scene.line} changes nothing`)
  stage.remove(undisturbed)
  return { scene, checkpoint, place, before, after, points }
}

/** What is wrong after a hit, if anything. */
export type Judge = (stage: Stage, place: string, hit: Hit, ending: Ending) => Promise<string | undefined>

/**
 * After a command that was hit: it loads, the change is there whole or not at all, fsck has nothing against it, and the
 * same command with the same operation id then makes or confirms it, once.
 */
export const judgeState: Judge = async (stage, place, { trial }, ending) => {
  const { scene, before, after } = trial
  if (scene.several) return judgeSeveral(stage, place, trial)
  const now = await stage.look(place)
  if (now !== before && now !== after) return 'the change is there in part'
  if (ending.stdout !== '' && now !== after) return `it was acknowledged (${ending.stdout.trim()}) and is not there`
  const again = await ended(process.execPath, [resolve('bin/nvgpu.cjs'), ...words(place, lineOf(scene))], place)
  if (again.status !== 0) return `the repetition ends with status ${again.status}: ${again.stderr}`
  if ((await stage.look(place)) !== after) return 'the repetition does not lead to the change made once'
  return judgeFiles(stage, place)
}

/** A change of several commits: the next command on each host brings it to an end, and a vGPU runs in exactly one place. */
async function judgeSeveral(stage: Stage, place: string, { scene, before, after }: Trial): Promise<string | undefined> {
  await stage.look(place)
  const hosts = scene.verb === 'migrate' ? ['', ' --state-dir #there'] : ['']
  for (const host of hosts) {
    const { status, stderr } = await stage.run(place, `host advance 1us${host}`)
    if (status !== 0) return `the next command ends with status ${status}: ${stderr}`
  }
  let running = 0
  for (const host of hosts) {
    const { stdout } = await stage.run(place, `vgpu list -o json${host}`)
    running += JSON.parse(stdout).items.filter((vgpu: { state: string }) => vgpu.state === 'running').length
  }
  const expected = countRunning(before)
  if (running !== expected) return `${running} vGPUs run on all hosts, and it should be ${expected}`
  if (expected !== countRunning(after)) return 'the undisturbed command lost or made a vGPU'
  return judgeFiles(stage, place)
}

function countRunning(looks: string): number {
  return looks.split('"state": "running"').length - 1
}

async function judgeFiles(stage: Stage, place: string): Promise<string | undefined> {
  const { status, stdout } = await stage.run(place, 'host fsck')
  return status === 0 ? undefined : `fsck: ${stdout}`
}

/** Every point of every trial with every way to hit it; a sample of them, evenly over the trials, if `most` is less. */
export function choose(hits: readonly Hit[], most: number, random: Random): Hit[] {
  const left = [...hits]
  const chosen: Hit[] = []
  while (left.length && chosen.length < most) {
    const at = random.below(left.length)
    const [hit] = left.splice(at, 1)
    if (hit) chosen.push(hit)
  }
  return chosen
}

/** Runs tasks, two at a time. */
export async function inPairs<T>(items: readonly T[], task: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items]
  const work = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await task(item)
  }
  await Promise.all([work(), work()])
}

export function nameOf({ trial, point, how }: Hit): string {
  const { scene, checkpoint } = trial
  return `${scene.line}${checkpoint ? ' (with a checkpoint)' : ''}: ${how} at ${point.call} ${point.number} (${point.subject})`
}
