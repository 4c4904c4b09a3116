import { spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bench } from '../cli/captured-io.ts'
import { missing } from '../house/installed.ts'

/** mdevctl reads one fixed directory: it gets its own in a mount namespace, where that is allowed. */
const NO_MDEVCTL =
  missing('mdevctl', '--version') ??
  missing('unshare', '--mount', 'mount', '--bind', '/etc/mdevctl.d', '/etc/mdevctl.d')

let bench: Bench
let scripts: string
beforeEach(() => {
  bench = new Bench()
  scripts = bench.file('scripts.d')
  for (const name of ['callouts', 'notifiers']) fs.mkdirSync(path.join(scripts, name), { recursive: true })
})
afterEach(() => {
  bench.dispose()
})

const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

async function run(line: string) {
  return bench.sh(line, { env: { NVGPU_CALLOUTS: scripts } })
}

async function ok(line: string): Promise<string> {
  const { status, stdout, stderr } = await run(line)
  expect(status, `${line}: ${stderr}`).toBe(0)
  return stdout
}

function script(name: string, text: string, mode = 0o755): string {
  const file = path.join(scripts, name)
  fs.writeFileSync(file, `#!/bin/sh\n${text}\n`)
  fs.chmodSync(file, mode)
  return file
}

/** The body of a script that notes how it was called, in a file of its own name, and goes on with `rest`. */
function noting(rest = 'exit 0'): string {
  return `{ printf '%s' "$(basename "$0") $*"; printf ' | '; cat; echo; } >> ${bench.file('calls')}\n${rest}`
}

/** What the noting scripts wrote; the handshake, which only newer scripts know, left out. */
function calls(): string[] {
  const text = fs.existsSync(bench.file('calls')) ? fs.readFileSync(bench.file('calls'), 'utf8') : ''
  fs.rmSync(bench.file('calls'), { force: true })
  return text.split('\n').filter((line) => line !== '' && !line.includes('-a capabilities'))
}

/** A whole callout script of the kind that mdevctl's manual describes: its options, one type, and a case for each event. */
const WHOLE = `
while getopts t:e:a:s:u:p: option; do
  case $option in
    t) type=$OPTARG ;; e) event=$OPTARG ;; a) action=$OPTARG ;; s) state=$OPTARG ;; u) uuid=$OPTARG ;; p) parent=$OPTARG ;;
    *) exit 1 ;;
  esac
done
[ "$type" = nvidia-874 ] || exit 2
config=$(cat)
case $event-$action in
  pre-start)
    case $config in *'"start":"'*) ;; *) echo 'no configuration' >&2; exit 1 ;; esac
    case $parent in 0000:c1:00.5) echo "$parent is kept for the display wall" >&2; exit 1 ;; esac ;;
  post-start) [ "$state" = success ] && echo "$uuid" > "$(dirname "$0")/../../started" ;;
  get-attributes) echo '[{"nvidia/vgpu_params":"disable_vnc=1"}]' ;;
esac
exit 0`

