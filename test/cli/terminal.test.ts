import { spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missing } from '../house/installed.ts'
import { CACHES } from '../house/sandbox.ts'

const BIN = path.resolve('bin/nvgpu.cjs')
/** util-linux gives a command a terminal of its own. */
const NO_SCRIPT = missing('script', '-qec', 'true', '/dev/null')
if (NO_SCRIPT !== undefined) console.log(`skipped: ${NO_SCRIPT}`)
const onTerminal = it.skipIf(NO_SCRIPT !== undefined)
const ESCAPE = '\x1b'

let dir = ''
let env: Record<string, string> = {}

beforeAll(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'nvgpu-terminal-'))
  const link = path.join(dir, 'nvgpu')
  // Words for a shell: the directory of the clone may have a blank in its name, that of the link has none.
  fs.symlinkSync(BIN, link)
  env = {
    PATH: process.env.PATH ?? '',
    HOME: dir,
    XDG_CACHE_HOME: CACHES,
    NVGPU_STATE_DIR: path.join(dir, 'state'),
    TERM: 'xterm',
    NVGPU: `${process.execPath} ${link}`,
  }
  for (const line of ['host init --gpus 2', 'vf enable 8 --gpu 0', 'vf enable 8 --gpu 1'])
    expect(pipe(line).status).toBe(0)
  for (const name of ['a', 'b', 'c']) {
    const uuid = `${name}bcdef01-2345-4678-8abc-def012345678`
    const line = `vgpu create --type L40-8Q --uuid ${uuid} --name a-rather-long-name-for-a-desktop-${name}`
    expect(pipe(line).status).toBe(0)
  }
})
afterAll(() => {
  fs.rmSync(dir, { recursive: true, force: true })
})

function pipe(line: string, more: Record<string, string> = {}) {
  const argv = [BIN, ...line.split(' ').filter((word) => word !== '')]
  return spawnSync(process.execPath, argv, { encoding: 'utf8', env: { ...env, ...more } })
}

function shell(script: string) {
  return spawnSync('bash', ['-c', script], { encoding: 'utf8', env, timeout: 20_000 })
}

