import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Sandbox } from '../house/sandbox.ts'

const ACTIVE = '6f1c2f0e-8a45-4f0c-9d0b-3f1f0a8c1d01'
const U = 'aaaaaaaa-0000-4000-8000-000000000001'
const NOBODY = 'bbbbbbbb-0000-4000-8000-000000000001'
const P = '0000:c1:00.5'

/** Command lines whose output, errors and statuses are compared, in this order on one host. */
const LINES = [
  'mdevctl list',
  'mdevctl types',
  `mdevctl types -p ${P} --dumpjson`,
  'mdevctl types -p 0000:c1:00.9',
  'mdevctl types -p 0000:c1:00.9 --dumpjson',
  `mdevctl define -u ${U} -p ${P} -t nvidia-874`,
  `mdevctl define -u ${U} -p ${P} -t nvidia-874`,
  `mdevctl define -u ${ACTIVE}`,
  `mdevctl define -u ${ACTIVE} -a`,
  `mdevctl define -u ${NOBODY}`,
  `mdevctl define -p ${P}`,
  'mdevctl define -t nvidia-874',
  'mdevctl list',
  'mdevctl list -d',
  `mdevctl modify -u ${U} --addattr nvidia/vgpu_params --value disable_vnc=1`,
  `mdevctl modify -u ${U} --addattr x/y --value 2`,
  `mdevctl modify --uuid=${U} --addattr z --value 3 -i 1`,
  'mdevctl list -d -v',
  'mdevctl list -dv',
  'mdevctl list -d --dumpjson',
  `mdevctl list -d --dumpjson -u ${U}`,
  `mdevctl list --dumpjson -u ${ACTIVE}`,
  `mdevctl list -u${ACTIVE}`,
  `mdevctl list -u ${NOBODY}`,
  `mdevctl list --dumpjson -p ${P}`,
  `mdevctl list -d -p ${P}`,
  'lsmdev',
  'lsmdev -d --dumpjson',
  `mdevctl modify -u ${U} --delattr -i 7`,
  `mdevctl modify -u ${U} --addattr a --value b -i 9`,
  `mdevctl modify -u ${U} --delattr -i 0`,
  `mdevctl modify -u ${U} --delattr`,
  `mdevctl modify -u ${U} -a -t nvidia-869`,
  `mdevctl modify -u ${U}`,
  'mdevctl list -d -v',
  `mdevctl modify -u ${U} -a -m`,
  `mdevctl modify -u ${U} --addattr q`,
  `mdevctl modify -u ${U} --delattr --addattr z --value 2`,
  `mdevctl modify -u ${NOBODY} -a`,
  'mdevctl modify -a',
  `mdevctl start -u ${NOBODY}`,
  `mdevctl start -u ${NOBODY} -p 0000:c1:00.9 -t nvidia-874`,
  `mdevctl start -u ${NOBODY} -p ${P} -t nvidia-9`,
  `mdevctl start -u ${NOBODY} -p ${P} -t nvidia-869`,
  `mdevctl start -u ${ACTIVE}`,
  `mdevctl start -u ${ACTIVE} -p 0000:c1:00.4 -t nvidia-874`,
  `mdevctl start -p ${P}`,
  'mdevctl start',
  `mdevctl stop -u ${NOBODY}`,
  'mdevctl stop',
  `mdevctl undefine -u ${U} -p 0000:c1:00.4`,
  `mdevctl undefine -u ${U}`,
  `mdevctl undefine -u ${U}`,
  'mdevctl undefine',
  `echo '{"mdev_type":"nvidia-874","start":"auto","attrs":[{"a":"b"}]}' > one.json`,
  `mdevctl define -u ${U} --jsonfile one.json`,
  `mdevctl define -u ${U} -p ${P} -t nvidia-874 --jsonfile one.json`,
  `mdevctl define -u ${U} -p ${P} --jsonfile one.json`,
  'mdevctl list -d --dumpjson',
  'mdevctl types --bogus',
  'mdevctl list -x',
  'mdevctl bogus',
  'mdevctl --version',
  'mdevctl list --version',
  'mdevctl',
] as const

const isInstalled =
  spawnSync('unshare', ['-rm', 'mdevctl', '--version'], { encoding: 'utf8' }).stdout === 'mdevctl 1.2.0\n'

