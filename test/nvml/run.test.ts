import fs from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, LiveHost, notLive } from '../live/live-host.ts'

/** Prints the return codes of three calls, and what they say. */
const CLIENT = `
import ctypes, sys
n = ctypes.CDLL(sys.argv[1] if len(sys.argv) > 1 else "libnvidia-ml.so.1")
count, device, text = ctypes.c_uint(), ctypes.c_void_p(), ctypes.create_string_buffer(96)
codes = [n.nvmlInit_v2(), n.nvmlDeviceGetCount_v2(ctypes.byref(count)), n.nvmlDeviceGetHandleByIndex_v2(0, ctypes.byref(device))]
codes.append(n.nvmlDeviceGetName(device, text, 96))
vgpus = ctypes.c_uint(64)
codes.append(n.nvmlDeviceGetActiveVgpus(device, ctypes.byref(vgpus), (ctypes.c_uint * 64)()))
print(*codes, count.value, vgpus.value, text.value.decode())
`

const left = (host: LiveHost) => fs.readdirSync(host.home).filter((name) => name.startsWith('nvgpu-nvml-'))

describe.each(['ordinary', 'self'] as const)('the library in nvgpu run, as %s user', (user) => {
  const why = notLive(user)
  if (why !== undefined) console.log(`skipped: ${why}`)
  const live = it.skipIf(why !== undefined)
  let host: LiveHost

  beforeAll(() => {
    host = new LiveHost(user)
    host.nvgpu(['vf', 'enable', '4'])
    host.nvgpu(['vgpu', 'create', '--type', 'L40-4Q', '--count', '2'])
    fs.writeFileSync(`${host.home}/client.py`, CLIENT)
  })
  afterAll(async () => {
    expect(await eventually(() => host.servers().length === 0 && left(host).length === 0)).toBe(true)
    host.dispose()
  })

  live('H 3: is there by itself, under its three names, for the user and for uid 0', () => {
    for (const name of ['libnvidia-ml.so', 'libnvidia-ml.so.1', 'libnvidia-ml.so.570.144'])
      expect(host.bash(`python3 client.py ${name}`)).toMatchObject({ status: 0, stdout: '0 0 0 0 0 1 2 NVIDIA L40\n' })
    expect(host.bash('python3 client.py', '--root').stdout).toBe('0 0 0 0 0 1 2 NVIDIA L40\n')
  })

  live('H 3: sees a write to /sys at once, and a daemon that is left behind keeps it', async () => {
    const vf = '/sys/bus/pci/devices/0000:c1:00.4'
    const other = new LiveHost(user)
    fs.writeFileSync(`${other.home}/client.py`, CLIENT)
    const before = 'echo 2 > /sys/bus/pci/devices/0000:c1:00.0/sriov_numvfs; nvgpu vgpu create --type L40-4Q >/dev/null'
    const script = `${before}; python3 client.py; ls -d ${vf} >/dev/null
      (sleep 2; nvgpu vgpu destroy --all >/dev/null; python3 client.py >late) >/dev/null 2>&1 &`
    const nvgpu = `nvgpu() { ${process.execPath} ${process.cwd()}/bin/nvgpu.cjs "$@"; }`
    expect(other.bash(`${nvgpu}; ${script}`).stdout).toBe('0 0 0 0 0 1 1 NVIDIA L40\n')
    const late = `${other.home}/late`
    expect(await eventually(() => fs.existsSync(late) && fs.statSync(late).size > 0)).toBe(true)
    expect(fs.readFileSync(late, 'utf8')).toBe('0 0 0 0 0 1 0 NVIDIA L40\n')
    expect(await eventually(() => other.servers().length === 0 && left(other).length === 0)).toBe(true)
    other.dispose()
  })

  live('H 3: many runs at once have a server each, and a setter of one is in the history of the host', async () => {
    const script = 'python3 client.py; sleep 0.3; python3 client.py'
    const runs = Array.from({ length: 4 }, () => host.start(script))
    const said = await Promise.all(
      runs.map(async ({ stdout }) => {
        let text = ''
        for await (const data of stdout ?? []) text += String(data)
        return text
      }),
    )
    expect(said).toEqual(Array(4).fill('0 0 0 0 0 1 2 NVIDIA L40\n'.repeat(2)))
    const setter = `
import ctypes
n = ctypes.CDLL("libnvidia-ml.so.1"); d = ctypes.c_void_p()
n.nvmlInit_v2(); n.nvmlDeviceGetHandleByIndex_v2(0, ctypes.byref(d)); print(n.nvmlDeviceSetComputeMode(d, 2))`
    fs.writeFileSync(`${host.home}/setter.py`, setter)
    expect(host.bash('python3 setter.py').stdout).toBe('0\n')
    expect(host.nvgpu(['query', '--gpu=compute_mode', '--format=csv,noheader']).stdout).toBe('Prohibited\n')
    expect(host.nvgpu(['history', 'list']).stdout).toContain('gpu compute-mode prohibited')
  })
})

const isRoot = process.geteuid?.() === 0

describe.skipIf(!isRoot || notLive('self') !== undefined)('the library of root’s nvgpu run', () => {
  it('H 3: other users read the host with it, and change nothing', async () => {
    const host = new LiveHost('self')
    fs.chmodSync(host.home, 0o755)
    const script = `
import ctypes
n = ctypes.CDLL("libnvidia-ml.so.1"); d = ctypes.c_void_p(); m = ctypes.c_uint()
print(n.nvmlInit_v2(), n.nvmlDeviceGetHandleByIndex_v2(0, ctypes.byref(d)), n.nvmlDeviceSetComputeMode(d, 2), n.nvmlDeviceGetComputeMode(d, ctypes.byref(m)), m.value)`
    fs.writeFileSync(`${host.home}/other.py`, script)
    const other = host.bash(
      'setpriv --reuid=65534 --regid=65534 --clear-groups /usr/bin/python3 other.py; python3 other.py',
    )
    expect(other).toMatchObject({ status: 0, stdout: '0 0 4 0 0\n0 0 0 0 2\n' })
    expect(await eventually(() => host.servers().length === 0 && left(host).length === 0)).toBe(true)
    host.dispose()
  })
})
