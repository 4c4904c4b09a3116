import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { missing } from '../house/installed.ts'
import { CACHES } from '../house/sandbox.ts'

const BIN = path.resolve('bin/nvgpu.cjs')
const NO_PYTHON = missing('python3', '-c', 'import pty; pty.openpty()')
if (NO_PYTHON !== undefined) console.log(`skipped: ${NO_PYTHON}`)
const onTerminal = it.skipIf(NO_PYTHON !== undefined)
const GPUS = 8
const HOST = `gpus: [{gpu: all, vfs: 32}]\nvgpus: [{type: L40-1B, count: ${GPUS * 32}}]\n`
const ESCAPE = '\x1b'

let dir: string
let file: string
let env: Record<string, string>
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'nvgpu-progress-'))
  file = path.join(dir, 'host.yaml')
  fs.writeFileSync(file, HOST)
  env = {
    PATH: process.env.PATH ?? '',
    HOME: dir,
    XDG_CACHE_HOME: CACHES,
    NVGPU_STATE_DIR: path.join(dir, 'state'),
    TERM: 'xterm',
  }
  expect(pipe('host', 'init', '--gpus', String(GPUS)).status).toBe(0)
})
afterEach(() => {
  fs.rmSync(dir, { recursive: true, force: true })
})

function pipe(...words: string[]) {
  return spawnSync(process.execPath, [BIN, ...words], { encoding: 'utf8', env })
}

/** On a terminal, where ^C is typed once it shows `pattern`. */
function terminal(words: readonly string[], { pattern = '', columns = 80 } = {}) {
  const out = path.join(dir, 'out')
  const helper = path.resolve('test/cli/on-a-terminal.py')
  const { stdout } = spawnSync('python3', [helper, String(columns), out, pattern, process.execPath, BIN, ...words], {
    encoding: 'utf8',
    env,
    timeout: 60_000,
  })
  const { shown, status, typed } = JSON.parse(stdout)
  return { shown, status, typed, stdout: fs.readFileSync(out, 'utf8') }
}

function count(): number {
  return JSON.parse(pipe('vgpu', 'list', '-o', 'json').stdout).items.length
}

describe('apply at a terminal', () => {
  onTerminal('tells how far it is on standard error, leaves nothing of that, and keeps it out of the answer', () => {
    const { shown, status, stdout } = terminal(['apply', '-f', file])
    expect(status).toBe(0)
    expect(shown).toContain(`1/${GPUS * 33} enable 32 VFs on 0000:c1:00.0`)
    // the last thing written clears the line
    expect(shown.trimEnd()).toMatch(new RegExp(`${ESCAPE}\\[\\d*K(?:${ESCAPE}\\[\\d*G)?$`))
    expect(stdout.trim().split('\n')).toHaveLength(GPUS * 33)
    expect(stdout).not.toContain(ESCAPE)
    expect(count()).toBe(GPUS * 32)
  })

  onTerminal('says nothing with -q', () => {
    expect(terminal(['apply', '-f', file, '-q'])).toMatchObject({ shown: '', status: 0 })
  })

  onTerminal('says nothing on a terminal that does not know its width', () => {
    expect(terminal(['apply', '-f', file], { columns: 0 })).toMatchObject({ shown: '', status: 0 })
  })

  onTerminal('says nothing of what is refused but the refusal', () => {
    fs.writeFileSync(file, HOST.replace(/count: \d+/, 'count: 9999'))
    const { shown, status, stdout } = terminal(['apply', '-f', file])
    expect([status, stdout]).toEqual([5, ''])
    expect(shown).toMatch(/nvgpu: apply: .*\r\nhint: .*\r\n$/)
    expect(count()).toBe(0)
  })

  onTerminal('ends with 130 when ^C is typed in the middle, and the host is the old or the new', () => {
    const { shown, status, typed, stdout } = terminal(['apply', '-f', file], { pattern: '1/' })
    expect(typed).toBe(true)
    const made = count()
    expect([0, GPUS * 32]).toContain(made)
    // it may have been done before the key was read
    expect([0, 130]).toContain(status)
    if (status === 0) expect(made).toBe(GPUS * 32)
    if (made === 0) expect(stdout).toBe('')
    // the cursor was never hidden, so it need not come back
    expect(shown).not.toContain(`${ESCAPE}[?25l`)
    expect(pipe('apply', '-f', file).status).toBe(0)
    expect(count()).toBe(GPUS * 32)
  })
})

