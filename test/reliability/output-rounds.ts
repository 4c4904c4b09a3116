import { join } from 'node:path'
import type { Io } from '../../src/app/io.ts'
import { nodeIo } from '../../src/app/node-io.ts'
import { run } from '../../src/cli/run.ts'
import { Ended } from './machine.ts'
import { ModelDisk } from './model-disk.ts'
import { machine } from './model-fs.ts'
import { OUTPUTS, type Output } from './outputs.ts'
import { type Random, seeded } from './random.ts'

/**
 * Commands of the product on the model disk, in a process of its own: `FIRST-SEED ROUNDS MILLISECONDS`. Prints one JSON object. The power
 * goes in the middle of a command or right after its answer: a file that it writes is there as it was or whole, after the
 * answer whole, and what it holds is nowhere else given up before.
 */
const PLACE = '/nvgpu-model'
const STATE = '/nvgpu-model/state'
const THERE = '/nvgpu-model/there'
/** What is moved through the state alone, without a file. */
const MOVES = [
  { line: 'migrate desk7 --to @there', before: [...(OUTPUTS[0]?.before ?? []), 'vf enable 4 --state-dir @there'] },
  {
    line: 'host warm-update --to-version 580.65.06',
    before: ['host init --profile vgpu17', ...(OUTPUTS[0]?.before ?? [])],
  },
]

