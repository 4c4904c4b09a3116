import { spawnSync } from 'node:child_process'
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { bundle, type Substitution } from './bundle.ts'
import { MUTANTS } from './mutants.ts'
import { OUTPUTS, type Output } from './outputs.ts'
import type { Amount, Result } from './part.ts'
import { Disks, whyNoPower } from './power.ts'

/** How the product was before files were synced: these cuts have to lose something of it. */
const UNSYNCED = [
  'output-not-synced',
  'output-directory-not-synced',
  'tree-not-synced',
  'link-not-synced',
  'made-directory-not-synced',
]

/**
 * Power cuts of a real ext4, each right after a command has answered that writes for its user: the files are whole, and a
 * vGPU that was saved is in the state or in its file.
 */
export async function outputPowerCuts({ rounds = OUTPUTS.length, milliseconds }: Amount): Promise<Result> {
  const skipped = whyNoPower()
  if (skipped) return { counts: '', failures: [], skipped }
  const end = Date.now() + (milliseconds ?? Number.POSITIVE_INFINITY)
  const real = await cutAfterEach([], rounds, end)
  const faults = MUTANTS.filter(({ name }) => UNSYNCED.includes(name)).flatMap(({ substitutions }) => substitutions)
  const control = await cutAfterEach(faults, Math.min(rounds, OUTPUTS.length), Number.POSITIVE_INFINITY)
  const counts = `${real.cuts} cuts; control: ${control.losses.length} losses in ${control.cuts} cuts`
  if (real.losses.length > 0 || control.losses.length > 0) return { counts, failures: real.losses }
  return { counts, failures: [], skipped: `${counts}: this disk loses nothing at all, so that the cuts show nothing` }
}

async function cutAfterEach(faults: readonly Substitution[], most: number, end: number) {
  const program = await bundle('power-command.ts', faults)
  const disks = new Disks()
  const losses: string[] = []
  let cuts = 0
  try {
    const problem = disks.mount()
    if (problem) throw new Error(problem)
    for (; cuts < most && Date.now() < end; cuts++) {
      const output = OUTPUTS[cuts % OUTPUTS.length]
      const loss = output && cutAfter(program, disks, output, String(cuts))
      if (output && loss) losses.push(`${output.line}: ${loss}`)
    }
    return { cuts, losses }
  } finally {
    disks.dispose()
  }
}

function cutAfter(program: string, disks: Disks, output: Output, name: string): string | undefined {
  const place = join(disks.live, name)
  mkdirSync(place)
  for (const line of output.before) run(program, place, line)
  // the folder itself and what was there before are no part of this
  const synced = spawnSync('sync', ['-f', place])
  if (synced.status !== 0) throw new Error(String(synced.stderr))
  run(program, place, output.line)
  const { files, left } = disks.cut((dir) => {
    const after = join(dir, name)
    const saved = output.line.startsWith('vgpu save')
    return { files: contents(join(after, output.path)), left: saved ? run(program, after, 'vgpu list -o json') : '' }
  })
  const lost = [...contents(join(place, output.path))].find(([file, content]) => files.get(file) !== content)
  if (!lost) return undefined
  const gone = left !== '' && !left.includes('"running"') ? ', and the vGPU is closed' : ''
  return `${lost[0] || 'it'} is ${files.has(lost[0]) ? 'not whole' : 'not there'}${gone}`
}

function run(program: string, place: string, line: string): string {
  const words = line.split(' ').map((word) => word.replace(/^@/, `${place}/`))
  const env = { PATH: process.env.PATH, HOME: place, NVGPU_STATE_DIR: join(place, 'state') }
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], { env, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${line}: ${stderr}`)
  return stdout
}

/** Files, links and directories from a path on, by what of their path follows it; empty where there is nothing. */
function contents(path: string, below = '', found = new Map<string, string>()): Map<string, string> {
  const facts = lstatSync(join(path, below), { throwIfNoEntry: false })
  if (facts?.isFile()) found.set(below, readFileSync(join(path, below), 'latin1'))
  if (facts?.isSymbolicLink()) found.set(below, readlinkSync(join(path, below)))
  if (facts?.isDirectory()) {
    found.set(below, '')
    for (const name of readdirSync(join(path, below))) contents(path, join(below, name), found)
  }
  return found
}
