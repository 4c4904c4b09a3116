import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { copyState } from '../store/state-fixtures.ts'

const ROOT = path.join(import.meta.dirname, '../..')
const WALKS = path.join(import.meta.dirname, 'walks')
const copy = fs.mkdtempSync(path.join(os.tmpdir(), 'nvgpu-walks-'))

/** The files of src that a walk edits or adds. */
function filesOf(walk: string): string[] {
  const diff = fs.readFileSync(path.join(WALKS, `${walk}.diff`), 'utf8')
  return [...diff.matchAll(/^\+\+\+ b\/(src\/.*)$/gm)].map(([, file = '']) => file)
}

function inCopy(program: string, ...args: string[]): string {
  const env = { ...process.env, NVGPU_STATE_DIR: path.join(copy, 'state'), XDG_CACHE_HOME: path.join(copy, 'cache') }
  return execFileSync(program, args, { cwd: copy, env, encoding: 'utf8' })
}

const nvgpu = (...args: string[]) => inCopy(process.execPath, 'bin/nvgpu.cjs', ...args)

/** The walks that CONTRIBUTING describes, taken all together in a copy of the sources. */
describe('a contributor who adds', () => {
  beforeAll(() => {
    for (const name of [
      'bin',
      'src',
      'test',
      'package.json',
      'rolldown.config.js',
      'tsconfig.json',
      'tsconfig.base.json',
    ])
      fs.cpSync(path.join(ROOT, name), path.join(copy, name), { recursive: true })
    fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'))
    for (const walk of ['verb', 'control', 'field', 'board'])
      inCopy('git', 'apply', '--recount', '--unidiff-zero', path.join(WALKS, `${walk}.diff`))
    const projects = ['errors', 'abi', 'contract', 'catalog', 'engine', 'store', 'app', 'render', 'cli']
    inCopy('npx', '--no-install', 'tsc', '-b', ...projects.map((name) => `src/${name}`))
    inCopy('npx', '--no-install', 'rolldown', '-c', '--logLevel', 'silent')
  }, 300_000)
  afterAll(() => fs.rmSync(copy, { recursive: true }))

  it('F 5: a verb edits at most 2 files, and has its help', () => {
    expect(filesOf('verb').length).toBeLessThanOrEqual(2)
    nvgpu('gpu', 'note', 'fan replaced')
    expect(nvgpu('host', 'log')).toContain('fan replaced')
    expect(nvgpu('gpu', 'note', '--help')).toContain('write a line into the kernel log of a GPU')
    expect(nvgpu('completion', 'bash')).toContain("'gpu note'")
  })

  it('F 5: a control edits at most 3 files, and has its name in traces, faults and gsp decode', () => {
    expect(filesOf('control').length).toBeLessThanOrEqual(3)
    expect(nvgpu('fault', 'points', '-q')).toContain('gsp.NV2080_CTRL_CMD_GPU_GET_SCRATCH')
    expect(nvgpu('gsp', 'decode', 'NV2080_CTRL_GPU_GET_SCRATCH_PARAMS', '07000000')).toContain('words')
    nvgpu('gsp', 'trace', 'on')
    nvgpu('gpu', 'reset')
    expect(nvgpu('events', 'list')).toContain('GPU_GET_SCRATCH')
  })

  it('F 5: a field of the state edits 1 file, and is in exports and older directories', () => {
    expect(filesOf('field')).toHaveLength(1)
    expect(JSON.parse(nvgpu('host', 'export')).gpus[0].nvkm.scratchWords).toBe(0)
    fs.rmSync(path.join(copy, 'state'), { recursive: true })
    copyState(path.join(ROOT, 'test/fixtures/state/0.1.0/default/state'), path.join(copy, 'state'))
    expect(JSON.parse(nvgpu('host', 'export')).gpus[0].nvkm.scratchWords).toBe(0)
    fs.rmSync(path.join(copy, 'state'), { recursive: true })
  })

  it('F 5: a board edits 1 file, and is a host', () => {
    expect(filesOf('board')).toHaveLength(1)
    nvgpu('host', 'init', '--board', 'A40X', '--profile', 'vgpu17')
    expect(nvgpu('gpu', 'list')).toContain('NVIDIA A40X')
  })
})
