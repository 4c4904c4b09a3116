import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
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
 * Chunks by what is used together, for a chunk is loaded when something in it is used (see `lazyChunks`). First what a
 * common command passes by, wherever it is imported from.
 */
const APART = Object.entries({
  tables: 'catalog/(type-tables|board-rows)-extra',
  repair: 'store/(fsck|fsck-file|history|audit|bit-rot|canonical)',
  migration: '(engine/migration/(?!states)|abi/migration|engine/gsp/plugin-migration|engine/vgpu-mgr/migration)',
  'vfio-file': '(engine/vfio/(file|regions|irqs|ioctl|config-access|access|vf-bar0|task-logs)|abi/vfio)',
  views: 'engine/views/(gpu|vf|maps|events|host)|engine/load/scheduler-of',
  layout: 'abi/(layout|layout-error|engine-types|wpr-meta)\\.ts',
  abi: 'abi/(?!nv-error|errno|refusal|align|names|pci|crc32|nv-status)|catalog/vgpu-info|engine/vgpu-mgr/types',
  // It looks its structures up when it is loaded, and whatever lists types would come by it.
  change: 'engine/vgpu-mgr/rpc\\.ts',
  verbs: 'engine/verbs/(?!vgpus|run|start-defined|attach)',
}).map(([name, paths]) => ({ name, test: new RegExp(`/src/(${paths})`) }))

/**
 * Then by where they are reached from by static imports: `main` answers --version, `cli` is what every other command needs,
 * `read` what it takes to look at a host, `change` to change it. The hot nouns have a chunk each.
 */
const LAYERS = Object.entries({
  main: 'cli/main',
  cli: `cli/run cli/session cli/print cli/selectors cli/spec cli/values cli/files cli/nearest-words abi/errno
    render/answer render/sheet render/size render/stats render/type-name`,
  errors: 'cli/failure',
  read: 'engine/host-views store/read engine/state',
  types: 'engine/views/type',
  change: 'engine/machine engine/invariants engine/refused engine/new-host engine/verbs/vgpus store/store engine/host',
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
  const name =
    chunkOf.get(id) ??
    /\/src\/(?:abi|catalog|store|engine\/([^./]+))\b/
      .exec(id)
      ?.slice(1)
      .map((area) => area ?? 'rest')[0]
  return name === 'main' ? null : name
}

function reach(module, name, context) {
  if (chunkOf.has(module) || !module.startsWith(path.resolve('src'))) return
  chunkOf.set(module, APART.find(({ test }) => test.test(module))?.name ?? name)
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

/** A chunk loads another when it first uses something of it, and not at all if it never does. */
const lazyChunks = {
  name: 'lazy-chunks',
  renderChunk(code) {
    const requires = [...code.matchAll(/^const (require_\w+) = require\("(\.[^"]+)"\);\n/gm)]
    return requires.reduce((text, [line, name, file]) => {
      const settle = 'Object.defineProperty(this, "chunk", { value }); return value'
      const lazy = `const ${name} = { get chunk() { const value = require("${file}"); ${settle} } };\n`
      return text.replaceAll(new RegExp(`\\b${name}\\.`, 'g'), `${name}.chunk.`).replace(line, lazy)
    }, code)
  },
}

/**
 * Makes each chunk what bin/nvgpu.cjs hands to V8 as it is: a function, in ASCII, which is read as Latin-1 and takes a byte
 * a character, and of a length behind which V8 takes a code cache without copying it.
 */
const ready = {
  name: 'ready',
  generateBundle(_options, bundle) {
    for (const chunk of Object.values(bundle)) {
      const ascii = chunk.code.replace(
        /[^\0-\x7f]/g,
        (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
      )
      const text = `(function (exports, require, module) {${ascii.trimEnd()}\n})\n`
      chunk.code = text.padEnd(Math.ceil(text.length / 16) * 16)
    }
  },
}

/** What is bundled goes out under its own licence: the text of each package's, beside the chunks. */
const licences = {
  name: 'licences',
  generateBundle() {
    const found = [...this.getModuleIds()].flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id) ?? [])
    const texts = [...new Set(found)].sort().map((dir) => {
      const { name, version, license, homepage } = JSON.parse(fs.readFileSync(`${dir}/package.json`, 'utf8'))
      const file = fs.readdirSync(dir).find((entry) => /^licen[cs]e/i.test(entry))
      // one of them names its licence and ships no text of it
      const text = file === undefined ? `see ${homepage}` : fs.readFileSync(`${dir}/${file}`, 'utf8').trim()
      return `${name} ${version} (${license})\n\n${text}\n`
    })
    this.emitFile({ type: 'asset', fileName: 'licences.txt', source: texts.join(`\n${'-'.repeat(72)}\n\n`) })
  },
}

/** Packs the chunks; while they are written there must be no pack of others. */
const pack = {
  name: 'pack',
  renderStart: () => fs.rmSync('dist/packed', { recursive: true, force: true }),
  writeBundle: () => execFileSync(process.execPath, ['pack.cjs'], { stdio: 'ignore' }),
}

export default defineConfig({
  input: { main: 'src/cli/main.ts' },
  platform: 'node',
  preserveEntrySignatures: false,
  plugins: [withoutChildProcess, plainExports, lazyChunks, ready, licences, pack],
  output: {
    dir: 'dist',
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: 'chunks/[name].cjs',
    minify: { compress: true, mangle: { keepNames: true } },
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: [{ name: layerOf, debugName: 'layers' }],
    },
  },
})
