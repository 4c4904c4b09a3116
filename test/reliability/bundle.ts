import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { rolldown } from 'rolldown'

/** A piece of one source file, which has to be there exactly once, and what stands in its place. */
export interface Substitution {
  /** below the project */
  readonly file: string
  readonly from: string
  readonly to: string
}

const folder = mkdtempSync(join(tmpdir(), 'nvgpu-reliability-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
let serial = 0

/**
 * Makes one CommonJS file out of a program of this folder and all it imports, for processes of its own. Throws if a
 * substitution does not match: then the source has moved on, and what it was meant to show is no longer shown.
 * @param fileSystem a file of this folder that the product gets in place of node:fs
 */
export async function bundle(
  program: string,
  substitutions: readonly Substitution[] = [],
  fileSystem?: string,
): Promise<string> {
  const applied = new Set<Substitution>()
  const build = await rolldown({
    input: resolve('test/reliability', program),
    platform: 'node',
    logLevel: 'silent',
    plugins: [
      {
        name: 'substitute',
        resolveId(id, importer) {
          if (id !== 'node:fs' || fileSystem === undefined || !importer?.startsWith(resolve('src'))) return null
          return resolve('test/reliability', fileSystem)
        },
        load(id) {
          const mine = substitutions.filter(({ file }) => id === resolve(file))
          if (mine.length === 0) return null
          return { code: substitute(readFileSync(id, 'utf8'), mine, applied), moduleType: 'ts' }
        },
      },
    ],
  })
  const file = join(folder, `${serial++}-${program.replace('.ts', '.cjs')}`)
  await build.write({ file, format: 'cjs', codeSplitting: false })
  await build.close()
  const missed = substitutions.find((substitution) => !applied.has(substitution))
  if (missed) throw new Error(`${missed.file} is not part of ${program}`)
  return file
}

function substitute(source: string, wanted: readonly Substitution[], applied: Set<Substitution>): string {
  let code = source
  for (const substitution of wanted) {
    const { file, from, to } = substitution
    if (code.split(from).length !== 2) throw new Error(`${file} does not have this exactly once: ${from}`)
    code = code.replace(from, () => to)
    applied.add(substitution)
  }
  return code
}
