import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { expect, it } from 'vitest'
import { missing } from '../house/installed.ts'
import { LiveHost, notLive } from './live-host.ts'

const HINT = 'hint: docker run --security-opt seccomp=unconfined --device /dev/fuse'
const isRoot = process.geteuid?.() === 0
const absent = missing('cc')
if (absent !== undefined) console.log(`skipped: ${absent}`)

/** Runs a command under a filter that refuses unshare(2) and mount(2). */
function filtered(host: LiveHost, words: readonly string[]) {
  const launcher = `${host.home}/deny`
  expect(spawnSync('cc', ['-o', launcher, path.resolve('test/live/deny.c')], { encoding: 'utf8' }).stderr).toBe('')
  const { status, stdout, stderr } = spawnSync(launcher, host.argv(words), {
    cwd: host.home,
    env: host.env,
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

it.skipIf(absent !== undefined || notLive('ordinary') !== undefined)(
  'G 1: a seccomp filter is refused in one sentence with its mend, and listed by --check',
  () => {
    const host = new LiveHost('ordinary')
    const { status, stderr } = filtered(host, ['run', '--', 'true'])
    expect(stderr).toMatch(
      /^nvgpu: .*no user namespace: a seccomp filter is active, as in a container \(EPERM\) \[[a-z-]+\]\n/,
    )
    expect(stderr.split('\n').slice(1)).toEqual([HINT, ''])
    expect(status).toBe(7)
    const { items } = JSON.parse(filtered(host, ['run', '--check', '-o', 'json']).stdout)
    const rows: { name: string; works: boolean; detail: string }[] = items
    expect(rows.find(({ name }) => name === 'namespaces')).toMatchObject({
      works: false,
      detail: expect.stringContaining('a seccomp filter is active'),
    })
    host.dispose()
  },
)

it.skipIf(absent !== undefined || !isRoot || notLive('self') !== undefined)(
  'G 1: a seccomp filter stops root too, with the same mend',
  () => {
    const host = new LiveHost('self')
    const { status, stderr } = filtered(host, ['run', '--', 'true'])
    expect(stderr).toMatch(
      /^nvgpu: .*cannot be mounted here: a seccomp filter is active, as in a container \(EPERM\) \[[a-z-]+\]\n/,
    )
    expect(stderr.split('\n').slice(1)).toEqual([HINT, ''])
    expect(status).toBe(1)
    host.dispose()
  },
)
