import { defineConfig } from 'rolldown'

/** commander only spawns for sub-commands that are executables, of which there are none; loading the module costs 1.6 ms. */
const withoutChildProcess = {
  name: 'without-child-process',
  resolveId: (source, importer) =>
    source === 'node:child_process' && importer?.includes('/commander/') ? '\0no-child-process' : null,
  load: (id) => (id === '\0no-child-process' ? 'export default {}' : null),
}

/**
 * Each file a command loads costs about a fifth of a millisecond and each 100 KB two, so: `main` answers --version, `cli`
 * is what every other command needs, `core` what every command on a host needs; a noun, a renderer, commander stand apart.
 */
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
      groups: [
        {
          name: 'cli',
          test: /src\/(cli\/(run|parse|nouns|settings|spec|globals|usage|values|session|print|selectors)|render\/(answer|table|sheet|size|type-name)|abi\/(nv-error|errno|nv-status)|catalog\/nearest)\.ts$/,
          priority: 4,
        },
        { name: 'errors', test: /src\/(abi\/refusal|cli\/(failure|nearest-words))\.ts$/, priority: 3 },
        { name: 'core', test: /src\/(abi|catalog|engine|store)\//, priority: 2 },
      ],
    },
  },
})
