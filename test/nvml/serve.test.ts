import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import { afterEach, expect, it } from 'vitest'
import { eventually } from '../live/live-host.ts'
import { Host } from './library.ts'

const running: ChildProcess[] = []
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGTERM')
})

const ASK = 'import ctypes, sys; n = ctypes.CDLL(sys.argv[1]); print(n.nvmlInit_v2(), n.nvmlShutdown())'

async function serve(host: Host, dir: string) {
  const child = spawn('nvgpu', ['serve', '--dir', dir, '--listen', '127.0.0.1:0'], { cwd: host.home, env: host.env })
  running.push(child)
  let said = ''
  child.stderr.on('data', (bytes) => {
    said += String(bytes)
  })
  const ended = new Promise((resolve) => child.once('close', resolve))
  await eventually(() => said.includes('/metrics') || child.exitCode !== null)
  return { said: () => said, ended, end: () => child.kill('SIGTERM') }
}

it('H 3: nvgpu serve has the library in DIR/lib, with its socket, until it ends', async () => {
  const host = new Host()
  const served = await serve(host, 'served')
  const lib = `${host.home}/served/lib`
  expect(
    fs
      .readdirSync(lib)
      .filter((name) => !name.endsWith('.all'))
      .sort(),
  ).toEqual(['libnvidia-ml.so', 'libnvidia-ml.so.1', 'libnvidia-ml.so.570.144', 'nvml.sock'])
  expect(host.run('python3', ['-c', ASK, `${lib}/libnvidia-ml.so.1`]).stdout).toBe('0 0\n')
  // as another mount of the directory has it
  fs.renameSync(`${host.home}/served`, `${host.home}/mounted`)
  const moved = `${host.home}/mounted/lib`
  expect(host.run('python3', ['-c', ASK, `${moved}/libnvidia-ml.so.1`]).stdout).toBe('9 9\n')
  expect(host.sh(`NVGPU_NVML_SOCKET=${moved}/nvml.sock python3 -c '${ASK}' ${moved}/libnvidia-ml.so.1`).stdout).toBe(
    '0 0\n',
  )
  fs.renameSync(`${host.home}/mounted`, `${host.home}/served`)
  served.end()
  await served.ended
  expect(fs.readdirSync(lib)).not.toContain('nvml.sock')
  host.dispose()
})

it('H 3: nvgpu serve refuses a directory whose socket would have too long a path', async () => {
  const host = new Host()
  const deep = 'd'.repeat(100)
  const served = await serve(host, deep)
  expect(await served.ended).toBe(2)
  expect(served.said()).toMatch(/has \d+ bytes, and the path of a socket has at most 103/)
  expect(served.said()).toContain('hint: nvgpu serve --dir /run/nvgpu')
  host.dispose()
})