describe('callouts', () => {
  it('get type, event, action, state, UUID and parent as options and the configuration on standard input', async () => {
    script('callouts/a', noting())
    script('notifiers/n', noting('exit 7'))
    await ok('vf enable 2')
    await ok(`vgpu create --type L40-4Q --uuid ${uuid(1)}`)
    const config = '{"mdev_type":"nvidia-874","start":"manual","attrs":[]}'
    const call = (name: string, event: string, action: string, state: string, parent = '0000:c1:00.4') =>
      `${name} -t nvidia-874 -e ${event} -a ${action} -s ${state} -u ${uuid(1)} -p ${parent} | ${config}`
    const whole = (action: string) => [
      call('a', 'pre', action, 'none'),
      call('a', 'post', action, 'success'),
      call('n', 'notify', action, 'success'),
    ]
    expect(calls()).toEqual(whole('start'))
    await ok(`vgpu define ${uuid(1)}`)
    expect(calls()).toEqual([call('a', 'get', 'attributes', 'none').replace(config, ''), ...whole('define')])
    await ok(`vgpu stop ${uuid(1)}`)
    await ok(`vgpu start ${uuid(1)}`)
    expect(calls()).toEqual([])
    await ok(`vgpu destroy ${uuid(1)}`)
    expect(calls()).toEqual(whole('stop'))
    await ok(`vgpu start ${uuid(1)}`)
    expect(calls()).toEqual(whole('start'))
    await ok(`vgpu modify ${uuid(1)} --vf any`)
    await ok(`vgpu undefine ${uuid(1)}`)
    expect(calls().map((line) => line.replace(/ \|.*/, ''))).toEqual([
      expect.stringContaining(`-e pre -a modify -s none -u ${uuid(1)} -p 0000:c1:00.0`),
      expect.stringContaining('-e post -a modify -s success'),
      expect.stringContaining('-e notify -a modify -s success'),
      expect.stringContaining('-e pre -a undefine -s none'),
      expect.stringContaining('-e post -a undefine -s success'),
      expect.stringContaining('-e notify -a undefine -s success'),
    ])
  })

  it('are not run for what changes nothing, and not under --dry-run', async () => {
    script('callouts/a', noting())
    await ok('vf enable 2')
    await ok(`vgpu create --type L40-4Q --uuid ${uuid(1)} --dry-run`)
    expect(calls()).toEqual([])
    await ok(`vgpu create --type L40-4Q --uuid ${uuid(1)}`)
    calls()
    await ok(`vgpu create --type L40-4Q --uuid ${uuid(1)} --if-not-exists`)
    await ok('vgpu destroy nobody --if-exists')
    expect((await run('vgpu create --type L40-8Q')).status).toBe(4)
    expect(calls()).toEqual([])
  })

  it('that refuse stop the change, and only notifiers hear of it; --force goes on', async () => {
    script('callouts/a', noting('echo first >&2; echo "not on a Sunday" >&2; exit 1'))
    script('notifiers/n', noting())
    await ok('vf enable 2')
    const before = await ok('host export')
    expect(await run(`vgpu create --type L40-4Q --uuid ${uuid(1)}`)).toMatchObject({
      status: 1,
      stdout: '',
      stderr: `nvgpu: a: first\nnvgpu: a: not on a Sunday\nnvgpu: vgpu create: callout a: start of ${uuid(1)} on 0000:c1:00.4: not on a Sunday, exit status 1 (ECANCELED) [callout-refused]\nhint: repeat with --force to ignore the refusal\n`,
    })
    expect(await ok('host export')).toBe(before)
    expect(calls().map((line) => line.split(' ').slice(0, 9).join(' '))).toEqual([
      'a -t nvidia-874 -e pre -a start -s none',
      'n -t nvidia-874 -e notify -a start -s none',
    ])
    const forced = await run(`vgpu create --type L40-4Q --uuid ${uuid(1)} --force`)
    expect([forced.status, forced.stdout]).toEqual([0, `${uuid(1)}\n`])
    expect(forced.stderr).toContain('nvgpu: warning: callout a: start of')
    expect(calls().at(-1)).toContain('-e notify -a start -s success')
  })

  it('the first that does not exit with 2 is the one; those before and after it are out', async () => {
    script('callouts/10-other', noting('exit 2'))
    script('callouts/20-mine', noting())
    script('callouts/30-late', noting('exit 1'))
    await ok('vf enable 2')
    await ok('vgpu create --type L40-4Q')
    expect(calls().map((line) => `${line.split(' ')[0]} ${line.split(' ')[4]}`)).toEqual([
      '10-other pre',
      '20-mine pre',
      '20-mine post',
    ])
  })

  it('that agreed hear of the failure when another refuses, or when the change does not go', async () => {
    script('callouts/a', noting(`case "$*" in *c1:00.5*) exit 1 ;; esac`))
    await ok('vf enable 2')
    const { status } = await run('vgpu create --type L40-4Q --name one')
    expect(status).toBe(0)
    await ok('vgpu create --type L40-4Q --name two --force')
    calls()
    expect((await run('vgpu destroy one two')).status).toBe(1)
    expect(calls().map((line) => line.split(' ').slice(3, 9).join(' '))).toEqual([
      '-e pre -a stop -s none',
      '-e pre -a stop -s none',
      '-e post -a stop -s failure',
    ])
    expect(await ok('vgpu list')).toMatch(/one.*\n.*two/)
  })

  it('a status after the change is told and changes nothing', async () => {
    script('callouts/a', 'case "$*" in *"-e post"*) echo sorry >&2; exit 3 ;; esac')
    await ok('vf enable 2')
    const { status, stderr } = await run('vgpu create --type L40-4Q')
    expect(status).toBe(0)
    expect(stderr).toBe('nvgpu: a: sorry\nnvgpu: callout a after start: sorry, exit status 3\n')
  })

  it('a whole script runs unchanged: its type, its refusals, its attributes', async () => {
    script('callouts/whole', WHOLE)
    await ok('vf enable 3')
    await ok(`vgpu create --type L40-4Q --uuid ${uuid(1)} --name a`)
    expect(fs.readFileSync(bench.file('started'), 'utf8')).toBe(`${uuid(1)}\n`)
    const refused = await run('vgpu create --type L40-4Q')
    expect(refused.status).toBe(1)
    expect(refused.stderr).toContain('0000:c1:00.5 is kept for the display wall')
    await ok('vgpu create --type L40-4Q --vf 2')
    await ok('vgpu define a')
    const attrs = [{ 'nvidia/vgpu_params': 'disable_vnc=1' }]
    expect(JSON.parse(await ok('vgpu show a --dumpjson'))).toMatchObject({ attrs })
    expect(JSON.parse(await ok('vgpu list --dumpjson'))).toMatchObject([
      { '0000:c1:00.4': [{ [uuid(1)]: { attrs } }], '0000:c1:00.6': [{}] },
    ])
    fs.rmSync(bench.file('started'))
    await ok('vgpu destroy --all')
    await ok('vgpu create --type L40-6Q --vf 1')
    expect(fs.existsSync(bench.file('started'))).toBe(false)
  })

  it('at boot decide about their own vGPU only', async () => {
    script('callouts/a', noting(`case "$*" in *${uuid(1)}*) echo broken >&2; exit 1 ;; esac`))
    for (const n of [1, 2]) await ok(`vgpu define --type L40-4Q --uuid ${uuid(n)} --auto --force`)
    calls()
    const { status, stderr } = await run('host reboot')
    expect(status).toBe(1)
    expect(stderr).toContain(`nvgpu: warning: vGPU ${uuid(1)} was not started: callout a: start of ${uuid(1)}`)
    expect(await ok('vgpu list -q')).toBe(`${uuid(2)}\n`)
    expect(calls().map((line) => line.split(' ').slice(3, 9).join(' '))).toEqual([
      '-e pre -a start -s none',
      '-e pre -a start -s none',
      '-e post -a start -s success',
    ])
    await ok('host reboot --force')
    expect(await ok('vgpu list -q')).toBe(`${uuid(1)}\n${uuid(2)}\n`)
  })
})

