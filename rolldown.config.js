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
const APART = {
  tables: 'catalog/(type-tables|board-rows)-extra',
  repair: 'store/(fsck|fsck-file|stray|history|bit-rot|torn|canonical)',
  migration: '(engine/migration/(?!states)|abi/migration|engine/gsp/plugin-migration|engine/vgpu-mgr/migration)',
  'vfio-file': '(engine/vfio/(file|regions|irqs|ioctl|config-access|access|vf-bar0|task-logs)|abi/vfio)',
  views: 'engine/views/(gpu|vf|maps|events|host)|engine/load/scheduler-of',
  verbs: 'engine/verbs/(?!vgpus|run|start-defined|attach)',
}

/** What the verbs that make and end vGPUs seldom come to. */
const SELDOM = {
  seldom: `store/(past|begin-log|checkpoint|failure|foresight|patience|prune|repeat|stale|succession)|
    abi/text|cli/(files|overtaken|usage|nearest-words|callouts/events|commands/vgpu-(define|save))|
    render/(table|sheet|size|width)|catalog/(nearest|placement|check-vgpu-info)|abi/(layout-error|nv-status|odd-number)|
    engine/(new-host|copy-state|fault-points|iommu|trace|load/model|placement/seat|migration/states|
    definitions/(mdevctl|vf-address|intent)|hw/(resources|pci-write|vf)|
    views/(listed-vgpu|no-such-type|vgpu-id)|
    nvkm/(boot|fb-layout|gsp-trace|registry|registry-dwords|sriov|vf-info|vgpu-support))\\.ts`.replaceAll(/\s/g, ''),
}

/** What listings do not come to: first what `gpu list` does, then `vgpu show`, then tables, then nobody. */
const UNLISTED = {
  names: 'abi/text',
  views: `${APART.views}|engine/(hw/(pf|resources|config-space)|nvkm/(ranges|registry-dwords|vgpu-support)|load/scheduler)`,
  sheet:
    'store/words|render/(sheet|size)|engine/(views/(listed-vgpu|definition)|hw/framebuffer|sparse|guest/|klog|trace|attributes)',
  table: 'render/(table|width)',
  seldom:
    `cli/(files|callouts/(?!options)|commands/vgpu-(define|save)|migration/unsettled|overtaken|recorded|usage|vgpu-targets|(nearest|shell)-words)|
    catalog/(nearest|placement)|engine/(definitions/|copy-state)|abi/(nv-status|odd-number|shell-quote)|
    store/(diff|failure|patience|stale)\\.ts`.replaceAll(/\s/g, ''),
}

/** What is apart as well where types are looked at and nothing is changed. */
const ABI_APART = {
  layout: 'abi/(layout|layout-error|scalars|window|slab|elements|compound|engine-types|wpr-meta)\\.ts',
  abi: 'abi/(?!nv-error|errno|refusal|align|names|pci|printable|text|crc32|nv-status|shell-quote)|catalog/vgpu-info|engine/vgpu-mgr/types',
  // It looks its structures up when it is loaded, and whatever lists types would come by it.
  change: 'engine/vgpu-mgr/rpc\\.ts',
}

/**
 * Then by where they are reached from by static imports: `main` answers --version, `cli` is what every other command needs,
 * `read` what it takes to look at a host, `change` to change it. The hot nouns have a chunk each.
 */
const CLI = `cli/run cli/session cli/print cli/selectors cli/spec cli/values cli/files cli/nearest-words abi/errno
    render/answer render/sheet render/size render/type-name`
const READ = 'engine/host-views store/read contract/state-contract'
const TYPES = 'engine/views/type'
const CHANGE =
  'engine/machine engine/invariants engine/refused engine/new-host engine/verbs/vgpus store/store engine/host'
const VGPU = 'cli/commands/vgpu'
const REST = {
  errors: 'cli/failure',
  'noun-gpu': 'cli/commands/gpu',
  'noun-vf': 'cli/commands/vf',
  'noun-types': 'cli/commands/types',
  'noun-host': 'cli/commands/host',
}

/**
 * The same program three times, in other chunks. In one chunk everything is loaded at once, and by the names it has in
 * there, which is worth a tenth of a command that needs it all: bin/nvgpu.cjs has `look` for the listings that scripts run
 * most, `change` for what makes and ends vGPUs, and the first for everything else.
 */