/** On a terminal; its line feeds come back as CR LF. */
function terminal(line: string, more: Record<string, string> = {}, wrapper = '') {
  const command = `${wrapper} ${env.NVGPU} ${line}`
  const result = spawnSync('script', ['-qec', command, '/dev/null'], {
    encoding: 'utf8',
    env: { ...env, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return { status: result.status, stdout: result.stdout.replaceAll('\r\n', '\n') }
}

describe('colour', () => {
  onTerminal('is there on a terminal', () => {
    expect(terminal('capacity').stdout).toContain(`${ESCAPE}[32m`)
  })

  onTerminal.each<[string, string, Record<string, string>]>([
    ['NO_COLOR', 'capacity', { NO_COLOR: '1' }],
    ['--no-color', 'capacity --no-color', {}],
    ['NVGPU_NO_COLOR', 'capacity', { NVGPU_NO_COLOR: '1' }],
    ['TERM=dumb', 'capacity', { TERM: 'dumb' }],
  ])('is gone with %s, and nothing else is', (_how, line, more) => {
    const { stdout } = terminal(line, more)
    expect(stdout).not.toContain(ESCAPE)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control sequences
    expect(stdout).toBe(terminal('capacity').stdout.replaceAll(/\x1b\[[0-9;]*m/g, ''))
  })

  it('is not put into a pipe, unless it is forced', () => {
    expect(pipe('capacity').stdout).not.toContain(ESCAPE)
    expect(pipe('capacity', { FORCE_COLOR: '1' }).stdout).toContain(ESCAPE)
    expect(pipe('capacity', { FORCE_COLOR: '1', NO_COLOR: '1' }).stdout).not.toContain(ESCAPE)
  })
})

describe('width', () => {
  const LISTS = 'vgpu list,vf list,gpu list,types list,vgpu stats,gpu stats,events list,capacity,chid map,host history'
  onTerminal.each(LISTS.split(','))('%s keeps to a terminal of 60 columns', (line) => {
    const lines = terminal(line, { COLUMNS: '60', NO_COLOR: '1' }).stdout.split('\n')
    // sentences over a map or a table are left to the terminal
    const long = lines.filter((text) => text.length > 60 && !/^GPU \d+ \(|^fragmentation /.test(text))
    expect(lines.length).toBeGreaterThan(2)
    expect(long).toEqual([])
  })

  onTerminal('columns that can be spared go before anything is cut, and come back with -o wide', () => {
    const [narrow = '', wide = ''] = ['gpu list', 'gpu list -o wide'].map(
      (line) => terminal(line, { COLUMNS: '66', NO_COLOR: '1' }).stdout.split('\n')[0],
    )
    expect(narrow).not.toContain('VGPU SUPPORT')
    expect(narrow).toContain('FREE MIB')
    expect(wide).toContain('VGPU SUPPORT')
    expect(terminal('gpu list', { COLUMNS: '66', NO_COLOR: '1' }).stdout).toContain('NVIDIA L40')
    expect(pipe('gpu list', { COLUMNS: '66' }).stdout).toContain('VGPU SUPPORT')
  })

  onTerminal.each(LISTS.split(','))('%s keeps numbers and addresses whole on 40 columns', (line) => {
    const narrow = terminal(line, { COLUMNS: '40', NO_COLOR: '1' }).stdout
    const cut = narrow.split('\n').flatMap((text) => text.match(/\S+\.\.\./g) ?? [])
    expect(narrow).not.toBe('')
    // names, words and the beginnings of UUIDs may be cut; an address or a number is not what it was without its end
    expect(cut.filter((text) => /^\d+\.\.\.$|^0000:/.test(text))).toEqual([])
  })

  onTerminal('what is too wide for it all the same gives up names, never numbers or addresses', () => {
    const wide = terminal('vgpu list -o wide', { COLUMNS: '60', NO_COLOR: '1' }).stdout
    expect(wide).not.toContain('a-rather-long-name')
    expect(wide).toContain('0000:c1:00.4')
    expect(wide).toContain('512..767')
  })

  onTerminal('what is left of a UUID still names its vGPU', () => {
    const rows = terminal('vgpu list --no-header', { COLUMNS: '60', NO_COLOR: '1' }).stdout.trim().split('\n')
    for (const row of rows) {
      const [prefix = ''] = row.split(' ')
      expect(pipe(`vgpu show ${prefix} -q`).stdout.startsWith(prefix)).toBe(true)
    }
  })

  it('nothing is cut in a pipe, whatever COLUMNS says', () => {
    expect(pipe('vgpu list', { COLUMNS: '20' }).stdout).toBe(pipe('vgpu list').stdout)
    expect(pipe('vgpu list', { COLUMNS: '20' }).stdout).toContain('a-rather-long-name-for-a-desktop-c')
  })
})

describe('a reader that goes', () => {
  it.each(['capacity', 'smi -q', 'types list -o json', 'metrics', 'smi -q -x'])(
    '%s | head -1 says nothing and leaves with 0',
    (line) => {
      const result = shell(`$NVGPU ${line} | head -1 > /dev/null; echo "\${PIPESTATUS[0]}"`)
      expect([result.stdout, result.stderr]).toEqual(['0\n', ''])
    },
  )

  it.each(['smi vgpu -u', 'smi -lms 10 -L', 'dmon -d 10ms', 'pmon -d 10ms', 'watch -n 0.1 vgpu list -q'])(
    '%s would go on for ever and ends with its reader',
    (line) => {
      const result = shell(`$NVGPU ${line} | head -3 > /dev/null; echo "\${PIPESTATUS[0]}"`)
      expect([result.stdout, result.stderr]).toEqual(['0\n', ''])
    },
  )
})

describe('an interrupt', () => {
  it.each(['watch -n 0.1 vgpu list', 'dmon -d 50ms', 'smi vgpu -u', 'events follow'])(
    '%s ends at once, and the host is as it was',
    async (line) => {
      const before = pipe('host export').stdout
      const child = spawn(process.execPath, [BIN, ...line.split(' ')], { env, stdio: ['ignore', 'pipe', 'pipe'] })
      let stderr = ''
      child.stderr.on('data', (data) => {
        stderr += String(data)
      })
      // the first output says that it runs; `follow` has none to give
      if (line.startsWith('events')) await new Promise((resolve) => setTimeout(resolve, 600))
      else await new Promise((resolve) => child.stdout.once('data', resolve))
      child.kill('SIGINT')
      const [status, signal] = await new Promise<[number | null, string | null]>((resolve) => {
        child.once('exit', (code, name) => resolve([code, name]))
      })
      expect(signal === 'SIGINT' || status === 130).toBe(true)
      expect(stderr).toBe('')
      expect(pipe('host export').stdout).toBe(before)
    },
  )
})

describe('a signal', () => {
  it.each([
    ['INT', 'wait --for state=failed a-rather-long-name-for-a-desktop-a --timeout 1m', 130],
    ['TERM', 'wait --for state=failed a-rather-long-name-for-a-desktop-a --timeout 1m', 143],
    ['INT', 'watch -n 0.1 vgpu list', 130],
    ['TERM', 'dmon -d 50ms', 143],
    ['INT', 'smi vgpu -u', 130],
  ])('SIG%s in the middle of %s leaves with its status, and without a word', (signal, line, status) => {
    const before = pipe('host export').stdout
    const result = shell(`timeout --preserve-status -s ${signal} 1 $NVGPU ${line} > /dev/null; echo $?`)
    expect([result.stdout, result.stderr]).toEqual([`${status}\n`, ''])
    expect(pipe('host export').stdout).toBe(before)
  })

  onTerminal('in the middle of a full screen gives the terminal back as it was', () => {
    const { stdout } = terminal('watch -n 0.1 vgpu list', {}, 'timeout --foreground --preserve-status -s INT 1')
    const last = (on: string, off: string) =>
      stdout.lastIndexOf(`${ESCAPE}[${off}`) - stdout.lastIndexOf(`${ESCAPE}[${on}`)
    for (const [on, off] of [
      ['?1049h', '?1049l'],
      ['?25l', '?25h'],
    ] as const) {
      if (stdout.includes(on)) expect(last(on, off), on).toBeGreaterThan(0)
    }
    expect(stdout).toContain(ESCAPE)
  })
})

describe('an output that cannot be written', () => {
  it('a full one is told of, with status 1 and what the answer was about done', () => {
    const result = shell('$NVGPU vgpu list > /dev/full; echo $?')
    expect(result.stdout).toBe('1\n')
    expect(result.stderr).toContain('ENOSPC')
    expect(result.stderr).not.toMatch(/internal error|^ {4}at /m)
  })

  it.each(['', '2>&-', '> /dev/null 2>&-', '>&- 2>&-'])('a change is made and leaves with 0 with %s', (redirection) => {
    const result = shell(`$NVGPU host advance 1s ${redirection}; echo $?`)
    expect(result.stdout.split('\n').at(-2)).toBe('0')
  })

  it('a reader that has gone before a change is printed does not undo it', () => {
    const count = () => JSON.parse(pipe('vgpu list -o json').stdout).items.length
    const before = count()
    const result = shell(`$NVGPU vgpu create -t L40-8Q -n gone | true; echo "\${PIPESTATUS[0]}"`)
    expect(result.stdout).toBe('0\n')
    expect(count()).toBe(before + 1)
    expect(pipe('vgpu destroy gone').status).toBe(0)
  })
})

describe('TERM=dumb', () => {
  onTerminal.each(['watch -n 0.1 --count 2 vgpu list', 'vgpu list', 'smi', ''])(
    '%s uses no control sequence',
    (line) => {
      expect(terminal(line, { TERM: 'dumb' }).stdout).not.toContain(ESCAPE)
    },
  )
})

describe('a link named nvidia-smi', () => {
  it('is nvidia-smi, with its options and statuses', () => {
    const link = path.join(dir, 'nvidia-smi')
    fs.symlinkSync(BIN, link)
    const smi = (...words: string[]) => spawnSync(process.execPath, [link, ...words], { encoding: 'utf8', env })
    expect(smi('-L').stdout).toBe(pipe('smi -L').stdout)
    expect(smi('--version').stdout).toMatch(/^NVIDIA-SMI version {2}: /)
    expect(smi('vgpu', '-q').stdout).toBe(pipe('smi vgpu -q').stdout)
    expect(smi('bogus')).toMatchObject({ status: 255, stderr: '' })
    expect(smi('vgpu', 'bogus').status).toBe(2)
  })
})