describe('the handshake', () => {
  const supports = (actions: string, events: string) =>
    `case "$*" in *"-a capabilities"*) echo '{"supports":{"version":2,"actions":${actions},"events":${events}}}'; exit 0 ;; esac`

  it('says what we can, and a script that answers gets only what it named', async () => {
    const asked = bench.file('asked')
    script(
      'callouts/a',
      `case "$*" in *"-a capabilities"*) cat > ${asked} ;; esac\n${supports('["start"]', '["post"]')}\n${noting()}`,
    )
    await ok('vf enable 2')
    await ok('vgpu create --type L40-4Q --persist')
    expect(JSON.parse(fs.readFileSync(asked, 'utf8'))).toEqual({
      provides: {
        version: 2,
        actions: ['start', 'stop', 'define', 'undefine', 'modify', 'attributes', 'capabilities'],
        events: ['pre', 'post', 'notify', 'get', 'live'],
      },
    })
    expect(calls().map((line) => line.split(' ').slice(3, 7).join(' '))).toEqual(['-e post -a start'])
  })

  it('a script that takes live changes is asked for them between before and after; an older one is not', async () => {
    script('callouts/a', noting())
    await ok('vf enable 2')
    await ok('vgpu create --type L40-4Q --name desk')
    calls()
    const live = 'vgpu modify desk --live --addattr nvidia/vgpu_params --value disable_vnc=1'
    await ok(live)
    const events = () => calls().map((line) => line.split(' ')[4])
    expect(events()).toEqual(['pre', 'post'])
    script('callouts/a', `${supports('["modify"]', '["pre","live","post"]')}\n${noting()}`)
    await ok(live)
    const seen = calls()
    expect(seen.map((line) => line.split(' ')[4])).toEqual(['pre', 'live', 'post'])
    expect(seen[1]).toContain('"attrs":[{"nvidia/vgpu_params":"disable_vnc=1"},{"nvidia/vgpu_params":"disable_vnc=1"}]')
    script(
      'callouts/a',
      `${supports('["modify"]', '["pre","live","post"]')}\n${noting('case "$*" in *live*) exit 1 ;; esac')}`,
    )
    expect((await run(live)).status).toBe(1)
    expect(events()).toEqual(['pre', 'live', 'post'])
    expect(JSON.parse(await ok('vgpu show desk --dumpjson')).attrs).toHaveLength(2)
  })
})

