import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'

const SRC = join(import.meta.dirname, '..', 'src')
const ACTORS = ['hw', 'gsp', 'nvkm', 'vgpu-mgr', 'vfio']
const LAYERS = [
  'errors',
  'abi',
  'contract',
  'catalog',
  'engine',
  'planner',
  'store',
  'app',
  'render',
  'nvml',
  'live',
  'cli',
]
/**
 * The engine's own small pieces, which every actor may use; so are placement/ and mig/, which are arithmetic. The rest of migration/
 * is the variant driver's.
 */
const COMMON =
  'attributes board-of clock faults keys klog load/scheduler migration/states name-rules sparse state trace unwind uuid'.split(
    ' ',
  )

/** Every import between two files of src, as src-relative paths. */
const arrows = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) =>
    [...readFileSync(join(SRC, file), 'utf8').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(([, to = '']) => ({
      from: file,
      to: normalize(join(dirname(file), to)),
    })),
  )

/** Whoever shows or reports the host; verbs and sysfs act on it. */
const ONLOOKERS = /^(engine\/(views|smi|plan|declare)\/|engine\/capacity\.ts|engine\/verbs\/stats\.ts|app\/|nvml\/)/
/** A member `gsp` that is read or taken apart. */
const READS_GSP = /\.gsp\b|\{[^{}()]*\bgsp\b[^{}()]*\}\s*(?:[=:]|of\b)/

const folderOf = (file: string) => file.split('/')[0] ?? ''
/** Of a file of the engine: its actor, or "host" for the layer above them, or "common". */
function partOf(file: string): string {
  if (COMMON.includes(file.replace(/^engine\//, '').replace(/\.ts$/, ''))) return 'common'
  const [, folder = ''] = file.split('/')
  if (ACTORS.includes(folder)) return folder
  return { placement: 'common', mig: 'common', migration: 'vfio' }[folder] ?? 'host'
}

/** The arrows of some files that none of the allowed targets covers. */
function forbidden(from: (file: string) => boolean, allowed: (to: string) => boolean): string[] {
  return arrows.filter((arrow) => from(arrow.from) && !allowed(arrow.to)).map((arrow) => `${arrow.from} -> ${arrow.to}`)
}

describe('who imports whom', () => {
  it.each<[string, string[]]>([
    ['errors', []],
    ['abi', []],
    ['contract', ['errors']],
    ['catalog', ['abi', 'contract', 'errors']],
    ['engine', ['abi', 'catalog', 'contract', 'errors']],
    ['planner', ['abi', 'catalog', 'contract', 'engine', 'errors']],
    ['store', ['abi/crc32.ts', 'contract', 'errors']],
    ['app', ['abi', 'catalog', 'contract', 'engine', 'errors', 'planner', 'store']],
    ['nvml', ['abi', 'app', 'catalog', 'contract', 'engine', 'errors', 'store']],
    ['render', ['abi', 'contract', 'engine/smi/view.ts', 'errors']],
    ['live', ['abi', 'app', 'contract', 'engine', 'errors', 'render', 'store']],
    ['cli', LAYERS],
  ])('%s imports only what is below it', (folder, below) => {
    const own = arrows.filter((arrow) => folderOf(arrow.from) === folder)
    expect(own.length).toBeGreaterThan(0)
    expect(
      forbidden(
        (file) => folderOf(file) === folder,
        (to) => [folder, ...below].some((one) => one === to || one === folderOf(to)),
      ),
    ).toEqual([])
  })

  it.each<[string, string[]]>([
    ['common', []],
    ['hw', []],
    ['gsp', ['hw']],
    ['nvkm', ['hw']],
    ['vgpu-mgr', ['nvkm/ops.ts']],
    ['vfio', ['vgpu-mgr', 'hw']],
  ])('inside the engine %s imports only itself, what all may use, and its own arrows', (part, others) => {
    const reach = (to: string) =>
      folderOf(to) !== 'engine' ||
      [part, 'common'].includes(partOf(to)) ||
      others.some((other) => to === `engine/${other}` || partOf(to) === other)
    expect(forbidden((file) => folderOf(file) === 'engine' && partOf(file) === part, reach)).toEqual([])
  })

  it('J 1: the firmware does not know the catalogue', () => {
    const own = arrows.filter(({ from }) => from.startsWith('engine/gsp/'))
    expect(own.length).toBeGreaterThan(0)
    expect(own.filter(({ to }) => folderOf(to) === 'catalog')).toEqual([])
  })

  it('J 1: views, smi, capacity, NVML and documents see the firmware through two files alone', () => {
    const looks = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.ts') && ONLOOKERS.test(file) && READS_GSP.test(readFileSync(join(SRC, file), 'utf8')),
    )
    expect(looks.sort()).toEqual([
      // checks a document before it becomes a host
      'app/documents/host-file.ts',
      'engine/views/gsp-answers.ts',
      'engine/views/gsp-inside.ts',
    ])
    const state = arrows.filter(({ from, to }) => folderOf(from) === 'render' && to.startsWith('contract/state'))
    expect(state).toEqual([])
  })

  it('has no circle below the command line', () => {
    let left = arrows.filter(({ from }) => folderOf(from) !== 'cli')
    const importers = () => new Set(left.map(({ from }) => from))
    for (let before = Number.POSITIVE_INFINITY; left.length < before; ) {
      before = left.length
      const still = importers()
      left = left.filter(({ to }) => still.has(to))
    }
    expect([...importers()]).toEqual([])
  })

  it('F 8: only nvgpu schema loads the schemas of views; all others import their types', () => {
    const loaders = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => {
      if (!file.endsWith('.ts') || file.startsWith('contract/views/')) return false
      const imports = readFileSync(join(SRC, file), 'utf8').matchAll(
        /^import (?!type )[^']*'([^']+)'|import\('([^']+)'\)/gm,
      )
      return [...imports].some(([, fixed, lazy]) => (fixed ?? lazy)?.includes('contract/views/'))
    })
    expect(loaders).toEqual(['cli/commands/schema.ts'])
  })

  it('only the machine knows all five actors', () => {
    const known = new Map<string, Set<string>>()
    for (const { from, to } of arrows) {
      if (folderOf(from) !== 'engine' || !ACTORS.includes(partOf(to))) continue
      known.set(from, (known.get(from) ?? new Set()).add(partOf(to)))
    }
    expect([...known].filter(([, actors]) => actors.size === ACTORS.length).map(([file]) => file)).toEqual([
      'engine/machine.ts',
    ])
  })
})