describe('apply elsewhere', () => {
  it('says nothing on standard error', () => {
    expect(pipe('apply', '-f', file)).toMatchObject({ status: 0, stderr: '' })
  })
})

describe('batch at a terminal', () => {
  const commands = (number: number) => {
    const name = path.join(dir, 'commands.txt')
    fs.writeFileSync(name, 'host advance 1s\n'.repeat(number))
    return name
  }
  const seconds = () => JSON.parse(pipe('host', 'show', '-o', 'json').stdout).items[0].now / 1_000_000

  onTerminal('tells how far it is on standard error, and keeps that out of the answers', () => {
    const { shown, status, stdout } = terminal(['batch', '-f', commands(300), '-o', 'jsonl'])
    expect(status).toBe(0)
    expect(shown).toContain('0/300 host advance 1s')
    expect(stdout.trim().split('\n')).toHaveLength(300)
    expect(stdout).not.toContain(ESCAPE)
  })

  onTerminal('keeps what it has answered when ^C is typed, and says what it is', () => {
    const base = seconds()
    const { shown, status, typed, stdout } = terminal(['batch', '-f', commands(20_000), '-o', 'jsonl'], {
      pattern: '/20000 host',
    })
    expect([typed, status]).toEqual([true, 130])
    const answered = stdout.split('\n').length - 1
    expect(answered).toBeLessThan(20_000)
    expect(seconds() - base).toBe(answered)
    expect(shown).toContain(`nothing was done from line ${answered + 1} on; ${answered} of 20000 commands are done`)
  })

  onTerminal('of which all is one commit has done nothing when ^C is typed', () => {
    const base = seconds()
    const { shown, status } = terminal(['batch', '--atomic', '-f', commands(20_000)], { pattern: '/20000 host' })
    expect(status).toBe(130)
    expect(shown).toContain('nothing was done from line 1 on; 0 of 20000 commands are done')
    expect(seconds()).toBe(base)
  })
})

describe('fleet simulate', () => {
  const simulate = (...words: string[]) => {
    const nodes = path.join(dir, 'nodes.csv')
    const requests = path.join(dir, 'requests.csv')
    const mix = Array.from({ length: 8 }, (_, row) => `${1000 * (row % 8)},${512 * (row % 5)},1,${125 * (row + 1)}\n`)
    fs.writeFileSync(
      nodes,
      'name,model,gpus,cpu_milli,memory_mib,hosts\nt-{1},T4,2,32000,65536,60\ng-{1},G2,8,96000,393216,60\n',
    )
    fs.writeFileSync(requests, `cpu_milli,memory_mib,num_gpu,gpu_milli\n${mix.join('').repeat(125)}`)
    return ['fleet', 'simulate', '--requests', requests, '--nodes', nodes, '--policy', 'fgd', ...words]
  }

  onTerminal('tells at a terminal which line it reads, and of each run how far it is; nothing of that remains', () => {
    const { shown, status, stdout } = terminal(simulate('--runs', '12', '-o', 'json'))
    expect(status).toBe(0)
    expect(shown).toMatch(/requests\.csv: line \d+/)
    expect(shown).toMatch(/fgd, seed \d+: \d+ % of the fleet has been asked for/)
    expect(shown.trimEnd()).toMatch(new RegExp(`${ESCAPE}\\[\\d*K(?:${ESCAPE}\\[\\d*G)?$`))
    expect(JSON.parse(stdout).items[0]).toMatchObject({ policy: 'fgd', runs: 12 })
  })

  onTerminal('ends with 130 and without an answer when ^C is typed in the middle', () => {
    const { status, typed, stdout } = terminal(simulate('--runs', '900'), { pattern: 'seed 4' })
    expect({ status, typed, stdout }).toEqual({ status: 130, typed: true, stdout: '' })
  })

  onTerminal('says nothing with -o name, nor of what is refused but the refusal', () => {
    expect(terminal(simulate('-o', 'name'))).toMatchObject({ shown: '', status: 0 })
    const { shown, status } = terminal(simulate('--until', '5000'))
    expect([status, shown]).toEqual([
      2,
      expect.stringMatching(/^nvgpu: fleet simulate: --until takes .*\r\nhint: .*\r\n$/),
    ])
  })

  it('says nothing elsewhere', () => {
    expect(pipe(...simulate())).toMatchObject({ status: 0, stderr: '' })
  })
})