describe('how a script is run', () => {
  it('without a shell, in /, with nothing of our environment but where the state is', async () => {
    script('callouts/a b;touch x', `env | sort > ${bench.file('env')}; pwd >> ${bench.file('env')}`)
    await ok('vf enable 2')
    await ok('vgpu create --type L40-4Q')
    const lines = fs.readFileSync(bench.file('env'), 'utf8').split('\n')
    expect(lines.filter((line) => !/^(PWD|SHLVL|_|OLDPWD)=/.test(line))).toEqual([
      'LC_ALL=C',
      `NVGPU_STATE_DIR=${bench.stateDir}`,
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      '/',
      '',
    ])
  })

  it('hidden files, backups and what cannot be executed are no scripts', async () => {
    script('callouts/.hidden', noting('exit 1'))
    script('callouts/a~', noting('exit 1'))
    script('callouts/README', noting('exit 1'), 0o644)
    fs.mkdirSync(path.join(scripts, 'callouts/dir'))
    await ok('vf enable 2')
    await ok('vgpu create --type L40-4Q')
    expect(calls()).toEqual([])
  })

  it('one that others can write, or in a directory that they can, is refused before anything is run', async () => {
    await ok('vf enable 2')
    script('callouts/a', noting())
    const file = script('callouts/b', noting(), 0o775)
    const create = async (why: string) => {
      const { status, stderr } = await run('vgpu create --type L40-4Q')
      expect([status, calls()], stderr).toEqual([7, []])
      expect(stderr).toContain(why)
    }
    await create(`${file} can be written by others (EPERM) [permission]\nhint: chmod go-w ${file}`)
    fs.chmodSync(file, 0o755)
    fs.chmodSync(path.join(scripts, 'callouts'), 0o777)
    await create(`${path.join(scripts, 'callouts')} can be written by others`)
    fs.chmodSync(path.join(scripts, 'callouts'), 0o755)
    const elsewhere = bench.file('elsewhere')
    fs.mkdirSync(elsewhere)
    fs.renameSync(file, path.join(elsewhere, 'b'))
    fs.symlinkSync(path.join(elsewhere, 'b'), file)
    await ok('vgpu create --type L40-4Q')
    expect(calls()).toHaveLength(2)
    fs.chmodSync(elsewhere, 0o757)
    await create(`${elsewhere} can be written by others`)
  })

  it('one that belongs to somebody else is refused', async ({ skip }) => {
    skip(process.geteuid?.() !== 0, 'only root can give a file away')
    fs.chownSync(script('callouts/a', noting()), 12345, 12345)
    const { status, stderr } = await run('vgpu define --type L40-4Q')
    expect([status, calls()]).toEqual([7, []])
    expect(stderr).toContain('belongs to user 12345')
  })

  it('the directory is absolute, and one that is asked for is there', async () => {
    const relative = await bench.sh('vgpu define --type L40-4Q --callouts scripts.d')
    expect([relative.status, relative.stderr]).toEqual([
      2,
      expect.stringContaining('--callouts takes an absolute path'),
    ])
    const none = await bench.sh('vgpu define --type L40-4Q --callouts /nonexistent')
    expect([none.status, none.stderr]).toEqual([3, expect.stringContaining('has neither callouts nor notifiers')])
    const home = { XDG_CONFIG_HOME: bench.file('config') }
    expect((await bench.sh('vgpu define --type L40-4Q', { env: home })).status).toBe(0)
    fs.mkdirSync(bench.file('config/nvgpu'), { recursive: true })
    fs.renameSync(scripts, bench.file('config/nvgpu/scripts.d'))
    scripts = bench.file('config/nvgpu/scripts.d')
    script('callouts/a', noting())
    await bench.sh('vgpu define --type L40-4Q', { env: home })
    expect(calls()).toHaveLength(2)
  })

  it('one that says too much is stopped, with all it has started', async () => {
    script('callouts/a', `case "$*" in *capab*) exit ;; esac\nsleep 600 & echo $! > ${bench.file('pid')}\nyes`)
    const { status, stderr } = await run('vgpu define --type L40-4Q')
    expect([status, stderr]).toEqual([1, expect.stringContaining('wrote more than 64 KiB')])
    await gone(Number(fs.readFileSync(bench.file('pid'), 'utf8')))
  })

  it('what it leaves running does not keep the command waiting', async () => {
    script('callouts/a', `case "$*" in *capab*) exit ;; esac\nsleep 600 & echo $! >> ${bench.file('pid')}`)
    await ok('vgpu define --type L40-4Q')
    for (const pid of fs.readFileSync(bench.file('pid'), 'utf8').trim().split('\n'))
      process.kill(Number(pid), 'SIGKILL')
  })

  it('an interrupt ends the script with the command, which has changed nothing', async () => {
    const pid = bench.file('pid')
    script('callouts/a', `case "$*" in *capab*) exit ;; esac\necho $$ > ${pid}.new; mv ${pid}.new ${pid}\nsleep 600`)
    const env = { PATH: process.env.PATH ?? '', NVGPU_STATE_DIR: bench.stateDir, NVGPU_CALLOUTS: scripts }
    const child = spawn(process.execPath, ['bin/nvgpu.cjs', 'vgpu', 'define', '--type', 'L40-4Q'], { env })
    while (!fs.existsSync(pid)) await new Promise((resolve) => setTimeout(resolve, 10))
    child.kill('SIGINT')
    const signal = await new Promise((resolve) => child.on('exit', (_status, by) => resolve(by)))
    expect(signal).toBe('SIGINT')
    await gone(Number(fs.readFileSync(pid, 'utf8')))
    expect(await ok('vgpu list --defined -q')).toBe('')
  })
})