interface Outcome {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

let uuids = 0

async function command(line: string): Promise<Outcome> {
  const told = { out: '', err: '' }
  const writer = (to: keyof typeof told): Io['stdout'] => {
    const take = (data: unknown) => {
      told[to] += String(data)
    }
    return { isTTY: false, columns: undefined, write: take, data: take }
  }
  const io: Io = {
    stdout: writer('out'),
    stderr: writer('err'),
    env: { NVGPU_STATE_DIR: STATE },
    readStdin: () => new Uint8Array(),
    now: () => new Date(2026, 10, 22),
    uuid: () => `00000000-0000-4000-8000-${String(++uuids).padStart(12, '0')}`,
    scripts: { list: async () => null, run: async () => ({ status: 0, why: null, stdout: '', stderr: '' }) },
    sleep: async () => {},
    files: nodeIo.files,
  }
  const words = line.split(' ').map((word) => word.replace(/^@/, `${PLACE}/`))
  const status = await run(words, io)
  return { status, stdout: told.out, stderr: told.err }
}

async function ok(line: string): Promise<string> {
  const { status, stdout, stderr } = await command(line)
  if (status !== 0) throw new Error(`${line}: ${status}: ${stderr}`)
  return stdout
}

/** A command ready to be cut: the disk before it, and what it does when it is left in peace. */
interface Scene {
  readonly line: string
  readonly output: Output | undefined
  readonly disk: ModelDisk
  readonly calls: number
  readonly made: ReadonlyMap<string, string>
}

const OLD = 'what was there before'
const scenes = new Map<string, Promise<Scene>>()

async function sceneOf(line: string, before: readonly string[], output?: Output, old = false): Promise<Scene> {
  machine.end = Number.POSITIVE_INFINITY
  machine.disk = new ModelDisk()
  machine.disk.mkdir(PLACE)
  uuids = 0
  for (const setting of before) await ok(setting)
  if (old && output) {
    const fd = machine.disk.open(join(PLACE, output.path), 'create')
    machine.disk.write(fd, new TextEncoder().encode(OLD))
  }
  settle('/')
  const disk = machine.disk.clone()
  machine.calls = 0
  uuids = 100
  await ok(line)
  return { line, output, disk, calls: machine.calls, made: output ? filesBelow(join(PLACE, output.path)) : new Map() }
}

async function round(seed: number): Promise<void> {
  const random = seeded(seed)
  const output = random.chance(0.8) ? random.pick(OUTPUTS) : undefined
  const old = output?.kind === 'file' && random.chance(0.5)
  const { line, before } = output ?? random.pick(MOVES)
  const key = `${line} ${old}`
  const making = scenes.get(key) ?? sceneOf(line, before, output, old)
  scenes.set(key, making)
  const scene = await making
  const acknowledged = await cut(scene, random)
  const wrong = (output ? wrongFiles(scene, acknowledged, old) : undefined) ?? (await wrongState(scene))
  if (wrong) throw new Error(`${line}, ${acknowledged ? 'acknowledged' : `cut at call ${machine.end}`}: ${wrong}`)
}

/** Runs the command until the power goes; answers whether it had answered by then. */
async function cut(scene: Scene, random: Random): Promise<boolean> {
  Object.assign(machine, { disk: scene.disk.clone(), calls: 0, dark: false })
  machine.end = random.chance(0.5) ? Number.POSITIVE_INFINITY : 1 + random.below(scene.calls)
  uuids = 100
  try {
    await command(scene.line)
  } catch (error) {
    if (!(error instanceof Ended)) throw error
  }
  const acknowledged = !machine.dark
  machine.disk = machine.disk.cut(random)
  machine.dark = false
  machine.calls = Number.NEGATIVE_INFINITY
  return acknowledged
}

function wrongFiles({ output, made }: Scene, acknowledged: boolean, old: boolean): string | undefined {
  if (!output) return undefined
  const now = filesBelow(join(PLACE, output.path))
  if (acknowledged || (output.kind === 'tree' && now.size > 0)) {
    const lost = [...made.keys()].find((file) => now.get(file) !== made.get(file))
    return lost === undefined ? undefined : `${lost} is ${JSON.stringify(now.get(lost)?.slice(0, 40))}`
  }
  if (old && now.size === 0) return 'the old file is gone, and the new one is not there'
  const finished = [...now].filter(([file]) => !file.endsWith('.tmp'))
  const torn = finished.find(([file, content]) => content !== made.get(file) && !(old && content === OLD))
  return torn && `${torn[0]} is neither old nor new`
}

/** The vGPU runs in one place, or the file that has it is whole. */
async function wrongState({ line, output, made }: Scene): Promise<string | undefined> {
  let running = await runningOn(STATE)
  if (line.startsWith('migrate')) {
    await ok(`host advance 1us`)
    await ok(`host advance 1us --state-dir ${THERE}`)
    running = (await runningOn(STATE)) + (await runningOn(THERE))
  }
  if (running === 1) return undefined
  if (running === 0 && output && line.startsWith('vgpu save')) {
    const file = join(PLACE, output.path)
    return filesBelow(file).get(file) === made.get(file) ? undefined : 'the vGPU is closed, and its file is not whole'
  }
  return `the vGPU runs ${running} times`
}

async function runningOn(dir: string): Promise<number> {
  const { items } = JSON.parse(await ok(`vgpu list -o json --state-dir ${dir}`))
  return items.filter(({ state }: { state: string }) => state === 'running').length
}

/** Files with their content, a directory with none, from a path on. */
function filesBelow(path: string, files = new Map<string, string>()): Map<string, string> {
  const { disk } = machine
  let facts: ReturnType<ModelDisk['lstat']>
  try {
    facts = disk.lstat(path)
  } catch {
    return files
  }
  if (facts.kind === 'directory') {
    files.set(path, '')
    for (const name of disk.readdir(path)) filesBelow(join(path, name), files)
    return files
  }
  const fd = disk.open(path, 'read')
  const bytes = new Uint8Array(facts.size)
  disk.read(fd, bytes, 0)
  disk.close(fd)
  files.set(path, Buffer.from(bytes).toString('latin1'))
  return files
}

/** All of it has long been on disk. */
function settle(path: string): void {
  const { disk } = machine
  const isDirectory = path === '/' || disk.lstat(path).kind === 'directory'
  if (isDirectory) for (const name of disk.readdir(path)) settle(join(path, name))
  if (path === '/') return
  const fd = disk.open(path, isDirectory ? 'directory' : 'read')
  disk.sync(fd)
  disk.close(fd)
}

const [first = 0, rounds = 0, milliseconds = Number.POSITIVE_INFINITY] = process.argv.slice(2).map(Number)

async function main(): Promise<void> {
  const end = Date.now() + milliseconds
  let done = 0
  let failure: { seed: number; message: string } | undefined
  while (done < rounds && !failure && Date.now() < end) {
    const seed = (first + done) >>> 0
    try {
      await round(seed)
    } catch (error) {
      failure = { seed, message: error instanceof Error ? (error.stack ?? error.message) : String(error) }
    }
    done++
  }
  process.stdout.write(`${JSON.stringify({ rounds: done, cuts: done, kills: 0, interleaved: 0, failure })}\n`)
}

main()