let box: Sandbox
/** A host of the mdev face with four VFs and one vGPU, and links to nvgpu in `links`. */
beforeAll(() => {
  box = new Sandbox()
  fs.mkdirSync(path.join(box.home, 'links'))
  for (const name of ['mdevctl', 'lsmdev', 'sriov-manage'])
    fs.symlinkSync(path.resolve('bin/nvgpu.cjs'), path.join(box.home, 'links', name))
  const made = box.sh(`
    nvgpu host init -p vgpu17 --face mdev -q && nvgpu vf enable 4 -q &&
    nvgpu vgpu create -t L40-4Q --vf c1:00.4 --uuid ${ACTIVE} --no-start -q && nvgpu sysfs export tree -q`)
  expect([made.status, made.stderr]).toEqual([0, expect.anything()])
})
afterAll(() => {
  box.dispose()
})

/** Runs a script with the links of nvgpu in front. */
function ours(script: string) {
  return box.sh(`PATH="$HOME/links:$PATH"\n${script}`)
}

/** A script that prints what each line prints, and its status. */
function recorded(lines: readonly string[]): string {
  return lines.map((line) => `echo '${line.replaceAll("'", '')}'; ${line}; echo "status $?"`).join('\n')
}

/** Output of a script with both streams in one. */
function merged(script: string): string {
  return `exec 2>&1\n${script}`
}

describe('a link named mdevctl or lsmdev', () => {
  it.skipIf(!isInstalled)('K 7: prints the same as mdevctl 1.2, errors and statuses too', () => {
    const real = box.run('unshare', [
      '-rm',
      'sh',
      '-c',
      `mount --bind tree /sys && mount -t tmpfs none /etc/mdevctl.d && cd "$HOME" &&
       mkdir -p /etc/mdevctl.d/scripts.d/callouts /etc/mdevctl.d/scripts.d/notifiers || exit 1
       ${merged(recorded(LINES))}`,
    ])
    const own = ours(merged(recorded(LINES)))
    expect(real.stdout.split('\n').length).toBeGreaterThan(200)
    expect(own.stdout.split('\n')).toEqual(real.stdout.split('\n'))
  })

  it('K 7: start makes the device, writes its attributes, and stop removes it', () => {
    const start = ours(`mdevctl define -u ${NOBODY} -p 0000:c1:00.6 -t nvidia-874 &&
      mdevctl modify -u ${NOBODY} --addattr nvidia/vgpu_params --value disable_vnc=1 && mdevctl start -u ${NOBODY}`)
    expect(start).toEqual({ status: 0, stdout: '', stderr: '' })
    expect(box.sh(`nvgpu sysfs cat /sys/bus/mdev/devices/${NOBODY}/nvidia/vgpu_params`).stdout).toBe('disable_vnc=1\n')
    expect(ours('mdevctl list').stdout).toContain(`${NOBODY} 0000:c1:00.6 nvidia-874 manual (defined)\n`)
    const made = ours('mdevctl start -p 0000:c1:00.7 -t nvidia-874')
    expect(made).toMatchObject({ status: 0, stdout: expect.stringMatching(/^[0-9a-f-]{36}\n$/) })
    expect(ours(`mdevctl stop -u ${made.stdout.trim()}; mdevctl stop -u ${NOBODY}`).status).toBe(0)
    expect(ours('mdevctl list').stdout).toBe(`${ACTIVE} 0000:c1:00.4 nvidia-874 manual (defined)\n\n`)
  })

  it('K 7: a device whose attribute is refused is not left behind, and the errno is printed', () => {
    const refused = ours(`mdevctl define -u ${NOBODY.replace('bbb', 'ccc')} -p 0000:c1:00.6 -t nvidia-874 &&
      mdevctl modify -u ${NOBODY.replace('bbb', 'ccc')} --addattr nvidia/none --value 1 &&
      mdevctl start -u ${NOBODY.replace('bbb', 'ccc')}`)
    expect(refused).toEqual({
      status: 1,
      stdout: '',
      stderr:
        'Error: Failed to write 1 to attribute nvidia/none\n\nCaused by:\n    No such file or directory (os error 2)\n',
    })
    expect(ours('mdevctl list -p 0000:c1:00.6').stdout).toBe('\n')
  })

  it('K 7: stop of an open device is refused with the errno of the driver', () => {
    box.sh(`nvgpu vgpu start ${ACTIVE}`)
    expect(ours(`mdevctl stop -u ${ACTIVE}`)).toMatchObject({
      status: 1,
      stderr: `Error: Error removing device ${ACTIVE}\n\nCaused by:\n    Operation not permitted (os error 1)\n`,
    })
    box.sh(`nvgpu vgpu stop ${ACTIVE}`)
  })

  it('K 7: every command has help, also behind help', () => {
    for (const words of ['--help', 'help', 'help list', 'start --help', 'list -h']) {
      const { status, stdout } = ours(`mdevctl ${words}`)
      expect([status, stdout], words).toEqual([0, expect.stringContaining('USAGE:\n    mdevctl ')])
    }
  })

  it('K 7: on a host without the mdev face nothing is listed, and a refusal names the face', () => {
    const other = ours(
      'export NVGPU_STATE_DIR=$HOME/other; mdevctl types; mdevctl list; mdevctl start -p c1 -t nvidia-874',
    )
    expect(other.stdout).toBe('\n\n')
    expect(other.stderr).toBe(
      "Error: Unable to find parent device 'c1'\nhint: this host has the upstream face: nvgpu host init --profile vgpu17 --face mdev\n",
    )
  })
})

