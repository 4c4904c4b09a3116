import path from 'node:path'
import { rolldown } from 'rolldown'

/** Makes one file of a program of this folder and the sources it imports; answers its path. */
export async function bundle(program, dir) {
  const build = await rolldown({ input: path.join(import.meta.dirname, program), platform: 'node', logLevel: 'silent' })
  const file = path.join(dir, `${path.basename(program, '.js')}.mjs`)
  await build.write({ file, format: 'esm', codeSplitting: false })
  await build.close()
  return file
}
