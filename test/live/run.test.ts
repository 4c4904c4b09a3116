import { spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missing } from '../house/installed.ts'
import { eventually, LiveHost, notLive } from './live-host.ts'

const PF = '/sys/bus/pci/devices/0000:c1:00.0'

describe.each(['ordinary', 'self'] as const)('nvgpu run as %s user', (user) => {
  const why = notLive(user)
  if (why !== undefined) console.log(`skipped: ${why}`)
  const live = it.skipIf(why !== undefined)
  let host: LiveHost

  beforeAll(() => {
    host = new LiveHost(user)
  })
  afterAll(async () => {
    expect(await eventually(() => host.servers().length === 0)).toBe(true)
    host.dispose()
  })

  live('G 1: /sys is the host, and a write is a change of it', () => {
    const { status, stdout, stderr } = host.bash(`
      cat ${PF}/sriov_numvfs
      echo 4 > ${PF}/sriov_numvfs
      cat ${PF}/sriov_numvfs
      ls /sys/bus/pci/devices
    `)
    const devices = ['0', '4', '5', '6', '7'].map((number) => `0000:c1:00.${number}`)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout.split('\n').filter((line) => line.includes(':') || /^\d$/.test(line))).toEqual(
      expect.arrayContaining(['0', '4', ...devices]),
    )
    expect(host.nvgpu(['vf', 'list', '-q']).stdout.trim().split('\n')).toHaveLength(4)
    expect(host.nvgpu(['history', 'list']).stdout).toContain('sysfs write /sys/')
  })

  live('G 1: a change from outside is seen inside as soon as the server has been told, and the other way round', () => {
    const script = `
      until_is() { for i in $(seq 200); do [ "$(stat -c %F ${PF}/virtfn1 2>&1 | grep -c "$1")" = 1 ] && return; sleep 0.05; done; }
      echo 0 > ${PF}/sriov_numvfs
      stat ${PF}/virtfn1 2>&1 | tail -n 1
      nvgpu() { ${process.execPath} ${path.resolve('bin/nvgpu.cjs')} "$@"; }
      nvgpu vf enable 2 >&2; until_is symbolic; stat -c %F ${PF}/virtfn1; ls ${PF} | grep -c virtfn; cat ${PF}/sriov_numvfs
      nvgpu vf disable >&2; until_is 'No such file'; stat ${PF}/virtfn1 2>&1 | tail -n 1; ls ${PF} | grep -c virtfn; cat ${PF}/sriov_numvfs
    `
    const gone = `stat: cannot statx '${PF}/virtfn1': No such file or directory`
    expect(host.bash(script).stdout.trim().split('\n')).toEqual([gone, 'symbolic link', '2', '2', gone, '0', '0'])
  })

  live('G 1: the command keeps its own uid, and has uid 0 with --root', () => {
    expect(host.bash('id -u').stdout.trim()).toBe(String(host.uid))
    expect(host.bash('id -u', '--root').stdout.trim()).toBe('0')
    expect(host.bash(`stat -c %u ${PF}/config`, '--root').stdout.trim()).toBe('0')
  })

  live('G 1: the rest of /sys is the machine’s own', () => {
    const script = 'ls /sys/class/net; cat /sys/devices/system/cpu/online; ls -d /sys/fs/cgroup'
    const own = spawnSync('bash', ['-c', script], { encoding: 'utf8' }).stdout
    expect(host.bash(script).stdout).toBe(own)
  })

  live('G 1: nvidia-smi on PATH answers for this host', () => {
    const { stdout, status } = host.bash('nvidia-smi -L')
    expect(status).toBe(0)
    expect(stdout).toContain('NVIDIA L40')
  })

  live('G 1: so does it where nvgpu is a link, as npm installs it', () => {
    const link = `${host.home}/nvgpu`
    fs.symlinkSync(path.resolve('bin/nvgpu.cjs'), link)
    const words = host.argv(['run', '--', 'nvidia-smi', '-L'])
    const [file = '', ...args] = words.map((word) => (word.endsWith('/bin/nvgpu.cjs') ? link : word))
    const { stdout } = spawnSync(file, args, { cwd: host.home, env: host.env, encoding: 'utf8' })
    expect(stdout).toContain('NVIDIA L40')
  })

  live('G 1: it starts in the directory of the caller, with his environment', () => {
    expect(host.bash('pwd').stdout.trim()).toBe(fs.realpathSync(host.home))
    expect(host.bash('echo "$HOME"').stdout.trim()).toBe(host.home)
  })

  live.each([0, 1, 3, 7, 70, 126, 255])('G 4: a status of %i is that of the command', (status) => {
    expect(host.bash(`exit ${status}`)).toMatchObject({ status, signal: null })
  })

  live.each([
    'SIGTERM',
    'SIGINT',
    'SIGHUP',
    'SIGQUIT',
    'SIGKILL',
    'SIGABRT',
    'SIGSEGV',
    'SIGUSR1',
    'SIGUSR2',
    'SIGPIPE',
  ])('G 4: death by %s is that of the command', (signal) => {
    expect(host.nvgpu(['run', '--', 'sh', '-c', `ulimit -c 0; kill -${signal.slice(3)} $$`])).toMatchObject({
      status: null,
      signal,
    })
  })

  live.each(['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGUSR1'] as const)(
    'G 4: %s is passed on to the command',
    async (signal) => {
      const child = host.start(
        `trap 'echo got it; exit 9' ${signal.slice(3)}; echo ready; for i in {1..300}; do sleep 0.1; done`,
      )
      let said = ''
      child.stdout?.on('data', (data: Buffer) => {
        said += data.toString()
      })
      expect(await eventually(() => said.includes('ready'))).toBe(true)
      child.kill(signal)
      const status = await new Promise((resolve) => child.on('close', resolve))
      expect({ status, said }).toEqual({ status: 9, said: 'ready\ngot it\n' })
    },
  )

  live('G 4: standard input, output and error are the command’s own', () => {
    const text = 'x'.repeat(1 << 20)
    const { status, stdout, stderr } = host.nvgpu(['run', '--', 'sh', '-c', 'cat; echo done >&2'], text)
    expect({ status, stderr, isWhole: stdout === text }).toEqual({ status: 0, stderr: 'done\n', isWhole: true })
  })

  live('G 4: a daemon left behind keeps the host; the status comes at once', async () => {
    const file = path.join(host.home, 'daemon')
    const script = `(until [ -e ${host.home}/over ]; do cat ${PF}/vendor > ${file}; sleep 0.05; done) </dev/null >/dev/null 2>&1 &`
    expect(host.bash(`${script} exit 5`).status).toBe(5)
    fs.rmSync(file, { force: true })
    expect(await eventually(() => fs.existsSync(file) && fs.readFileSync(file, 'utf8') === '0x10de\n')).toBe(true)
    expect(host.servers()).toHaveLength(1)
    fs.writeFileSync(`${host.home}/over`, '')
    expect(await eventually(() => host.servers().length === 0)).toBe(true)
  })

  live('G 4: with the server killed, files answer ENOTCONN at once and the command ends by itself', async () => {
    const child = host.start(`exec 3< ${PF}/vendor; echo ready; read -r line < ${host.home}/go
      cat ${PF}/vendor; cat <&3; ls /sys; exit 6`)
    spawnSync('mkfifo', [`${host.home}/go`])
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (data: Buffer) => {
        said += data.toString()
      })
    expect(await eventually(() => said.includes('ready'))).toBe(true)
    const servers = host.servers()
    for (const pid of servers) process.kill(pid, 'SIGKILL')
    expect(await eventually(() => servers.every((pid) => !fs.existsSync(`/proc/${pid}`)))).toBe(true)
    fs.writeFileSync(`${host.home}/go`, '\n')
    const status = await new Promise((resolve) => child.on('close', resolve))
    expect({ status, refusals: said.match(/Transport endpoint is not connected/g)?.length }).toEqual({
      status: 6,
      refusals: 3,
    })
  })

  live('G 4: the guard searches for files to unmount after a kill, and not after a good end', async () => {
    const guarded = new LiveHost('ordinary')
    fs.writeFileSync(`${guarded.home}/grep`, '#!/bin/sh\n: > "$HOME/searched"\nexec /usr/bin/grep "$@"\n', {
      mode: 0o755,
    })
    guarded.env.PATH = `${guarded.home}:${guarded.env.PATH}`
    const hasSearched = () => fs.existsSync(`${guarded.home}/searched`)
    expect(guarded.bash('true').status).toBe(0)
    expect(await eventually(() => guarded.servers().length === 0)).toBe(true)
    expect(hasSearched()).toBe(false)
    const child = guarded.start('echo ready; sleep 60')
    await new Promise((resolve) => child.stdout?.once('data', resolve))
    for (const pid of guarded.servers()) process.kill(pid, 'SIGKILL')
    expect(await eventually(hasSearched)).toBe(true)
    const left = () => fs.readdirSync(guarded.home).filter((name) => name.startsWith('nvgpu-nvml-'))
    expect(await eventually(() => left().length === 0)).toBe(true)
    child.kill()
    guarded.dispose()
  })

  live('G 5: the code cache has the code of a change after the first one', async () => {
    const fresh = new LiveHost('ordinary')
    const run = async (script: string) => {
      expect(fresh.bash(script).status).toBe(0)
      expect(await eventually(() => fresh.servers().length === 0)).toBe(true)
      const caches = `${fresh.home}/.cache/nvgpu`
      return fs.statSync(path.join(caches, fs.readdirSync(caches)[0] ?? '', 'run-server.bin')).size
    }
    let size = 0
    for (let last = -1; last !== size; ) {
      last = size
      size = await run('true')
    }
    expect(await run(`echo 1 > ${PF}/sriov_numvfs`)).toBeGreaterThan(size)
    fresh.dispose()
  })

  live('G 4: nothing stays mounted, no process and no file stays', async () => {
    expect(host.bash('ls /sys > /dev/null').status).toBe(0)
    expect(await eventually(() => host.servers().length === 0)).toBe(true)
    expect(fs.readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(host.home)
    expect(fs.readdirSync(host.home).filter((name) => name.startsWith('nvgpu-run-'))).toEqual([])
  })

  live.each([
    ['nosuch', 127, "there is no command 'nosuch' (ENOENT) [not-found]"],
    ['./nosuch', 127, "there is no command './nosuch' (ENOENT) [not-found]"],
    ['/etc/passwd', 126, "'/etc/passwd' cannot be executed (EACCES) [permission]"],
    ['/tmp', 126, "'/tmp' cannot be executed (EACCES) [permission]"],
  ])('G 4: a command that cannot be started has the status that shells give: %s', (command, status, said) => {
    const ended = host.nvgpu(['run', '--', command])
    expect(ended).toMatchObject({ status, stderr: `nvgpu: run: ${said}\nhint: command -v ${command}\n` })
  })

  live('G 4: the command killed ends the run by the same signal', async () => {
    const child = host.start('echo $$; exec sleep 60')
    const pid = await new Promise<number>((resolve) =>
      child.stdout?.once('data', (data: Buffer) => resolve(Number(data))),
    )
    process.kill(pid, 'SIGKILL')
    const [status, signal] = await new Promise<unknown[]>((resolve) => child.on('close', (...ended) => resolve(ended)))
    expect({ status, signal }).toEqual({ status: null, signal: 'SIGKILL' })
  })

  const onTerminal = it.skipIf(why !== undefined || missing('python3', '--version') !== undefined)
  onTerminal('G 4: Ctrl-C, Ctrl-Z with fg, and a new size of the terminal reach the command', () => {
    const [file, ...args] = host.argv(['run', '--', 'python3', path.resolve('test/live/on-keys.py')])
    const result = spawnSync('python3', ['-u', path.resolve('test/live/keys.py'), file, ...args], {
      cwd: host.home,
      env: { ...host.env, TERM: 'xterm' },
      encoding: 'utf8',
      timeout: 60_000,
    })
    expect({ stdout: result.stdout, stderr: result.stderr }).toEqual({
      stdout: 'interrupted\nstopped\ncontinued\nsize 33 101\nstatus 4\n',
      stderr: '',
    })
  })
})

