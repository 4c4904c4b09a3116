import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missing } from '../house/installed.ts'
import { LiveHost, notLive } from './live-host.ts'

const why = notLive('ordinary')
if (why !== undefined) console.log(`skipped: ${why}`)
/** A test of a client that has to be installed. */
const client = (...tools: string[]) => {
  const absent = tools.map((tool) => missing(tool)).find((reason) => reason !== undefined)
  if (absent !== undefined) console.log(`skipped: ${absent}`)
  return it.skipIf(why !== undefined || absent !== undefined)
}
const PF = '/sys/bus/pci/devices/0000:c1:00.0'
const VF = '/sys/bus/pci/devices/0000:c1:00.4'
const DRIVER = '/sys/bus/pci/drivers/nvidia-vgpu-vfio'
const UUID = '6f1c2f0e-8a45-4f0c-9d0b-3f1f0a8c1d01'
/** The parts of /sys that are the host's, without the BARs, which are gigabytes of nothing. */
const TREES = 'bus/pci class/vfio class/vfio-dev devices/pci0000:c0 kernel/iommu_groups module'

let host: LiveHost
beforeAll(() => {
  host = new LiveHost('ordinary')
  expect(host.nvgpu(['vf', 'enable', '4']).status).toBe(0)
})
afterAll(() => host.dispose())

/** Writes of bash, and the errors of the kernel for them. */
const WRITES: [value: string, file: string, error: string][] = [
  ['8', `${PF}/sriov_numvfs`, 'Device or resource busy'],
  ['33', `${PF}/sriov_numvfs`, 'Numerical result out of range'],
  ['many', `${PF}/sriov_numvfs`, 'Invalid argument'],
  ['99999', `${VF}/nvidia/current_vgpu_type`, 'No such device'],
  ['text', `${VF}/nvidia/current_vgpu_type`, 'Invalid argument'],
  ['0000:ff:00.0', `${DRIVER}/bind`, 'No such device'],
  ['0000:c1:00.4', `${DRIVER}/bind`, 'Device or resource busy'],
  ['0000:ff:00.0', `${DRIVER}/unbind`, 'No such device'],
  ['1', `${PF}/vendor`, 'Permission denied'],
  ['1', `${PF}/no_such_file`, 'Permission denied'],
]

