import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missing } from '../house/installed.ts'
import { GOLDEN, Host } from './library.ts'

const LINKED = path.resolve('test/nvml/linked.c')
const FUNCTIONS = Object.keys(JSON.parse(fs.readFileSync(GOLDEN, 'utf8')).functions)
const UUID = /Success GPU-[0-9a-f]{8}-[0-9a-f-]{27}/

const NO_READELF = missing('readelf', '--version')
const NO_NM = missing('nm', '--version')
const NO_CC = missing('cc', '--version')
const NO_MUSL = missing('musl-gcc', '--version')
const NO_ARM_CC = missing('aarch64-linux-gnu-gcc', '--version')
const NO_ARM = missing('qemu-aarch64-static', '--version')

const host = new Host()
beforeAll(() => {
  host.host('host init --gpus 2 --force')
  host.host(`nvml install ${host.home}/x64 --arch x64`, `nvml install ${host.home}/arm64 --arch arm64`)
})
afterAll(() => host.dispose())

function digest(dir: string): string {
  return createHash('sha256')
    .update(fs.readFileSync(`${host.home}/${dir}/libnvidia-ml.so.1`))
    .digest('hex')
}

describe('the shared object', () => {
  it('H 4: is the same bytes for the same state directory and architecture, and others for another', () => {
    host.host(`nvml install ${host.home}/again --arch x64`)
    expect(digest('again')).toBe(digest('x64'))
    host.host(`nvml install ${host.home}/other --arch x64 --state-dir ${host.home}/other-host`)
    expect(digest('other')).not.toBe(digest('x64'))
    expect(digest('arm64')).not.toBe(digest('x64'))
  })

  it('H 4: has the name of its release and NVIDIA’s two links, and replaces only its own files', () => {
    const dir = `${host.home}/x64`
    expect(fs.readdirSync(dir).sort()).toEqual(['libnvidia-ml.so', 'libnvidia-ml.so.1', 'libnvidia-ml.so.570.144'])
    expect(fs.readlinkSync(`${dir}/libnvidia-ml.so.1`)).toBe('libnvidia-ml.so.570.144')
    expect(fs.readlinkSync(`${dir}/libnvidia-ml.so`)).toBe('libnvidia-ml.so.1')
    const foreign = `${host.home}/foreign`
    fs.mkdirSync(foreign)
    fs.writeFileSync(`${foreign}/libnvidia-ml.so.1`, 'not ours')
    const refused = host.sh(`nvgpu nvml install ${foreign}`)
    expect(refused).toMatchObject({ status: 4, stdout: '' })
    expect(refused.stderr).toContain('is not from nvgpu and is not replaced')
    expect(fs.readdirSync(foreign)).toEqual(['libnvidia-ml.so.1'])
  })

  it('H 4: a server whose socket is removed by hand ends, and leaves the next one alone', () => {
    const socket = `${host.stateDir}/nvml.sock`
    const serve = (name: string) => `nvgpu nvml serve >${name}.out 2>${name}.log </dev/null & ${name}=$!`
    const served = `while [ ! -S ${socket} ]; do sleep 0.05; done`
    const script = `${serve('one')}\n${served}; rm ${socket}; ${serve('two')}\n${served}
      wait $one; echo $?; test -S ${socket} && echo there; kill $two; wait $two; echo $?; cat one.log`
    expect(host.sh(script).stdout.replaceAll(socket, 'SOCKET')).toBe(
      '3\nthere\n143\nserving at SOCKET\n' +
        'nvgpu: nvml serve: SOCKET was removed: no program finds this server any more (ENOENT) [not-found]\n' +
        'hint: nvgpu nvml serve\n',
    )
  })

  it.each([
    ['nosuch', 3],
    ['/etc/passwd', 7],
  ])('H 4: a command that cannot be run is refused in words: %s', (command, status) => {
    const refused = host.sh(`nvgpu nvml exec -- ${command}`)
    expect(refused).toMatchObject({ status, stdout: '' })
    expect(refused.stderr).toContain(`hint: command -v ${command}\n`)
    expect(refused.stderr).not.toContain('spawn')
  })

  it('H 4: a file that a killed install has left half is removed by the next one', () => {
    const half = `${host.home}/x64/libnvidia-ml.so.570.144.4711.tmp`
    fs.writeFileSync(half, '')
    expect(host.sh(`nvgpu nvml install ${host.home}/x64 --arch x64`)).toMatchObject({ status: 0 })
    expect(fs.existsSync(half)).toBe(false)
  })

  it.for(['x64', 'arm64'])('H 4: readelf finds nothing wrong with the file for %s', (arch, { skip }) => {
    skip(NO_READELF !== undefined, NO_READELF)
    const { status, stdout, stderr } = host.sh(`readelf -aW ${arch}/libnvidia-ml.so.1`)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toContain('Library soname: [libnvidia-ml.so.1]')
    expect(stdout).not.toContain('(NEEDED)')
    const segments = [...stdout.matchAll(/^ {2}LOAD .* (0x[0-9a-f]+)$/gm)].map(([, align]) => align)
    expect(segments).toEqual(Array(3).fill(arch === 'x64' ? '0x1000' : '0x10000'))
    expect(stdout).toMatch(/GNU_STACK .* RW /)
  })

  it('H 4: nm finds every function of the header and nothing else', ({ skip }) => {
    skip(NO_NM !== undefined, NO_NM)
    for (const arch of ['x64', 'arm64']) {
      const names = host.sh(`nm -D --defined-only ${arch}/libnvidia-ml.so`).stdout.trim().split('\n')
      expect(names.map((line) => line.replace(/^[0-9a-f]+ T /, ''))).toEqual(FUNCTIONS)
    }
  })

  it('H 4: ldd finds that it needs no other library', () => {
    expect(host.sh('ldd x64/libnvidia-ml.so.1').stdout).toMatch(/statically linked|linux-vdso/)
  })

  it('H 4: a program linked with -lnvidia-ml runs, under glibc', ({ skip }) => {
    skip(NO_CC !== undefined, NO_CC)
    expect(host.sh(`cc -Wall -Werror -o linked ${LINKED} -Lx64 -lnvidia-ml`)).toMatchObject({ status: 0, stderr: '' })
    expectLinked(host.exec(['./linked']))
  })

  it('H 4: and under musl', ({ skip }) => {
    skip(NO_MUSL !== undefined, NO_MUSL)
    expect(host.sh(`musl-gcc -o linked-musl ${LINKED} -Lx64 -lnvidia-ml`)).toMatchObject({ status: 0, stderr: '' })
    expectLinked(host.exec(['./linked-musl']))
  })

  it('H 4: and on AArch64', ({ skip }) => {
    const needed = NO_ARM_CC ?? NO_ARM
    skip(needed !== undefined, needed)
    expect(host.sh(`aarch64-linux-gnu-gcc -o linked-arm ${LINKED} -Larm64 -lnvidia-ml`)).toMatchObject({ status: 0 })
    // it speaks once it listens
    const serve = 'nvgpu nvml serve --still > served 2>&1 & server=$!; until [ -s served ]; do sleep 0.05; done'
    const run = 'timeout 60 qemu-aarch64-static -L /usr/aarch64-linux-gnu -E LD_LIBRARY_PATH=$PWD/arm64 ./linked-arm'
    const { stdout } = host.sh(`${serve}; ${run}; kill $server; wait $server`)
    expectLinked({ status: 0, stdout })
  })

  it.each(['libnvidia-ml.so', 'libnvidia-ml.so.1', 'libnvidia-ml.so.570.144'])('H 3: opens as %s', (name) => {
    const script = `import ctypes; n = ctypes.CDLL("${name}"); print(n.nvmlInit_v2(), n.nvmlShutdown(), n.nvmlShutdown())`
    expect(host.exec(['python3', '-c', script])).toMatchObject({ status: 0, stdout: '0 0 1\n' })
  })
})

function expectLinked({ status, stdout }: { status: number; stdout: string }): void {
  const [before, init, count, name, uuid, ...rest] = stdout.trim().split('\n')
  expect({ status, before, init, count, name, rest }).toEqual({
    status: 0,
    before: 'Uninitialized',
    init: 'Success',
    count: 'Success 2',
    name: 'Success NVIDIA L40',
    rest: ['Success', 'Uninitialized Unknown Error Unknown Error'],
  })
  expect(uuid).toMatch(UUID)
}
