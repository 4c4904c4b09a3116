import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { Ajv } from 'ajv'
import { afterEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { missing } from '../house/installed.ts'
import { eventually, LiveHost, notLive } from './live-host.ts'

const why = notLive('self')
const isRoot = process.geteuid?.() === 0
const asRoot = it.skipIf(why !== undefined || !isRoot)
const noFusermount = missing('fusermount3', '-V')
for (const reason of [why, noFusermount]) if (reason !== undefined) console.log(`skipped: ${reason}`)
const withFusermount = it.skipIf(!isRoot || noFusermount !== undefined)
const PF = 'bus/pci/devices/0000:c1:00.0'

interface Service {
  readonly host: LiveHost
  readonly dir: string
  readonly url: string
  readonly said: () => string
  /** Ends it by a signal; answers its exit status. */
  end(signal?: NodeJS.Signals): Promise<number | null>
}

const running: ChildProcess[] = []
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGTERM')
})

async function serve(user: 'ordinary' | 'self', host = new LiveHost(user), env = host.env): Promise<Service> {
  const dir = `${host.home}/served`
  const [file, ...args] = host.argv(['serve', '--dir', dir, '--listen', '127.0.0.1:0'])
  const child = spawn(file, args, { cwd: host.home, env, stdio: ['ignore', 'ignore', 'pipe'] })
  running.push(child)
  let said = ''
  child.stderr?.on('data', (data: Buffer) => {
    said += data.toString()
  })
  expect(await eventually(() => said.includes('/metrics')), said).toBe(true)
  const end = (signal: NodeJS.Signals = 'SIGTERM') => {
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
    child.kill(signal)
    return ended
  }
  return { host, dir, url: /http:\S+/.exec(said)?.[0] ?? '', said: () => said, end }
}

