import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { MOST_PATH } from './library/names.ts'

/**
 * The socket of the server of a state directory: in the directory, or under a short name in the user's runtime directory if
 * the path is longer than the kernel allows.
 */
export function socketPath(stateDir: string, env: Readonly<Record<string, string | undefined>>): string {
  const near = `${resolve(stateDir)}/nvml.sock`
  if (Buffer.byteLength(near) <= MOST_PATH) return near
  const digest = createHash('sha256').update(near).digest('hex').slice(0, 16)
  const runtime = env.XDG_RUNTIME_DIR
  const dir = runtime?.startsWith('/') && runtime.length < MOST_PATH / 2 ? runtime : '/tmp'
  return `${dir}/nvgpu-nvml-${digest}.sock`
}
