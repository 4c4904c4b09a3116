import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { metricsOf } from '../../src/cli/metrics-of.ts'
import { newHost } from '../../src/engine/new-host.ts'
import { smiView } from '../../src/engine/smi/facts.ts'
import { boundHost } from '../engine/bound-host.ts'
import { Bench } from './captured-io.ts'

let bench: Bench
beforeEach(async () => {
  bench = new Bench()
  await bench.sh('host init --gpus 2')
  await bench.sh('vf enable 4 --gpu 0')
  await bench.run(['vgpu', 'create', '--type', 'L40-8Q', '--gpu', '0', '--name', 'a "quoted" \\ name'])
  await bench.sh('vgpu create --type L40-8Q --gpu 0 --no-start')
})
afterEach(() => {
  bench.dispose()
})

interface Sample {
  name: string
  labels: Record<string, string>
  value: number
}

/** The text exposition format 0.0.4, strictly: HELP and TYPE once before the samples of a metric, which stand together. */
function parseExposition(text: string): { samples: Sample[]; types: Map<string, string> } {
  expect(text.endsWith('\n')).toBe(true)
  const samples: Sample[] = []
  const types = new Map<string, string>()
  let open = ''
  for (const line of text.trimEnd().split('\n')) {
    const comment = /^# (HELP|TYPE) ([a-z_:][a-z0-9_:]*) (.+)$/.exec(line)
    if (comment) {
      const [, kind, name = '', rest = ''] = comment
      if (kind === 'HELP') {
        expect(types.has(name), line).toBe(false)
        open = name
      } else {
        expect(name).toBe(open)
        expect(['gauge', 'counter']).toContain(rest)
        types.set(name, rest)
      }
      continue
    }
    const [, name = '', inside = '', value = ''] = /^([a-z_:][a-z0-9_:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
    expect(name, line).toBe(open)
    expect(Number.isFinite(Number(value)), line).toBe(true)
    const pair = /([a-z_][a-z0-9_]*)="((?:[^"\\]|\\[\\"n])*)"(?:,|$)/y
    const labels: Record<string, string> = {}
    while (pair.lastIndex < inside.length) {
      const at = pair.lastIndex
      const [, key = '', quoted = ''] = pair.exec(inside) ?? []
      expect(key, `${line} at ${at}`).not.toBe('')
      labels[key] = quoted.replaceAll(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c))
    }
    samples.push({ name, labels, value: Number(value) })
  }
  return { samples, types }
}

/** How often each view of a vGPU and of a running GPU is asked for something, on a host of so many GPUs with a vGPU each. */
function questions(count: number): { vgpu: number; gpu: number } {
  const state = newHost({ gpus: count })
  const host = boundHost(state)
  for (let gpu = 0; gpu < count; gpu += 1) {
    host.enableVfs({ gpu: String(gpu), count: 1 })
    const uuid = `00000000-0000-4000-8000-${String(gpu).padStart(12, '0')}`
    host.createVgpu({ type: 'L40-4Q', gpu: String(gpu), uuid, start: true })
  }
  const asked = { vgpu: 0, gpu: 0 }
  const counted = <T extends object>(kind: 'vgpu' | 'gpu', view: T): T =>
    new Proxy(view, {
      get(target, key) {
        asked[kind] += 1
        return Reflect.get(target, key)
      },
    })
  metricsOf({
    host: host.hostView(),
    gpus: host.gpuViews(),
    instances: [],
    vgpus: host.vgpuViews().map((view) => counted('vgpu', view)),
    running: smiView(state, [...state.gpus.keys()]).gpus.map((view) => counted('gpu', view)),
    state,
  })
  return { vgpu: asked.vgpu / count, gpu: asked.gpu / count }
}

describe('metrics', () => {
  it('ask each vGPU and each GPU as much on a large host as on a small one', () => {
    expect(questions(12)).toEqual(questions(2))
  })

  it('are text that Prometheus reads, one sample a name and label set', async () => {
    const { status, stdout, stderr } = await bench.sh('metrics')
    expect([status, stderr]).toEqual([0, ''])
    const { samples, types } = parseExposition(stdout)
    expect(samples.every(({ name }) => name.startsWith('nvgpu_'))).toBe(true)
    expect([...types].filter(([name, type]) => (type === 'counter') !== name.endsWith('_total'))).toEqual([])
    const keys = samples.map(({ name, labels }) => `${name} ${JSON.stringify(labels)}`)
    expect(new Set(keys).size).toBe(keys.length)
    expect(samples.find(({ name }) => name === 'nvgpu_vgpu_info')?.labels.name).toBe('a "quoted" \\ name')
  })

  it('say what the listings say', async () => {
    const { samples } = parseExposition((await bench.sh('metrics')).stdout)
    const value = (name: string, labels: Record<string, string>) =>
      samples.find(
        (each) => each.name === name && Object.entries(labels).every(([key, text]) => each.labels[key] === text),
      )?.value
    const [gpu] = JSON.parse((await bench.sh('gpu list -o json')).stdout).items
    expect(value('nvgpu_gpu_framebuffer_used_bytes', { gpu: '0' })).toBe(gpu.framebuffer.usedMiB * 1_048_576)
    expect(value('nvgpu_gpu_vfs_enabled', { gpu: '0' })).toBe(4)
    expect(value('nvgpu_gpu_vgpus', { gpu: '0', state: 'running' })).toBe(1)
    expect(value('nvgpu_gpu_vgpus', { gpu: '0', state: 'configured' })).toBe(1)
    expect(value('nvgpu_gpu_vgpus', { gpu: '1', state: 'running' })).toBe(0)
    expect(value('nvgpu_gpu_up', { gpu: '1' })).toBe(1)
    await bench.sh('gpu unbind 1 --force')
    const after = parseExposition((await bench.sh('metrics')).stdout).samples
    expect(after.find(({ name, labels }) => name === 'nvgpu_gpu_up' && labels.gpu === '1')?.value).toBe(0)
  })

  it('are the same facts as JSON', async () => {
    const { samples } = parseExposition((await bench.sh('metrics')).stdout)
    const document = JSON.parse((await bench.sh('metrics -o json')).stdout)
    expect(document.kind).toBe('metrics')
    const flat = document.items.flatMap((metric: { name: string; samples: { labels: object; value: number }[] }) =>
      metric.samples.map((sample) => ({ name: metric.name, ...sample })),
    )
    expect(flat).toEqual(samples)
  })
})
