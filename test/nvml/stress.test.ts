import { spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missing } from '../house/installed.ts'
import { Host } from './library.ts'
import { hostileRequests, plainCalls } from './raw-client.ts'

const STRESS = path.resolve('test/nvml/stress.c')
const NO_CC = missing('cc', '--version')
const NO_ARM = missing('aarch64-linux-gnu-gcc', '--version') ?? missing('qemu-aarch64-static', '--version')
const NO_SETPRIV = missing('setpriv', '--version')

const host = new Host()
const socket = `${host.stateDir}/nvml.sock`
const SERVE = `(nvgpu nvml serve --still --read-only >serve.out 2>serve.log </dev/null & echo $! >serve.pid)`
const START = `${SERVE}; while [ ! -S ${socket} ]; do sleep 0.05; done`
const STOP = `kill $(cat serve.pid); while [ -S ${socket} ]; do sleep 0.05; done`

beforeAll(() => {
  host.host(
    'host init --gpus 2 --force',
    'vf enable 4 --gpu 0',
    'vgpu create --type L40-4Q --gpu 0',
    `nvml install ${host.home}/lib`,
  )
  fs.writeFileSync(`${host.home}/start.sh`, START)
  fs.writeFileSync(`${host.home}/stop.sh`, STOP)
  expect(host.sh('sh ./start.sh').status).toBe(0)
})
afterAll(() => {
  host.sh('kill $(cat serve.pid)')
  host.dispose()
})

function client(script: string) {
  return host.run('python3', ['-c', `import ctypes\nn = ctypes.CDLL("${host.home}/lib/libnvidia-ml.so.1")\n${script}`])
}

const EXPECTED = `init 0
threads 0
forks 20 good, parent 0 wrong
beside a wait 0 1, wait 10
signals 1, 0 wrong
string at the end of a page 0 1
string without an end 2
wild pointers 2 2 2 2
and then 0
`

describe('a client of the library', () => {
  it('H 5: calls from threads, forks, signals and beside waits, with any pointer, while its server comes and goes', ({
    skip,
  }) => {
    skip(NO_CC !== undefined, NO_CC)
    expect(host.sh(`cc -O1 -w -o stress ${STRESS} -lpthread`).status).toBe(0)
    const { status, stdout } = host.sh('LD_LIBRARY_PATH=$PWD/lib timeout 100 ./stress "sh ./stop.sh" "sh ./start.sh"')
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${EXPECTED}server gone 9 9, back 0 0\n` })
  }, 120_000)

  it('H 5: and so on AArch64', ({ skip }) => {
    skip(NO_ARM !== undefined, NO_ARM)
    host.host(`nvml install --arch arm64 ${host.home}/arm`)
    expect(host.sh(`aarch64-linux-gnu-gcc -O1 -w -o stress-arm ${STRESS} -lpthread`).status).toBe(0)
    const { stdout } = host.sh(
      'timeout 100 qemu-aarch64-static -L /usr/aarch64-linux-gnu -E LD_LIBRARY_PATH=$PWD/arm ./stress-arm',
    )
    // qemu-user accepts null pages of its own: a wild pointer may be written
    expect(stdout.replace(/wild.*\n/, '')).toBe(EXPECTED.replace(/wild.*\n/, ''))
  }, 120_000)

  it('H 5: keeps its count of nvmlInit over dlclose and exec', () => {
    const { stdout } = client(`
import _ctypes
print(n.nvmlInit_v2(), n.nvmlShutdown())
_ctypes.dlclose(n._handle)
n = ctypes.CDLL("${host.home}/lib/libnvidia-ml.so.1")
print(n.nvmlShutdown(), n.nvmlInit_v2())
import os
os.execvp("python3", ["python3", "-c", 'import ctypes; n = ctypes.CDLL("${host.home}/lib/libnvidia-ml.so.1"); print(n.nvmlShutdown())'])
`)
    expect(stdout).toBe('1\n')
  })

  it('H 4: does not talk to a server of another user', async ({ skip }) => {
    skip(NO_SETPRIV !== undefined, NO_SETPRIV)
    skip(process.getuid?.() !== 0, 'only root can start a server of another user')
    const place = `/tmp/nvgpu-foreign-${process.pid}.sock`
    const listen = `
const server = require('node:net').createServer((peer) => {
  let size = 0
  peer.on('data', (bytes) => { size += bytes.length })
  peer.on('close', () => console.log('received', size))
})
server.listen(process.argv[1], () => console.log('up'))
`
    const foreign = spawn('setpriv', ['--reuid=65534', '--clear-groups', process.execPath, '-e', listen, place], {
      cwd: '/',
    })
    let seen = ''
    const said = (text: string) =>
      new Promise<void>((resolve) => {
        foreign.stdout.on('data', (bytes) => {
          seen += String(bytes)
          if (seen.includes(text)) resolve()
        })
      })
    await said('up')
    const script = `import ctypes; print(ctypes.CDLL("${host.home}/lib/libnvidia-ml.so.1").nvmlInit_v2())`
    const run = spawnSync('python3', ['-c', script], {
      encoding: 'utf8',
      env: { ...host.env, NVGPU_NVML_SOCKET: place },
    })
    await said('received')
    foreign.kill()
    fs.rmSync(place, { force: true })
    expect(run.stdout).toBe('9\n')
    expect(seen).toMatch(/^up\n(received 0\n)+$/)
  })
})

describe('the server', () => {
  it('H 5: serves 64 clients at once', async () => {
    const script =
      'import ctypes\nn = ctypes.CDLL("libnvidia-ml.so.1")\nc = ctypes.c_uint()\nassert n.nvmlInit_v2() == 0\nfor i in range(100):\n    assert n.nvmlDeviceGetCount_v2(ctypes.byref(c)) == 0 and c.value == 2\n'
    const env = { ...host.env, LD_LIBRARY_PATH: `${host.home}/lib` }
    const runs = Array.from(
      { length: 64 },
      () => new Promise((resolve) => spawn('python3', ['-c', script], { env }).once('exit', resolve)),
    )
    expect(new Set(await Promise.all(runs))).toEqual(new Set([0]))
  }, 120_000)

  it('H 5: has flat memory over 200,000 calls', async () => {
    const pid = fs.readFileSync(`${host.home}/serve.pid`, 'utf8').trim()
    const resident = () => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
    expect(await plainCalls(socket, 100_000)).toBe(0)
    const warm = resident()
    expect(await plainCalls(socket, 100_000)).toBe(0)
    expect(resident() / warm).toBeLessThan(1.3)
  }, 300_000)

  it('H 5: survives 10^5 random requests of a hostile client, and serves on', async () => {
    await hostileRequests(socket, 100_000, 1)
    expect(client('print(n.nvmlInit_v2())').stdout).toBe('0\n')
    expect(fs.readFileSync(`${host.home}/serve.log`, 'utf8')).not.toContain('    at ')
  }, 300_000)

  it('H 5: names a busy socket, and takes over one that a killed server left', () => {
    const second = host.sh('nvgpu nvml serve')
    expect(second.status).toBe(4)
    expect(second.stderr).toContain('a server answers at')
    host.sh('kill -9 $(cat serve.pid); sleep 0.1')
    expect(fs.existsSync(socket)).toBe(true)
    expect(client('print(n.nvmlInit_v2())').stdout).toBe('9\n')
    expect(host.sh(`${SERVE}; until grep -q serving serve.log; do sleep 0.05; done`).status).toBe(0)
    expect(client('print(n.nvmlInit_v2())').stdout).toBe('0\n')
    expect(fs.statSync(socket).mode & 0o777).toBe(0o600)
  })
})