describe('beside mdevctl itself', () => {
  it('the same script is called in the same way for the same definition', async ({ skip }) => {
    skip(NO_MDEVCTL !== undefined, NO_MDEVCTL)
    script('callouts/a', noting())
    script('notifiers/n', noting())
    const id = uuid(1)
    const words = {
      ours: [
        `vgpu define --type 874 --vf 0000:c1:00.4 --uuid ${id} --auto`,
        `vgpu modify ${id} --addattr x --value 1`,
        `vgpu modify ${id} --manual --type 875`,
        `vgpu undefine ${id}`,
      ],
      theirs: [
        `define -u ${id} -p 0000:c1:00.4 -t nvidia-874 -a`,
        `modify -u ${id} --addattr x --value 1`,
        `modify -u ${id} -m -t nvidia-875`,
        `undefine -u ${id}`,
      ],
    }
    mdevctl(...words.theirs)
    const theirs = calls()
    for (const line of words.ours) await ok(line)
    expect(theirs.length).toBeGreaterThan(10)
    expect(calls()).toEqual(theirs)
  })

  it('reads what we dump, and we read what it dumps', async ({ skip }) => {
    skip(NO_MDEVCTL !== undefined, NO_MDEVCTL)
    await ok(`vgpu define --type 874 --vf 0000:c1:00.4 --uuid ${uuid(1)} --auto`)
    await ok(`vgpu modify ${uuid(1)} --addattr nvidia/vgpu_params --value enable_uvm=1`)
    await ok(`vgpu define --type 875 --uuid ${uuid(2)}`)
    const ours = JSON.parse(await ok('vgpu list --defined --dumpjson'))
    const lines = Object.entries<Record<string, object>[]>(ours[0]).flatMap(([parent, devices]) =>
      devices.flatMap((device) =>
        Object.entries(device).map(([id, config]) => {
          const file = bench.file(`${id}.json`, JSON.stringify(config))
          return `define -u ${id} -p ${parent} --jsonfile ${file}`
        }),
      ),
    )
    const dumped = mdevctl(...lines, 'list --defined --dumpjson')
    expect(JSON.parse(dumped)).toEqual(ours)
    await ok('vgpu undefine --all')
    await ok(`vgpu define --jsonfile ${bench.file('theirs.json', dumped)}`)
    expect(JSON.parse(await ok('vgpu list --defined --dumpjson'))).toEqual(ours)
    expect(JSON.parse(mdevctl(...lines, `list -d -u ${uuid(1)} --dumpjson`))).toEqual(
      JSON.parse(await ok(`vgpu show ${uuid(1)} --dumpjson`)),
    )
  })

  /** Runs mdevctl's commands on an empty configuration with our scripts; answers the output of the last one. */
  function mdevctl(...lines: string[]): string {
    const root = bench.file('mdevctl.d')
    fs.rmSync(root, { recursive: true, force: true })
    fs.cpSync(scripts, path.join(root, 'scripts.d'), { recursive: true })
    const last = lines.pop() ?? ''
    const text = `mount --bind ${root} /etc/mdevctl.d\n${lines.map((line) => `mdevctl ${line} >&2`).join('\n')}\nmdevctl ${last}`
    const result = spawnSync('unshare', ['--mount', 'sh', '-ec', text], { encoding: 'utf8' })
    expect(result.status, result.stderr).toBe(0)
    return result.stdout
  }
})

/** Waits until a process is no more. */
async function gone(pid: number): Promise<void> {
  for (let i = 0; i < 6000; i += 1) {
    const stat = fs.existsSync(`/proc/${pid}/stat`) ? fs.readFileSync(`/proc/${pid}/stat`, 'utf8') : ') Z'
    if (stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) === 'Z') return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  expect.fail(`process ${pid} is still there`)
}
