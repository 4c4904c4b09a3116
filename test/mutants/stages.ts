import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'

/** Tests that take long and seldom find what the others do not: random walks, the ladder, planning, declarations. */
const LONG =
  /^(walk|ladder|warm-update|plan|declare-property|placement|growth|determinism|run|finder|seats|scheduler|boards|numbers|name-rules)$/

/** The tests most likely to notice a mutant, by actor. */
const NEAR: Readonly<Record<string, readonly string[]>> = {
  hw: ['mutant-kinds', 'vfio-config'],
  gsp: ['gsp', 'plugin', 'mutant-kinds'],
  nvkm: ['nvkm-numbers', 'mutant-kinds'],
  'vgpu-mgr': ['mutant-kinds'],
  vfio: ['vfio-file', 'vfio-config', 'vfio-device', 'pf-events'],
}

/** The same by source, where the test has another name. */
const OWN: Readonly<Record<string, readonly string[]>> = {
  'plugin-migration': ['migration'],
  migration: ['migration'],
  plugin: ['plugin', 'migration'],
  tasks: ['attach', 'plugin'],
  mgr: ['attachment'],
  'mixed-size': ['attachment'],
  'vf-reset': ['vf-bar0'],
  'registry-dwords': ['registry'],
  'type-rules': ['vgpu17', 'corrections'],
  'meta-blocks': ['mutant-kinds'],
  'gsp-events': ['corrections'],
  'root-port': ['pci-tree'],
  pf: ['pci-tree', 'sysfs'],
  metadata: ['corrections'],
  vgpu: ['attachment', 'corrections'],
  'type-select': ['vgpu17'],
}

/** Tests that take long, and the sources whose mutants they find. For others they come last. */
const SLOW: Readonly<Record<string, RegExp>> = {
  migration: /migration|gsp\/plugin/,
  sysfs: /hw\/(pf|pci|config|resources)/,
  'pci-tree': /hw\/(root-port|pf|pci)/,
  vgpu17: /type-select/,
  'gsp-record': /gsp\/(controls|gsp)/,
  'flipped-fields': /(gsp|nvkm)\//,
}

/**
 * The tests that a mutant meets, in stages: those named after its source and actor, then the RFC's and the engine's, then
 * the long ones unless `quick`.
 * @param root directory of the sources and tests
 */
export function stagesFor(root: string, file: string, quick: boolean): string[][] {
  const stem = basename(file, '.ts')
  const engine = testsIn(root, 'engine')
  const near = [stem, ...(OWN[stem] ?? []), ...(NEAR[file.split('/')[2] ?? ''] ?? [])]
  const isLast = (name: string) => LONG.test(name) || SLOW[name]?.test(file) === false
  const first = near.filter((name) => engine.includes(name)).map((name) => pathOf('engine', name))
  const wide = [
    ...testsIn(root, 'rfc').map((name) => pathOf('rfc', name)),
    ...engine.filter((name) => !isLast(name)).map((name) => pathOf('engine', name)),
  ]
  const last = engine.filter(isLast).map((name) => pathOf('engine', name))
  const seen = new Set<string>()
  const unseen = (path: string) => !seen.has(path) && seen.add(path)
  return [first, wide, quick ? [] : last].map((stage) => stage.filter(unseen)).filter((stage) => stage.length > 0)
}

const pathOf = (folder: string, name: string) => `test/${folder}/${name}.test.ts`

function testsIn(root: string, folder: string): string[] {
  return readdirSync(join(root, 'test', folder))
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => basename(name, '.test.ts'))
}
