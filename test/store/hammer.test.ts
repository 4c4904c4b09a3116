import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { beforeAll, describe, expect, it } from 'vitest'
import { Store } from '../../src/store/store.ts'
import { scratch } from './scratch.ts'
import { model, type Tree } from './tree.ts'

const newDir = scratch()
const worker = join(newDir(), 'worker.cjs')
const COUNT = 800

beforeAll(async () => {
  const input = fileURLToPath(new URL('./hammer-worker.ts', import.meta.url))
  const bundle = await rolldown({ input, platform: 'node', logLevel: 'silent' })
  await bundle.write({ file: worker, format: 'cjs' })
})

/** A small linear generator, so that a seed that fails can be run again with NVGPU_SEED. */
function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

/** Starts the worker where its last acknowledged operation was, again and again, and kills it until it gets through. */
async function hammer(dir: string, name: string, next: () => number, kills: number) {
  let acknowledged = 0
  let killed = 0
  for (;;) {
    const child = spawn(process.execPath, [worker, dir, name, String(acknowledged), String(COUNT)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += String(chunk)
    })
    const closed = new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)))
    if (killed < kills) {
      // A process that has not begun to write cannot lose anything: wait for its first word.
      await Promise.race([new Promise((resolve) => child.stdout.once('data', resolve)), closed])
      await Promise.race([setTimeout(next() * 60), closed])
      if (child.kill('SIGKILL')) killed++
    }
    const code = await closed
    const last = output
      .slice(0, output.lastIndexOf('\n') + 1)
      .trim()
      .split('\n')
      .at(-1)
    if (last) acknowledged = Number(last) + 1
    if (code === 0) return { acknowledged, killed }
  }
}

describe('processes that are killed at random', () => {
  it('lose no acknowledged change and make none twice', async () => {
    const seed = Number(process.env.NVGPU_SEED ?? Date.now() % 1e6)
    console.log(`hammer: NVGPU_SEED=${seed}`)
    const next = random(seed)
    const dir = newDir()
    const results = await Promise.all(['a', 'b', 'c'].map((name) => hammer(dir, name, next, 6)))
    expect(results.map(({ acknowledged }) => acknowledged)).toEqual([COUNT, COUNT, COUNT])
    expect(results.reduce((sum, { killed }) => sum + killed, 0)).toBeGreaterThan(3)
    const store = Store.open<Tree>({ dir, model })
    const state = store.read()
    expect(state.total).toBe(6 * COUNT)
    expect(state.gpus.map(({ count }) => count)).toEqual([3 * COUNT, 3 * COUNT])
    const ids = store.history().map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const name of ['a', 'b', 'c']) {
      const numbers = ids.filter((id) => id.startsWith(name)).map((id) => Number(id.slice(2)))
      expect(numbers).toEqual(numbers.map((_, index) => COUNT - numbers.length + index))
    }
    expect(store.fsck({ repair: false })).toMatchObject({ ok: true, seq: 3 * COUNT })
  })
})
