import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Home } from './home.ts'

const WRITERS = 3

let home: Home
beforeEach(() => {
  home = new Home()
})
afterEach(() => home.dispose())

/** Processes that make and end vGPUs of their own, one change after the other, until they are told to stop. */
function writers(): { stop(): Promise<void> } {
  const stop = home.file('stop')
  const env = { PATH: process.env.PATH, HOME: home.dir, NVGPU_STATE_DIR: home.stateDir }
  const nvgpu = `'${process.execPath}' '${resolve('bin/nvgpu.cjs')}'`
  const ended = Array.from({ length: WRITERS }, (_, index) => {
    const round = `${nvgpu} vgpu create -t L40-4Q -n w${index}; ${nvgpu} vgpu destroy w${index}`
    const script = `while [ ! -e stop ]; do ${round}; done >/dev/null 2>&1`
    const child = spawn('sh', ['-c', script], { env, cwd: home.dir, stdio: 'ignore' })
    return new Promise<void>((done) => child.once('exit', () => done()))
  })
  return {
    stop: async () => {
      writeFileSync(stop, '')
      await Promise.all(ended)
    },
  }
}

/** Verbs that prepare something outside of their transaction, or change much in one. */
const LONG = [
  'undo',
  'rollback 4',
  'undo 5',
  'vgpu save keep keep.vgpu',
  'vgpu restore keep.vgpu',
  'undo',
  'apply -f wish.yaml',
  'batch -f lines',
  'batch --atomic -f lines',
  'batch --keep-going -f wrong',
  'migrate keep --to other',
  'vgpu define --type L40-4Q --gpu 0 --name later',
  'wait --for state=defined later --timeout 30s',
  'host warm-update --to-version 570.158.01',
  'rollback 4 --dry-run',
  'host import --force host.json',
  'host reboot',
  'history diff 2 3',
  'host fsck',
]

it('E 5: a long verb among writers that never pause is done or refused with status 4, and all stays whole', async () => {
  home.ok('vf enable 8', 'vgpu create -t L40-4Q -n keep', 'host advance 1s', 'vf enable 4 --state-dir other')
  home.ok('host export host.json')
  home.file('wish.yaml', 'gpus:\n  - {gpu: 0, vfs: 8}\nvgpus:\n  - {name: desk9, type: L40-4Q}\n')
  home.file('lines', 'host advance 1s\n'.repeat(20))
  home.file('wrong', 'host advance 1s\nvgpu stop nobody\nhost advance 1s\n')
  const others = writers()
  const outcomes: string[] = []
  try {
    for (const line of LONG) {
      const { status, stderr } = home.sh(line)
      outcomes.push(`${line}: ${status} ${stderr}`)
    }
  } finally {
    await others.stop()
  }
  // What an undo has taken away, or a checkpoint, is not there for the next verb.
  const fine = /^[^:]*: ([04] |3 .*(there is no vGPU|no longer kept|is not kept))/s
  expect(outcomes.filter((outcome) => !fine.test(outcome))).toEqual([])
  expect(outcomes.filter((outcome) => /: 0 /.test(outcome)).length).toBeGreaterThan(0)
  expect(home.sh('host fsck')).toMatchObject({ status: 0, stderr: expect.stringContaining('nothing is wrong') })
}, 240_000)
