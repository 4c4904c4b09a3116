import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadNoun } from '../../src/cli/load-noun.ts'
import { parseStart, parseVerb } from '../../src/cli/parse.ts'
import { missing } from '../house/installed.ts'
import { Bench } from './captured-io.ts'
import { EVERY_VERB } from './every-verb.ts'
import { DESK, HOSTILE, hostileHost, LATIN1 } from './hostile-host.ts'

let bench: Bench
let spoilt: string[] = []
beforeAll(async () => {
  bench = new Bench()
  spoilt = await hostileHost(bench)
}, 60_000)
afterAll(() => bench.dispose())

/** Our own sequences, to the letter: colours, and what `watch` needs. */
const OWN = ['[2m', '[22m', '[31m', '[32m', '[33m', '[39m', '[H', '[K', '[J', '[?7l', '[?7h'].map((end) => `\x1b${end}`)

/** What is left of a terminal's output that would steer it. */
function steering(output: string): string[] {
  const foreign = OWN.reduce((left, own) => left.replaceAll(own, ''), output.replaceAll(/\r+\n/g, '\n'))
  return foreign.match(/(?![\n\t])[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu) ?? []
}

const SMI = [
  'smi',
  'smi -q',
  'smi -q -x',
  'smi -L',
  'smi --version',
  'smi vgpu',
  'smi vgpu -q',
  'smi vgpu -s -v',
  'smi --query-compute-apps=pid,name,used_memory,gpu_uuid --format=csv',
  'smi --query-gpu=index,name,driver_version --format=csv,noheader',
  'dmon -c 1',
  'pmon -c 1',
]
const KINDS = 'libvirt,qemu,kubevirt,nova,ansible,mdevctl,vgpu-device-manager,lspci,facts,nvgpu'.split(',')
const MORE = [
  ...SMI,
  ...KINDS.map((kind) => `export ${kind}`),
  'export',
  'host export',
  'vgpu list --defined --dumpjson',
  'vgpu show DESK -o wide',
  'events list',
  'gsp trace show',
  'gsp log DESK',
  'history list -o wide',
  'history show 1 --all',
  'history diff 1 99 --all',
  'query --vgpu=name,uuid,vm --format=csv',
  'watch --count 1 vgpu list',
  'watch --count 1 -n 0.1 host log',
  'sysfs cat c1:00.5/driver_override',
  'sysfs cat c1:00.4/nvidia/vgpu_params',
  'sysfs cat c1:00.0/config',
  '__complete vgpu show',
  'host fsck',
  'diff -f DIR/other.yaml',
  'apply -f DIR/other.yaml --dry-run',
  'vgpu stop --all --dry-run',
  'vgpu destroy --all --dry-run --force',
  'vgpu undefine --all --dry-run',
  'undo --dry-run',
  'vgpu show nobody',
  'vgpu start nobody --dry-run',
  'batch -f DIR/lines --dry-run',
]

async function isReader(line: string): Promise<boolean> {
  const words = line.split(' ').filter((word) => word !== '')
  const start = parseStart(words)
  const noun = start === null ? undefined : await loadNoun(start.noun)
  return start !== null && noun !== undefined && parseVerb(noun, words, start)?.verb.changes === false
}

const readers: string[] = []
for (const line of EVERY_VERB) if (await isReader(line)) readers.push(line.replaceAll('desk7', 'DESK'))

async function onTerminal(line: string) {
  const words = line.replaceAll('DESK', DESK).replaceAll('DIR', bench.dir).split(' ')
  return bench.run(
    words.filter((word) => word !== ''),
    { tty: true, columns: 300 },
  )
}

describe('E 2: hostile text in every string of an old state directory', () => {
  it('E 2: is in the host: names, owners, logs, traces, guests, peers, versions and attributes', () => {
    for (const kind of [
      'driverVersion',
      'migrations[].peer',
      'definitions[].name',
      'definitions[].attrs[].value',
      'gpus[].gsp.boot[].note',
      'gpus[].gsp.plugins[].guest.guestDriverVersion',
      'gpus[].nvkm.fb.used[].owner',
      'gpus[].mgr.vgpus[].failed.text',
      'gpus[].vfs[].name',
      'gpus[].vfs[].opened.guestOs',
      'gpus[].vfs[].opened.vm',
      'gpus[].vfs[].driverOverride',
      'gpus[].klog.lines[].text',
      'gpus[].trace.records[].name',
    ])
      expect(spoilt).toContain(kind)
    expect(steering(HOSTILE).length).toBeGreaterThan(8)
    expect(readers.length).toBeGreaterThan(35)
  })

  it('E 2: reaches no terminal through any verb that reads, in any format', async () => {
    bench.file('other.yaml', `vgpus:\n  - {uuid: ${DESK}, type: L40-8Q, name: other}\n`)
    bench.file('lines', `vgpu list\nvgpu show ${DESK}\nvgpu show nobody\n`)
    let shown = 0
    for (const line of [...readers, ...MORE]) {
      const formats = MORE.includes(line) ? [''] : ['', '-o json', '-o yaml', '-o csv', '-o name']
      for (const format of formats) {
        const { stdout, stderr } = await onTerminal(`${line} ${format}`)
        expect([line, format, steering(stdout), steering(stderr)]).toEqual([line, format, [], []])
        if (stdout.includes('\\u001b')) shown += 1
      }
    }
    // a test that sees none of it would hold as well
    expect(shown).toBeGreaterThan(60)
  }, 120_000)

  it('E 2: is escaped in tables, sentences and errors through a pipe too, and data keeps its value', async () => {
    for (const line of [
      'vgpu list --all',
      `vgpu show ${DESK}`,
      'host log',
      'events list',
      'smi vgpu -q',
      'vgpu show nobody',
    ]) {
      const { stdout, stderr } = await bench.sh(line)
      expect([line, steering(stdout + stderr)]).toEqual([line, []])
    }
    for (const tty of [false, true]) {
      const { stdout } = await bench.sh('vgpu list -o json', { tty })
      expect(JSON.parse(stdout).items[0].name).toBe(HOSTILE)
    }
    expect((await bench.sh('vgpu list -o csv')).stdout).toContain(LATIN1)
    expect((await bench.sh('metrics')).stdout).toContain(HOSTILE)
  })

  it('E 2: comes back from no word of a command line, no file name and no variable', async () => {
    const worlds = [
      { argv: ['vgpu', 'show', HOSTILE] },
      { argv: ['gpu', 'show', `${HOSTILE}`] },
      { argv: [HOSTILE] },
      { argv: ['vgpu', HOSTILE] },
      { argv: ['vgpu', 'list', `--${HOSTILE}`] },
      { argv: ['vgpu', 'list', '-o', HOSTILE] },
      { argv: ['apply', '-f', `/nowhere/${HOSTILE}`] },
      { argv: ['host', 'import', `/nowhere/${HOSTILE}`] },
      { argv: ['--state-dir', `/nowhere/${HOSTILE}`, 'vgpu', 'create', '-t', 'L40-8Q'] },
      { argv: ['smi', `-${HOSTILE}`] },
      { argv: ['smi', 'vgpu', HOSTILE] },
      { argv: ['watch', '--count', '1', 'vgpu', 'show', HOSTILE] },
      { argv: ['explain', HOSTILE] },
      { argv: ['query', `--gpu=${HOSTILE}`] },
      { argv: ['vgpu', 'list'], env: { NVGPU_OUTPUT: HOSTILE } },
      { argv: ['vgpu', 'list'], env: { NVGPU_GPU: HOSTILE } },
      { argv: ['batch', '-f', '-'], stdin: `vgpu show '${HOSTILE}'\n` },
      { argv: ['apply', '-f', '-'], stdin: `{"${HOSTILE.replaceAll('\x1b', '\\u001b')}": 1}` },
    ]
    for (const { argv, ...world } of worlds) {
      const { status, stdout, stderr } = await bench.run(argv, { tty: true, ...world })
      expect([argv, steering(stdout + stderr)]).toEqual([argv, []])
      expect([argv, status === 0]).toEqual([argv, false])
      const json = await bench.run([...argv, '-o', 'json'], { tty: true, ...world })
      expect([argv, steering(json.stdout + json.stderr)]).toEqual([argv, []])
    }
  })
})

const NO_SCRIPT = missing('script', '-qec', 'true', '/dev/null')

describe('E 2: on a real terminal', () => {
  it
    .skipIf(NO_SCRIPT !== undefined)
    .each(['vgpu list', 'host log', 'vgpu list -o json', 'vgpu list -o csv', 'watch --count 1 vgpu list'])(
    'E 2: %s shows hostile text as escapes',
    (line) => {
      const command = `${process.execPath} ${path.resolve('bin/nvgpu.cjs')} ${line}`
      const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], {
        encoding: 'utf8',
        env: {
          PATH: process.env.PATH,
          HOME: bench.dir,
          NVGPU_STATE_DIR: bench.stateDir,
          TERM: 'xterm',
          COLUMNS: '300',
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      expect(steering(stdout)).toEqual([])
      expect(stdout).toContain('\\u001b]0;pwned\\u0007')
    },
  )
})
