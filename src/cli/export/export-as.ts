import path from 'node:path'
import { fileError } from '../../app/file-error.ts'
import { writeOutput } from '../../app/files.ts'
import { refuseInState } from '../../app/not-in-state.ts'
import { makeDirs } from '../../app/output-file.ts'
import { readHost } from '../../app/transaction.ts'
import { usageError } from '../../app/usage.ts'
import { profileOf } from '../../catalog/profiles.ts'
import { NvError } from '../../errors/nv-error.ts'
import { posixQuote } from '../../errors/shell-quote.ts'
import type { Answer } from '../../render/answer.ts'
import { drawData } from '../../render/document.ts'
import type { Context } from '../context.ts'
import { EXPORTERS, type Exported, type ExportedFile } from './exporters.ts'
import type { HostKind } from './kinds.ts'

interface Wanted {
  readonly objects: readonly string[]
  readonly mdev: boolean
  readonly novaRelease: number
  readonly label: string
  /** Directory for files; undefined for standard output. */
  readonly dir: string | undefined
  readonly live: boolean
}

/** Prints an export, or writes it into a directory. */
export async function exportAs(context: Context, kind: HostKind, wanted: Wanted): Promise<Answer> {
  const { objects, mdev, novaRelease, label, dir, live } = wanted
  // absolute, since the script may run in any directory
  const ask = live ? `nvgpu --state-dir ${posixQuote(path.resolve(context.settings.stateDir))} export facts` : null
  const made = await readHost(context, (state) => {
    const mediated = mdev || profileOf(state).mdev
    return EXPORTERS[kind](state, { objects, mediated, novaRelease, label, ask })
  })
  if (dir === undefined) return { raw: await textOf(made, context) }
  if (made.documents === undefined) throw usageError(`--dir is for kinds with a file for each device, not for ${kind}`)
  refuseInState(context, dir)
  const written: string[] = []
  for (const document of made.documents) written.push(await writeInto(context, dir, document))
  return { text: written.map((file) => `${file}\n`).join('') }
}

/** Answers the file. */
async function writeInto(context: Context, dir: string, { name, text }: ExportedFile): Promise<string> {
  const file = path.join(dir, name)
  if (path.normalize(name) !== name || name.startsWith('../') || name.includes('\0')) throw leadsOut(name)
  try {
    makeDirs(path.dirname(file))
  } catch (error) {
    throw fileError(error, path.dirname(file), 'write')
  }
  await writeOutput(context, file, new TextEncoder().encode(text))
  return file
}

async function textOf(made: Exported, { settings }: Context): Promise<string | Uint8Array> {
  if ('text' in made) return made.text
  if (!('data' in made)) return made.documents.map(({ text }) => text).join('')
  const notation = settings.format === 'json' || settings.format === 'yaml' ? settings.format : made.notation
  return drawData(made.data, notation)
}

/** File names contain UUIDs, which older releases took from a file unchecked. */
function leadsOut(name: string): NvError {
  return new NvError({
    errno: 'EINVAL',
    code: 'invalid-argument',
    at: 'export',
    message: `${JSON.stringify(name)} is not the name of a file in the directory`,
    hint: 'nvgpu vgpu list -o json',
    object: name,
  })
}
