import path from 'node:path'
import { expect, it } from 'vitest'
import { missing } from '../house/installed.ts'
import { LiveHost, notLive } from './live-host.ts'

const why = notLive('ordinary') ?? missing('ansible-playbook', '--version')
if (why !== undefined) console.log(`skipped: ${why}`)

it.skipIf(why !== undefined)(
  'G 2: a playbook of Ansible enables VFs and chooses a type, and changes nothing more',
  () => {
    const host = new LiveHost('ordinary')
    const { status, stdout } = host.bash(
      `export LC_ALL=C.UTF-8 ANSIBLE_REMOTE_TMP="$HOME/.ansible"; ansible-playbook -c local -i localhost, ${path.resolve('test/live/playbook.yaml')}`,
    )
    expect(stdout).toMatch(/localhost\s+: ok=5\s+changed=2\s+unreachable=0\s+failed=0/)
    expect(status).toBe(0)
    const rows = host.nvgpu(['vf', 'list', '--no-header']).stdout.trim().split('\n')
    expect(rows.map((row) => row.split(/ +/)[5])).toEqual(['L40-4Q', '-', '-', '-'])
    host.dispose()
  },
)
