import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Bench } from './captured-io.ts'

const UUID = '6f1c2f0e-8a45-4f0c-9d0b-3f1f0a8c1d01'
const bench = new Bench()
afterAll(() => bench.dispose())
beforeAll(async () => {
  for (const line of ['host init', 'vf enable 4', `vgpu create -t L40-4Q -n desk7 -u ${UUID} --persist`])
    await bench.sh(line)
})

/** A typed line, and the command that the answer names. */
const HABITS: readonly (readonly [string, string])[] = [
  ['list', 'vgpu list'],
  ['ls', 'vgpu list'],
  ['list -o json', 'vgpu list -o json'],
  ['list -d', 'mdevctl list -d'],
  ['list --defined --dumpjson', 'mdevctl list --defined --dumpjson'],
  ['get', 'vgpu list'],
  ['get vgpus', 'vgpu list'],
  ['get gpus', 'gpu list'],
  ['get vgpu desk7', 'vgpu show desk7'],
  ['get desk7', 'vgpu show desk7'],
  ['describe desk7', 'vgpu show desk7'],
  ['describe gpu 0', 'gpu show 0'],
  ['status', ''],
  ['status desk7', 'vgpu show desk7'],
  ['rm desk7', 'vgpu destroy desk7'],
  ['rm', 'vgpu destroy --help'],
  ['delete vgpu desk7', 'vgpu destroy desk7'],
  ['start desk7', 'vgpu start desk7'],
  [`start -u ${UUID}`, `mdevctl start -u ${UUID}`],
  [`start -u ${UUID} -p 0000:c1:00.5 -t nvidia-869`, `mdevctl start -u ${UUID} -p 0000:c1:00.5 -t nvidia-869`],
  ['stop desk7', 'vgpu stop desk7'],
  ['stop', 'vgpu stop --help'],
  [`stop -u ${UUID}`, `mdevctl stop -u ${UUID}`],
  ['define desk7', 'vgpu define desk7'],
  ['define -p 0000:c1:00.5 -t nvidia-869', 'mdevctl define -p 0000:c1:00.5 -t nvidia-869'],
  ['undefine desk7', 'vgpu undefine desk7'],
  [`undefine -u ${UUID}`, `mdevctl undefine -u ${UUID}`],
  ['types', 'types list'],
  ['types -p 0000:c1:00.4', 'mdevctl types -p 0000:c1:00.4'],
  ['gpu', 'gpu list'],
  ['vgpus', 'vgpu list'],
  ['gpus list', 'gpu list'],
  ['vgpu ls', 'vgpu list'],
  ['vgpu rm desk7', 'vgpu destroy desk7'],
  ['gpu describe 0', 'gpu show 0'],
  [`vgpu create -p 0000:c1:00.5 -t nvidia-869`, 'mdevctl start -p 0000:c1:00.5 -t nvidia-869'],
  ['enable 4', 'vf enable 4'],
  ['-L', 'smi -L'],
  ['-l 5', 'smi -l 5'],
  ['-q -i 0', 'smi -q -i 0'],
  ['-i 0', 'smi -i 0'],
  ['-q -d MEMORY', 'smi -q -d MEMORY'],
  ['--query-gpu=name,uuid --format=csv', 'smi --query-gpu=name,uuid --format=csv'],
  ['vgpu -q', 'smi vgpu -q'],
  ['vgpu list --json', 'vgpu list -o json'],
  ['--json', '-o json'],
  ['gpu show 0 --yaml', 'gpu show 0 -o yaml'],
  ['list --json', 'vgpu list -o json'],
]

/** A command to run, without the --. */
const UNMARKED = [
  ['run nvidia-smi -L', 'run -- nvidia-smi -L'],
  ['run --root lspci -nnk', 'run --root -- lspci -nnk'],
  ['run --net private lspci -t', 'run --net private -- lspci -t'],
] as const

describe('habits of other programs', () => {
  it.each(HABITS)('K 7: %s is answered with the exact command: nvgpu %s', async (typed, meant) => {
    const { status, stdout, stderr } = await bench.sh(typed)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(/^(?:hint:| {2}"hint": ") ?nvgpu ?(.*?)(?:",)?$/m.exec(stderr)?.[1]).toBe(meant)
    // it never ends
    if (meant.startsWith('smi -l')) return
    const dry = /^vgpu (?:destroy|stop|undefine) \S+$/.test(meant) && !meant.endsWith('--help') ? ' --dry-run' : ''
    // these change the host, and have no dry run
    if (/^mdevctl (?!list|types)/.test(meant) || meant === 'vgpu define desk7') return
    expect((await bench.sh(meant + dry)).status).toBe(0)
  })

  it.each(UNMARKED)('G 1: %s is answered with the exact command: nvgpu %s', async (typed, meant) => {
    const { status, stderr } = await bench.sh(typed)
    expect({ status, hint: stderr.split('\n')[1] }).toEqual({ status: 2, hint: `hint: nvgpu ${meant}` })
  })

  it('K 7: the command names the state directory that was asked for, once', async () => {
    const { stderr } = await bench.sh('--state-dir /nowhere ls')
    expect(stderr).toContain('\nhint: nvgpu --state-dir /nowhere vgpu list\n')
  })

  it.each([
    'vgup list',
    'vgpu lst',
    'vgpu list --colour',
    'frobnicate',
    'constructor toString',
    'vgpu create -t L40-4Q --count x',
  ])('K 7: %s means nothing elsewhere and keeps its own hint', async (line) => {
    const { stderr } = await bench.sh(line)
    expect(stderr).toMatch(/hint: nvgpu [a-z ]*--help\n/)
  })

  it('K 7: -q, -i and -o keep their meaning, and -q on a terminal tells of smi', async () => {
    expect(await bench.sh('-q')).toMatchObject({ status: 0, stdout: '0000:c1:00.0\n', stderr: '' })
    const shown = await bench.sh('-q', { tty: true })
    expect(shown).toMatchObject({ status: 0, stdout: '0000:c1:00.0\n' })
    expect(shown.stderr).toBe('hint: nvgpu smi -q\n')
    expect(await bench.sh('vgpu list -i 0 -q')).toMatchObject({ status: 0, stdout: `${UUID}\n` })
    expect((await bench.sh('-o json')).stdout).toContain('"kind": "overview"')
  })
})