describe('nvgpu serve', () => {
  asRoot('G 9: clients in two namespaces share one host, and see each other’s changes', async () => {
    const { host, dir, end } = await serve('self')
    const inside = (script: string) =>
      spawnSync(
        'unshare',
        ['-m', '--propagation', 'private', 'bash', '-c', `mount --rbind '${dir}/sys' /sys && ${script}`],
        {
          encoding: 'utf8',
        },
      ).stdout
    expect(inside(`echo 2 > /sys/${PF}/sriov_numvfs; cat /sys/${PF}/sriov_numvfs`)).toBe('2\n')
    expect(inside(`ls /sys/${PF} | grep -c virtfn; echo 0 > /sys/${PF}/sriov_numvfs`)).toBe('2\n')
    expect(inside(`ls /sys/${PF} | grep -c virtfn`)).toBe('0\n')
    expect(host.nvgpu(['vf', 'list', '-q']).stdout).toBe('')
    expect(await end()).toBe(0)
    expect(fs.readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(dir)
    host.dispose()
  })

  asRoot('G 9: a shared mount reaches namespaces that were there before it', () => {
    const host = new LiveHost('self')
    const dir = `${host.home}/served`
    const nvgpu = host.argv(['serve', '--dir', dir, '--listen', '127.0.0.1:0']).join(' ')
    const script = `
      mkdir ${dir} && mount --bind ${dir} ${dir} && mount --make-shared ${dir} || exit
      client() {
        unshare -m --propagation slave timeout 20 bash -c "
          until [ -e ${dir}/sys/bus ]; do sleep 0.05; done; mount --rbind ${dir}/sys /sys; $1" &
      }
      client 'echo 2 > /sys/${PF}/sriov_numvfs && echo wrote'; one=$!
      client 'until [ $(cat /sys/${PF}/sriov_numvfs) = 2 ]; do sleep 0.05; done; echo saw'; two=$!
      ${nvgpu} 2> ${host.home}/said & server=$!
      wait $one $two; kill $server; wait $server; grep -c ${dir}/host /proc/self/mountinfo`
    const { stdout, stderr } = spawnSync('unshare', ['-m', '--propagation', 'private', 'bash', '-c', script], {
      env: host.env,
      encoding: 'utf8',
    })
    expect({ lines: stdout.split('\n').sort(), stderr }).toEqual({ lines: ['', '0', 'saw', 'wrote'], stderr: '' })
    host.dispose()
  })

  asRoot.each([
    ['SIGTERM', 0],
    ['SIGKILL', null],
  ] as const)(
    'G 4: after %s nothing stays mounted, and clients in other namespaces do not hang',
    async (signal, status) => {
      const { host, dir, end } = await serve('self')
      const script = `mount --rbind '${dir}/sys' /sys && cd /sys/bus && echo ready && cat && exec ls devices`
      const client = spawn('unshare', ['-m', '--propagation', 'private', 'sh', '-c', script])
      const ended = new Promise((resolve) => client.on('close', resolve))
      let said = ''
      for (const stream of [client.stdout, client.stderr])
        stream.on('data', (data: Buffer) => {
          said += data.toString()
        })
      expect(await eventually(() => said.includes('ready'))).toBe(true)
      expect(await end(signal)).toBe(status)
      expect(await eventually(() => !fs.readFileSync('/proc/self/mountinfo', 'utf8').includes(dir))).toBe(true)
      client.stdin.end()
      await ended
      expect(said).toContain('Transport endpoint is not connected')
      host.dispose()
    },
  )

  asRoot('G 9: after a kill, the next server takes over its directory', async () => {
    const { host, end } = await serve('self')
    await end('SIGKILL')
    const next = await serve('self', host)
    expect(fs.readFileSync(`${next.dir}/sys/${PF}/vendor`, 'utf8')).toBe('0x10de\n')
    expect(await next.end()).toBe(0)
    host.dispose()
  })

  asRoot('G 9: signals that follow the first one leave no dead mount', async () => {
    const { host, dir, end } = await serve('self')
    const ended = end()
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGTERM'] as const) for (const child of running) child.kill(signal)
    expect(await ended).toBe(0)
    expect(fs.readdirSync(`${dir}/host`)).toEqual([])
    host.dispose()
  })

  asRoot('G 9: a second service in one directory is refused, and the first goes on', async () => {
    const { host, dir, end } = await serve('self')
    const second = host.nvgpu(['serve', '--dir', dir, '--listen', '127.0.0.1:0'])
    expect(second).toMatchObject({
      status: 4,
      stderr: `nvgpu: serve: another nvgpu serve has ${dir} (EBUSY) [busy]\nhint: nvgpu serve --dir OTHER-DIR --listen 127.0.0.1:0\n`,
    })
    expect(fs.readFileSync(`${dir}/sys/${PF}/vendor`, 'utf8')).toBe('0x10de\n')
    expect(await end()).toBe(0)
    host.dispose()
  })

  it.each(['host/own', 'sys/own'])('G 9: no file is hidden or replaced: DIR/%s', (name) => {
    const host = new LiveHost('self')
    const file = `${host.home}/served/${name}`
    fs.mkdirSync(file, { recursive: true })
    const { status, stderr } = host.nvgpu(['serve', '--dir', `${host.home}/served`, '--listen', '127.0.0.1:0'])
    expect({ status, stderr }).toMatchObject({ status: 4, stderr: expect.stringContaining('is in the way') })
    expect(fs.existsSync(file)).toBe(true)
    host.dispose()
  })

  it.each(['/proc/served', '/dev/null/served'])('G 9: a directory that cannot be made is refused: %s', (dir) => {
    const host = new LiveHost('self')
    const { status, stderr } = host.nvgpu(['serve', '--dir', dir, '--listen', '127.0.0.1:0'])
    expect({ status, hint: stderr.includes(`\nhint: ls -ld ${dir}`) }).toEqual({ status: 3, hint: true })
    host.dispose()
  })

  it('G 9: /metrics is served at a loopback address, and nothing else', async () => {
    const { host, url, end } = await serve('self')
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/)
    const answer = await fetch(url)
    expect(await answer.text()).toBe(host.nvgpu(['metrics']).stdout)
    expect(answer.headers.get('content-type')).toContain('version=0.0.4')
    expect((await fetch(url.replace('/metrics', '/'))).status).toBe(404)
    expect((await fetch(url, { method: 'POST' })).status).toBe(404)
    await end()
    host.dispose()
  })

  it.skipIf(!isRoot)('G 9: without a way to mount, the rest is served, and it says so', async () => {
    const host = new LiveHost('ordinary')
    // A path without fusermount3.
    const bin = `${host.home}/bin`
    fs.mkdirSync(bin)
    fs.symlinkSync('/usr/bin/setpriv', `${bin}/setpriv`)
    const { dir, said, end } = await serve('ordinary', host, { ...host.env, PATH: bin })
    expect(said()).toContain(
      `warning: ${dir}/sys and ${dir}/dev are not served: mounting needs CAP_SYS_ADMIN or fusermount3 (sudo apt-get install fuse3)`,
    )
    expect(spawnSync(`${dir}/bin/nvidia-smi`, ['-L'], { encoding: 'utf8', env: host.env }).stdout).toContain(
      'NVIDIA L40',
    )
    await end()
    host.dispose()
  })

  withFusermount('G 9: with fusermount3 an ordinary user serves the files too', async () => {
    const { host, dir, said, end } = await serve('ordinary')
    expect(said()).not.toContain('warning')
    const asUser = (script: string) => {
      const { uid } = host
      return spawnSync('sh', ['-c', script], { uid, gid: uid, encoding: 'utf8' }).stdout
    }
    expect(asUser(`echo 1 > ${dir}/sys/${PF}/sriov_numvfs; ls ${dir}/dev/vfio`)).toBe('65\ndevices\nvfio\n')
    expect(host.nvgpu(['vf', 'list', '-q']).stdout).toBe('0000:c1:00.4\n')
    expect(await end()).toBe(0)
    expect(fs.readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(dir)
    host.dispose()
  })

  it('G 9: an address in use, and one that is none, are refused', async () => {
    const { host, url, end } = await serve('self')
    const taken = host.nvgpu(['serve', '--dir', `${host.home}/other`, '--listen', new URL(url).host])
    expect(taken).toMatchObject({ status: 1, stderr: expect.stringContaining('EADDRINUSE') })
    expect(host.nvgpu(['serve', '--dir', host.home, '--listen', 'nowhere']).status).toBe(2)
    expect(host.nvgpu(['serve']).status).toBe(2)
    await end()
    host.dispose()
  })
})

describe('examples', () => {
  it.skipIf(missing('systemd-analyze', '--version') !== undefined)('G 9: the systemd unit is valid', () => {
    const { status, stdout, stderr } = spawnSync(
      'systemd-analyze',
      ['verify', '--man=no', 'examples/nvgpu-serve.service'],
      {
        encoding: 'utf8',
      },
    )
    expect({ status, said: `${stdout}${stderr}`.split('\n').filter((line) => line.includes('nvgpu-serve')) }).toEqual({
      status: 0,
      said: [],
    })
  })

  it('G 9: the DaemonSet has the form of apps/v1', () => {
    const name = { type: 'object', required: ['name'] }
    const schema = {
      type: 'object',
      required: ['apiVersion', 'kind', 'metadata', 'spec'],
      properties: {
        apiVersion: { const: 'apps/v1' },
        kind: { const: 'DaemonSet' },
        metadata: name,
        spec: {
          type: 'object',
          required: ['selector', 'template'],
          additionalProperties: false,
          properties: {
            selector: { type: 'object', required: ['matchLabels'] },
            template: {
              type: 'object',
              required: ['metadata', 'spec'],
              properties: {
                spec: {
                  type: 'object',
                  required: ['containers'],
                  additionalProperties: false,
                  properties: {
                    containers: { type: 'array', items: { ...name, required: ['name', 'image'] } },
                    volumes: { type: 'array', items: { ...name, required: ['name', 'hostPath'] } },
                  },
                },
              },
            },
          },
        },
      },
    }
    const set = parse(fs.readFileSync('examples/nvgpu-daemonset.yaml', 'utf8'))
    expect(new Ajv({ strict: false }).validate(schema, set)).toBe(true)
    const { selector, template } = set.spec
    expect(template.metadata.labels).toMatchObject(selector.matchLabels)
    const [{ volumeMounts }] = template.spec.containers
    const volumes = template.spec.volumes.map((volume: { name: string }) => volume.name)
    expect(volumeMounts.map((mount: { name: string }) => mount.name)).toEqual(volumes)
  })
})
