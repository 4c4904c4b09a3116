import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
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
 * host, `types` to ask what fits; `core`, the actors and the writing half of the store, is only for what changes. The
 * hot nouns have a chunk each; other nouns, renderers, commander stand apart.
 */
const LAYERS = Object.entries({
  main: 'cli/main',
  cli: `cli/run cli/session cli/print cli/selectors cli/spec cli/values cli/files
    render/answer render/sheet render/size render/stats render/type-name`,
  errors: 'cli/failure cli/nearest-words',
  read: 'engine/host-views store/read engine/state',
  types: 'engine/views/type',
  'noun-vgpu': 'cli/commands/vgpu',
  'noun-gpu': 'cli/commands/gpu',
  'noun-vf': 'cli/commands/vf',
  'noun-types': 'cli/commands/types',
  'noun-host': 'cli/commands/host',
}).map(([name, roots]) => ({ name, roots: roots.split(/\s+/).map((root) => path.resolve(`src/${root}.ts`)) }))

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

const GETTER =
  /^Object\.defineProperty\(exports, "([\w$]+)", \{\n +enumerable: true,\n +get: function \(\) \{\n +return ([\w$]+);\n +\}\n\}\);\n?/gm

/**
 * Chunks export plain values instead of getters: a chunk has run to its end before anybody has its exports, and nothing
 * that is exported is ever assigned again.
 */
const plainExports = {
  name: 'plain-exports',
  renderChunk(code) {
    const names = []
    const rest = code.replaceAll(GETTER, (getter, exported, local) => {
      const declared = new RegExp(
        `^(?:const|var|class|(?:async )?function\\*?) ${local.replaceAll('$', '\\$')}\\b`,
        'm',
      )
      if (!declared.test(code)) return getter
      names.push(exported === local ? exported : `${exported}: ${local}`)
      return ''
    })
    return names.length === 0 ? null : `${rest.trimEnd()}\nmodule.exports = { ${names.join(', ')} }\n`
  },
}

/**
 * Makes each chunk what bin/nvgpu.cjs hands to V8 as it is: a function in ASCII, which is read as Latin-1 and takes a byte
 * a character, and in its last line a name of the content, which its code cache begins with, for V8 tells sources apart
 * by length only.
 */
const codeCache = {
  name: 'code-cache',
  renderChunk(code) {
    const ascii = code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    const name = createHash('sha256').update(ascii).digest('hex').slice(0, 16)
    return `(function (exports, require, module) {${ascii.trimEnd()}\n})\n//${name}`
  },
  writeBundle: () => execFileSync(process.execPath, ['code-cache.cjs'], { stdio: 'ignore' }),
}

export default defineConfig({
  input: { main: 'src/cli/main.ts' },
  platform: 'node',
  preserveEntrySignatures: false,
  plugins: [withoutChildProcess, plainExports, codeCache],
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
