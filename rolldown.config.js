import path from 'node:path'
import { defineConfig } from 'rolldown'

/** commander only spawns for sub-commands that are executables, of which there are none; loading the module costs 1.6 ms. */
const withoutChildProcess = {
  name: 'without-child-process',
  resolveId: (source, importer) =>
    source === 'node:child_process' && importer?.includes('/commander/') ? '\0no-child-process' : null,
  load: (id) => (id === '\0no-child-process' ? 'export default {}' : null),
}

/**
 * Chunks by what a command needs, each with the modules it starts from: a module goes to the first that reaches it by
 * static imports. `main` answers --version, `cli` is what every other command needs, `read` what it takes to look at a
 * host, `types` to ask what fits; `core`, the actors and the writing half of the store, is only for what changes. A
 * noun, a renderer, commander stand apart.
 */
const LAYERS = Object.entries({
  main: 'cli/main',
  cli: 'cli/run cli/session cli/print cli/selectors cli/spec cli/values cli/files render/answer render/sheet render/size render/stats render/type-name',
  errors: 'cli/failure cli/nearest-words',
  read: 'engine/host-views store/read engine/state',
  types: 'engine/views/type',
  'noun-vgpu': 'cli/commands/vgpu',
  'noun-gpu': 'cli/commands/gpu',
  'noun-vf': 'cli/commands/vf',
  'noun-types': 'cli/commands/types',
  'noun-host': 'cli/commands/host',
}).map(([name, roots]) => ({ name, roots: roots.split(' ').map((root) => path.resolve(`src/${root}.ts`)) }))

const chunkOf = new Map()

/** Calls differ in the context only; the graph is the same in all of a build. */
function layerOf(id, context) {
  if (chunkOf.size === 0) for (const { name, roots } of LAYERS) for (const root of roots) reach(root, name, context)
  const name = chunkOf.get(id) ?? (/src\/(abi|catalog|engine|store)\//.test(id) ? 'core' : 'main')
  return name === 'main' ? null : name
}

function reach(module, name, context) {
  if (chunkOf.has(module) || !module.startsWith(path.resolve('src'))) return
  chunkOf.set(module, name)
  for (const imported of context.getModuleInfo(module)?.importedIds ?? []) reach(imported, name, context)
}

export default defineConfig({
  input: { main: 'src/cli/main.ts' },
  platform: 'node',
  preserveEntrySignatures: false,
  plugins: [withoutChildProcess],
  output: {
    dir: 'dist',
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: 'chunks/[name].cjs',
    minify: false,
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: [{ name: layerOf, debugName: 'layers' }],
    },
  },
})