describe('what the machine forbids', () => {
  it('G 1: --check lists it, with the fix of each', () => {
    const host = new LiveHost('self')
    const { stdout } = host.nvgpu(['run', '--check', '-o', 'json'])
    const { items } = JSON.parse(stdout)
    expect(items.map(({ name }: { name: string }) => name)).toEqual([
      'files',
      'namespaces',
      'network',
      'events',
      'mdevctl',
    ])
    for (const { works, hint } of items) expect(works || typeof hint === 'string').toBe(true)
    host.dispose()
  })

  it('G 1: no command is a usage error', () => {
    const host = new LiveHost('self')
    expect(host.nvgpu(['run'])).toMatchObject({ status: 2, stderr: expect.stringContaining('nvgpu run -- lspci') })
    host.dispose()
  })

  const isRoot = process.geteuid?.() === 0

  it.skipIf(!isRoot || notLive('ordinary') !== undefined)(
    'G 1: a state that cannot be read is refused as elsewhere, at once',
    () => {
      const host = new LiveHost('ordinary')
      expect(host.nvgpu(['vf', 'enable', '1']).status).toBe(0)
      fs.chownSync(`${host.home}/.local/state/nvgpu`, 0, 0)
      const list = host.nvgpu(['vf', 'list'])
      for (const words of [
        ['run', '--', 'true'],
        ['serve', '--dir', `${host.home}/served`],
      ]) {
        const { status, stderr } = host.nvgpu(words)
        expect({ status, stderr: stderr.replace(/: (run|serve): /, ': vf list: ') }).toEqual({
          status: list.status,
          stderr: list.stderr,
        })
      }
      host.dispose()
    },
  )

  /** A script that runs as root in namespaces of its own, where it can take things away. */
  const without = (take: string, host: LiveHost) => {
    const line = host.argv(['run', '--', 'true']).map((word) => `'${word}'`)
    return spawnSync('unshare', ['-m', '--propagation', 'private', 'bash', '-c', `${take}\n${line.join(' ')}`], {
      env: host.env,
      cwd: '/',
      encoding: 'utf8',
    })
  }
  const hide = 'd=$(mktemp -d); mount -t tmpfs none $d'
  const cases: [name: string, take: string, status: number, message: RegExp, hint: string][] = [
    ['no /dev/fuse', `${hide}; mount --bind $d /dev; rm -rf $d`, 1, /there is no \/dev\/fuse/, 'sudo modprobe fuse'],
    [
      'a /dev/fuse for root only',
      `${hide}; touch $d/f; chmod 600 $d/f; mount --bind $d/f /dev/fuse`,
      7,
      /\/dev\/fuse may not be opened by this user/,
      'sudo chmod 0666 /dev/fuse',
    ],
    [
      'no user namespaces',
      `${hide}; echo 0 > $d/max; mount --bind $d/max /proc/sys/user/max_user_namespaces
       printf '#!/bin/sh\\necho "unshare: unshare failed: No space left on device" >&2; exit 1\\n' > $d/unshare
       chmod 755 $d $d/unshare; export PATH="$d:$PATH"`,
      7,
      /no user namespace: user.max_user_namespaces is 0/,
      'sudo sysctl -w user.max_user_namespaces=15000',
    ],
  ]
  it.skipIf(!isRoot || notLive('ordinary') !== undefined).each(cases)(
    'G 1: %s is refused in one sentence with its fix',
    (_name, take, status, message, hint) => {
      const host = new LiveHost('ordinary')
      const result = without(take, host)
      const lines = result.stderr.trim().split('\n')
      // A shell without /dev/null complains itself.
      const [sentence = '', fix, ...more] = lines.slice(lines.findIndex((line) => line.startsWith('nvgpu:')))
      expect({ status: result.status, fix, more }).toEqual({ status, fix: `hint: ${hint}`, more: [] })
      expect(sentence).toMatch(message)
      host.dispose()
    },
  )

  it.skipIf(!isRoot || missing('chroot', '--version') !== undefined)('G 1: a chroot is named', () => {
    const host = new LiveHost('ordinary')
    const root = `${host.home}/root`
    fs.mkdirSync(root)
    const [, ...args] = host.argv(['run', '--', 'true'])
    const script = `
      for dir in /*; do
        [ -d "$dir" ] && [ ! -L "$dir" ] && mkdir '${root}'"$dir" && mount --rbind "$dir" '${root}'"$dir"
        [ -L "$dir" ] && cp -P "$dir" '${root}'/
      done
      exec chroot '${root}' setpriv ${args.map((word) => `'${word}'`).join(' ')}`
    const result = spawnSync('unshare', ['-m', '--propagation', 'private', 'bash', '-c', script], {
      env: host.env,
      cwd: '/',
      encoding: 'utf8',
    })
    expect(result.stderr).toMatch(
      /no user namespace: this process is in a chroot \(EPERM\) \[permission\]\nhint: run it outside/,
    )
    expect(result.status).toBe(7)
    host.dispose()
  })
})

it('G 4: other processes of the machine do not see the host', () => {
  const child = spawn('true')
  child.kill()
  expect(fs.existsSync('/sys/bus/pci/devices/0000:c1:00.0/sriov_numvfs')).toBe(false)
})
