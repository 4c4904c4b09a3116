import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LiveHost, notLive } from './live-host.ts'

const why = notLive('ordinary')
if (why !== undefined) console.log(`skipped: ${why}`)
const live = it.skipIf(why !== undefined)

function hostOf(profile: string): LiveHost {
  const host = new LiveHost('ordinary')
  expect(host.nvgpu(['host', 'init', '--profile', profile, '--force']).status).toBe(0)
  expect(host.nvgpu(['vf', 'enable', '2']).status).toBe(0)
  return host
}

describe('the files beside /sys', () => {
  let upstream: LiveHost
  let nvidia: LiveHost
  beforeAll(() => {
    upstream = hostOf('v2')
    nvidia = hostOf('vgpu17')
  })
  afterAll(() => {
    upstream.dispose()
    nvidia.dispose()
  })

  live(
    'G 1: /dev/vfio has the control node, a node for each IOMMU group with a driver, and one for each device',
    () => {
      const { stdout } = upstream.bash(`
      cd /sys/kernel/iommu_groups && groups=$(ls -d */devices/0000:c1:00.[45] | cut -d/ -f1 | sort | tr '\\n' ' ')
      ls -l /dev/vfio | awk 'NR > 1 { print $1, $NF }'; echo "$groups"; ls /dev/vfio/devices
      cat /sys/class/vfio-dev/vfio1/uevent | grep DEVNAME`)
      expect(stdout).toBe(`-rw------- 65
-rw------- 66
drwxr-xr-x devices
-rw-rw-rw- vfio
65 66 
vfio1
vfio2
DEVNAME=vfio/devices/vfio1
`)
      const unbound = upstream.bash(`
      echo 0000:c1:00.4 > /sys/bus/pci/drivers/nvidia-vgpu-vfio/unbind; ls /dev/vfio
      echo 0000:c1:00.4 > /sys/bus/pci/drivers/nvidia-vgpu-vfio/bind; ls /dev/vfio`)
      expect(unbound.stdout).toBe('66\ndevices\nvfio\n65\n66\ndevices\nvfio\n')
    },
  )

  live('G 1: nodes are opened, and neither read nor written; an ioctl is ENOTTY', () => {
    const { stdout } = nvidia.bash(`python3 -c "
import fcntl, os
for name in ['/dev/nvidia0', '/dev/nvidiactl', '/dev/vfio/vfio']:
    fd = os.open(name, os.O_RDWR)
    for act in (lambda: fcntl.ioctl(fd, 0x3b64), lambda: os.read(fd, 1), lambda: os.write(fd, b'1')):
        try: act()
        except OSError as error: print(name, error.strerror)
"`)
    const refused = (name: string) =>
      ['Inappropriate ioctl for device', 'Invalid argument', 'Invalid argument'].map((why) => `${name} ${why}\n`)
    expect(stdout).toBe(['/dev/nvidia0', '/dev/nvidiactl', '/dev/vfio/vfio'].flatMap(refused).join(''))
  })

  live('G 1: the rest of /dev is the machine’s own', () => {
    const { stdout } = nvidia.bash(`
      [ -c /dev/null ] && [ -c /dev/tty ] && [ -d /dev/pts ] && echo there
      echo gone > /dev/null; head -c 3 /dev/zero | wc -c; echo text | cat /dev/stdin; touch /dev/shm/nvgpu-$$ && rm /dev/shm/nvgpu-$$`)
    expect(stdout).toBe('there\n3\ntext\n')
  })

  live('G 1: /proc/driver/nvidia is that of NVIDIA’s driver; other drivers have none', () => {
    const { stdout } = nvidia.bash(`
      cd /proc/driver/nvidia; find . -type f | sort; cat version gpus/0000:c1:00.0/information registry
      grep -c : params; nvidia-smi -L`)
    const uuid = /UUID: (GPU-[0-9a-f-]+)/.exec(stdout)?.[1]
    expect(stdout).toContain(`./gpus/0000:c1:00.0/information
./gpus/0000:c1:00.0/registry
./params
./registry
./version
NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.16  
`)
    expect(stdout).toContain(`GPU UUID: \t ${uuid}\n`)
    expect(stdout).toContain('Bus Location: \t 0000:c1:00.0\nDevice Minor: \t 0\nGPU Firmware: \t 550.54.16\n')
    expect(stdout).toContain('Binary: ""\n37\n')
    const { stdout: none } = upstream.bash('ls /proc/driver; ls /dev | grep -c nvidia; ls -d /proc/self')
    expect(none).toBe('0\n/proc/self\n')
  })

  live('G 1: with its driver unbound, a GPU has no directory in /proc', () => {
    const { stdout } = nvidia.bash(`
      cd /proc/driver/nvidia/gpus; ls; driver=/sys/bus/pci/drivers/nvidia
      echo 0000:c1:00.0 > $driver/unbind; ls; echo 0000:c1:00.0 > $driver/bind; ls`)
    expect(stdout).toBe('0000:c1:00.0\n0000:c1:00.0\n')
  })
})