describe('a link named sriov-manage', () => {
  const at = (script: string) => ours(`export NVGPU_STATE_DIR=$HOME/vfs\n${script}`)

  beforeAll(() => {
    at('nvgpu host init -p vgpu17 --gpus 2 -q')
  })

  it('K 7: -e enables all VFs of a GPU, and again changes nothing', () => {
    expect(at('nvgpu sysfs write c1:00.0/sriov_numvfs 4').status).not.toBe(0)
    expect(at('sriov-manage -e 0000:c1:00.0')).toEqual({
      status: 0,
      stdout: 'Enabling VFs on 0000:c1:00.0\n',
      stderr: '',
    })
    expect(at('nvgpu sysfs cat c1:00.0/sriov_numvfs').stdout).toBe('32\n')
    const before = at('nvgpu host export').stdout
    expect(at('sriov-manage -e 0:c1:0.0').status).toBe(0)
    expect(at('nvgpu host export').stdout).toBe(before)
  })

  it('K 7: ALL takes every GPU, in any case', () => {
    expect(at('sriov-manage -e all').stdout).toBe('Enabling VFs on 0000:c1:00.0\nEnabling VFs on 0000:c2:00.0\n')
    expect(at('nvgpu sysfs cat c2:00.0/sriov_numvfs').stdout).toBe('32\n')
    expect(at('sriov-manage -d c2:00.0').stdout).toBe('Disabling VFs on 0000:c2:00.0\n')
    expect(at('nvgpu sysfs cat c2:00.0/sriov_numvfs').stdout).toBe('0\n')
  })

  it('K 7: -d drops the types, but not while a VM uses the GPU', () => {
    at('nvgpu vgpu create -t L40-4Q --name desk1 --gpu 0')
    expect(at('sriov-manage -d 0000:c1:00.0')).toEqual({
      status: 1,
      stdout: 'Disabling VFs on 0000:c1:00.0\n',
      stderr: 'Cannot obtain unbindLock for 0000:c1:00.0\n',
    })
    at('nvgpu vgpu stop desk1 && nvgpu gpu scheduler equal-share --gpu 0')
    expect(at('sriov-manage -d 0000:c1:00.0').status).toBe(0)
    expect(at('nvgpu vgpu list -q').stdout).toBe('')
    expect(at('nvgpu gpu scheduler --gpu 0').stdout).not.toContain('equal')
  })

  it('K 7: -r 1 resets the GPU first', () => {
    expect(at('sriov-manage -e 0000:c1:00.0 -r 1')).toMatchObject({
      status: 0,
      stdout: 'Enabling VFs on 0000:c1:00.0\n',
    })
    expect(at('nvgpu sysfs cat c1:00.0/sriov_numvfs').stdout).toBe('32\n')
  })

  it('K 7: help, a bad command line, and an address without a GPU', () => {
    expect(at('sriov-manage -h')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('<-e|-d> <ssss:bb:dd.f|ALL>'),
    })
    for (const words of ['', '-e', '-x ALL', '-d ALL -r 1', '-e ALL extra'])
      expect(at(`sriov-manage ${words}`), words).toMatchObject({
        status: 1,
        stdout: '',
        stderr: expect.stringMatching(/^Usage:/),
      })
    expect(at('sriov-manage -e 0000:99:00.0')).toMatchObject({
      status: 1,
      stderr: 'There is no NVIDIA GPU at 0000:99:00.0\n',
    })
  })
})