const PROGRAMS = [
  {
    dir: 'dist',
    apart: { ...APART, names: 'abi/text', ...ABI_APART },
    layers: { main: 'cli/main', cli: CLI, read: READ, types: TYPES, change: CHANGE, 'noun-vgpu': VGPU, ...REST },
  },
  {
    dir: 'dist/look',
    apart: { ...APART, ...UNLISTED, ...ABI_APART },
    layers: { hot: `cli/main ${CLI} ${READ} ${VGPU}`, types: TYPES, change: CHANGE, ...REST },
  },
  {
    dir: 'dist/change',
    apart: { ...APART, ...SELDOM },
    layers: { hot: `cli/main ${CLI} ${READ} ${TYPES} ${CHANGE} ${VGPU}`, ...REST },
  },
]

/** Which chunk a module belongs to. */
function grouping({ apart, layers }) {
  const chunkOf = new Map()
  const apartFrom = Object.entries(apart).map(([name, paths]) => ({ name, test: new RegExp(`/src/(${paths})`) }))
  const reach = (module, name, context) => {
    if (chunkOf.has(module) || !module.startsWith(path.resolve('src'))) return
    chunkOf.set(module, apartFrom.find(({ test }) => test.test(module))?.name ?? name)
    for (const imported of context.getModuleInfo(module)?.importedIds ?? []) reach(imported, name, context)
  }
  // Calls differ in the context only; the graph is the same in all of a build.
  return (id, context) => {
    if (chunkOf.size === 0) {
      for (const [name, roots] of Object.entries(layers)) {
        for (const root of roots.split(/\s+/)) reach(path.resolve(`src/${root}.ts`), name, context)
      }
    }
    // The contract's library goes with the contract.
    const own = id.includes('/node_modules/valibot/') ? path.resolve('src/contract/values.ts') : id
    const name =
      chunkOf.get(own) ??
      /\/src\/(?:abi|catalog|store|engine\/([^./]+))\b/
        .exec(id)
        ?.slice(1)
        .map((area) => area ?? 'rest')[0]
    return name === 'main' ? null : name
  }
}

const GETTER =
  /^Object\.defineProperty\(exports, "([\w$]+)", \{\n +enumerable: true,\n +get: function \(\) \{\n +return (.+);\n +\}\n\}\);\n?/gm
const ASSIGNMENT = /^exports\.([\w$]+) = ([\w$]+);\n?/gm
const MARK = /^Object\.defineProperty\(exports, Symbol\.toStringTag, .*;\n/m

/**
 * A chunk exports a function that makes its exports: there are hundreds, and the chunk that a hot command runs in is
 * asked for none. They are plain values, for a chunk has run to its end before anybody asks, and nothing that is exported
 * is ever assigned again.
 */
const lateExports = {
  name: 'late-exports',
  renderChunk(code) {
    const names = []
    const take = (_, exported, value) => {
      // A package in CommonJS is run when its default export is first asked for.
      names.push(/^[\w$]+$/.test(value) ? `${exported}: ${value}` : `get ${exported}() { return ${value} }`)
      return ''
    }
    const rest = code.replace(MARK, '').replaceAll(GETTER, take).replaceAll(ASSIGNMENT, take)
    if (/^(exports\.|Object\.defineProperty\(exports)/m.test(rest)) this.error('an export in another form')
    return `${rest.trimEnd()}\nmodule.exports = () => ({ ${names.join(', ')} })\n`
  },
}

/** What import() gives of a module in the same chunk: an object with getters, which takes no runtime of the bundler's to make. */
const namespaces = {
  name: 'namespaces',
  renderChunk: (code) =>
    code.replaceAll(/= \/\* @__PURE__ \*\/ require_rolldown_runtime\.\w+\((\{[^{}]*\})\);/g, (whole, object) => {
      const getters = object.replaceAll(/([\w$]+): \(\) => ([\w$.]+)/g, 'get $1() { return $2 }')
      return getters.includes('=>') ? whole : `= ${getters};`
    }),
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

/** Packs the chunks of all programs; while they are written there must be no pack of others. */
const pack = {
  name: 'pack',
  renderStart: () => fs.rmSync('dist/packed', { recursive: true, force: true }),
  writeBundle: () => execFileSync(process.execPath, ['pack.cjs'], { stdio: 'ignore' }),
}

const programs = PROGRAMS.map((program, index) => ({
  input: { main: 'src/cli/main.ts' },
  platform: 'node',
  preserveEntrySignatures: false,
  plugins: [
    withoutChildProcess,
    lateExports,
    namespaces,
    lazyChunks,
    ready,
    ...(index === 0 ? [licences] : []),
    ...(index === PROGRAMS.length - 1 ? [pack] : []),
  ],
  output: {
    dir: program.dir,
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: 'chunks/[name].cjs',
    minify: { compress: true, mangle: { keepNames: true } },
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: [{ name: grouping(program), debugName: 'layers' }],
    },
  },
}))

export default defineConfig(programs)