describe('unmodified programs', () => {
  it.skipIf(why !== undefined)('G 2: bash gets the kernel’s error for every write that is refused', () => {
    const script = WRITES.map(([value, file]) => `echo ${value} > ${file}`).join('\n')
    const lines = host.bash(script).stderr.trim().split('\n')
    expect(lines.map((line) => line.split(': ').at(-1))).toEqual(WRITES.map(([, , error]) => error))
  })

  it.skipIf(why !== undefined)('G 2: bash unbinds, binds and overrides drivers, and appends as it overwrites', () => {
    const { stdout, stderr } = host.bash(`
      driver() { basename "$(readlink ${VF}/driver)"; }
      driver; echo 0000:c1:00.4 > ${DRIVER}/unbind; driver
      echo vfio-pci >> ${VF}/driver_override; cat ${VF}/driver_override
      echo 0000:c1:00.4 > /sys/bus/pci/drivers_probe; driver
      echo 0000:c1:00.4 > /sys/bus/pci/drivers/vfio-pci/unbind; echo > ${VF}/driver_override
      echo 0000:c1:00.4 > ${DRIVER}/bind; driver
    `)
    expect({ stdout, stderr }).toEqual({
      stdout: 'nvidia-vgpu-vfio\n\nvfio-pci\nvfio-pci\nnvidia-vgpu-vfio\n',
      stderr: '',
    })
  })

  client('lspci', 'setpci')('G 2: lspci shows the tree, names and drivers; setpci reads and writes', () => {
    const { stdout } = host.bash(`
      lspci -nnk | grep -c 'Kernel driver in use: nvidia-vgpu-vfio'
      lspci -s c1:00.0 -nn; lspci -t | tail -n 5; lspci -s c1:00.0 -vvv | grep -o 'Single Root I/O Virtualization'
      setpci -s c1:00.4 LATENCY_TIMER; setpci -s c1:00.0 COMMAND=6 && setpci -s c1:00.0 COMMAND
    `)
    expect(stdout).toMatch(/^4\n/)
    expect(stdout).toContain('[10de:26b5]')
    expect(stdout).toContain('01.0-[c1]--+-00.0')
    expect(stdout).toMatch(/Single Root I\/O Virtualization\n00\n0006\n$/)
  })

  client(
    'find',
    'grep',
    'ls',
    'tar',
    'rsync',
  )('G 2: find, grep, ls, tar and rsync read all of it, with no error that sysfs does not give', () => {
    const { stdout, stderr } = host.bash(
      `
      cd /sys || exit
      find /sys > all && grep -c pci0000:c0 < /dev/null; ls -lR ${TREES} > /dev/null && echo ls
      grep -r nvidia ${TREES} > /dev/null 2> grep.err
      tar --exclude='resource[0-9]*' -cf "$HOME/t.tar" ${TREES} 2> "$HOME/tar.err"
      rsync -a --exclude='resource[0-9]*' ${TREES} "$HOME/copy/" 2> "$HOME/rsync.err"
    `
        .replace('> all && grep -c pci0000:c0 < /dev/null', '> "$HOME/all" && grep -c pci0000:c0 "$HOME/all"')
        .replace('2> grep.err', '2> "$HOME/grep.err"'),
    )
    expect(stderr).toBe('')
    expect(stdout).toMatch(/^\d{2,}\nls\n$/)
    const errors = (name: string) =>
      [...new Set(host.bash(`cat "$HOME/${name}.err"`).stdout.trim().split('\n'))].map(
        (line) => line.split(': ').at(-1) ?? '',
      )
    for (const error of errors('grep'))
      expect(error).toMatch(/^(Permission denied|Input\/output error|No such device or address|)$/)
    for (const error of errors('tar'))
      expect(error).toMatch(
        /^(File shrank by \d+ bytes; padding with zeros|.*Permission denied|Exiting with failure status due to previous errors|.*(Input\/output error|No such device or address)|)$/,
      )
    for (const error of errors('rsync'))
      expect(error).toMatch(
        /Permission denied|No data available|Input\/output error|No such device or address|failed verification -- update discarded|some files.attrs were not transferred|^$/,
      )
  })

  client('udevadm')('G 2: udevadm finds the devices and their parents', () => {
    const { stdout } = host.bash(`udevadm info ${VF}; udevadm info --attribute-walk ${VF} | grep looking`)
    expect(stdout).toContain('E: DRIVER=nvidia-vgpu-vfio')
    expect(stdout).toContain("looking at parent device '/devices/pci0000:c0/0000:c0:01.0'")
  })

  client('inotifywait')('G 2: inotifywait starts and does not hang', () => {
    expect(host.bash(`timeout 1 inotifywait -qm ${PF}/sriov_numvfs; echo $?`).stdout).toBe('124\n')
  })
})

describe('the mdev face', () => {
  client('mdevctl')('G 2: mdevctl lists types, starts, lists and stops mediated devices', () => {
    const mdev = new LiveHost('ordinary')
    expect(mdev.nvgpu(['host', 'init', '--profile', 'vgpu16', '--force']).status).toBe(0)
    expect(mdev.nvgpu(['vf', 'enable', '4']).status).toBe(0)
    const { stdout, stderr } = mdev.bash(
      `
      mdevctl types -p 0000:c1:00.4 | grep -A 4 nvidia-874
      mdevctl start -u ${UUID} -p 0000:c1:00.4 --type nvidia-874 || exit
      mdevctl list
      mdevctl types -p 0000:c1:00.4 | grep -A 1 nvidia-874 | grep Available
      readlink /sys/bus/mdev/devices/${UUID}/driver | xargs basename
      mdevctl start -u ${UUID} -p 0000:c1:00.5 --type nvidia-874; echo "status $?"
      mdevctl start -p 0000:c1:00.5 --type nvidia-1; echo "status $?"
      mdevctl stop -u ${UUID} && mdevctl list && echo none
      `,
      '--root',
    )
    expect(stdout).toMatch(
      /nvidia-874\n\s+Available instances: 1\n\s+Device API: vfio-pci\n\s+Name: NVIDIA L40-4Q\n\s+Description: /,
    )
    expect(stdout).toContain(`${UUID} 0000:c1:00.4 nvidia-874 manual\n`)
    expect(stdout).toMatch(/Available instances: 0\n.*\nstatus 1\nstatus 1\n\s*none\n$/s)
    expect(stderr).toContain('does not support mdev type nvidia-1')
    expect(mdev.nvgpu(['vgpu', 'list', '-q']).stdout).toBe('')
    mdev.dispose()
  })
})
