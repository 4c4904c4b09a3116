import fs from 'node:fs'
import { build, defineConfig } from 'rolldown'

/** The licences of the bundled packages, beside the chunks. One package names its licence and ships no text of it. */
const licences = {
  name: 'licences',
  generateBundle() {
    const found = [...this.getModuleIds()].flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id) ?? [])
    const texts = [...new Set(found)].sort().map((dir) => {
      const { name, version, license, homepage } = JSON.parse(fs.readFileSync(`${dir}/package.json`, 'utf8'))
      const file = fs.readdirSync(dir).find((entry) => /^licen[cs]e/i.test(entry))
      const text = file ? fs.readFileSync(`${dir}/${file}`, 'utf8').trim() : `see ${homepage}`
      return `${name} ${version} (${license})\n\n${text}\n`
    })
    this.emitFile({ type: 'asset', fileName: 'licences.txt', source: texts.join(`\n${'-'.repeat(72)}\n\n`) })
  },
}

/** Modules whose exports are data that takes long to make: the plan of the state, and the libraries of nvgpu nvml. */
const DATA = /\/(contract\/state-plan|nvml\/library\/packed-\w+)\.ts$/

/** Runs such a module, and takes its values instead. */
const data = {
  name: 'data',
  async load(id) {
    if (!DATA.test(id)) return null
    const { output } = await build({ input: id, platform: 'node', write: false })
    const values = await import(`data:text/javascript,${encodeURIComponent(output[0].code)}`)
    return Object.entries(values)
      .map(([name, value]) => `export const ${name} = ${JSON.stringify(value)}\n`)
      .join('')
  },
}

/** One program. Modules that the same commands load are one chunk; its name has a hash of what is in it. */
export default defineConfig({
  input: { main: 'src/cli/main.ts' },
  platform: 'node',
  plugins: [licences, data],
  output: {
    dir: 'dist/program',
    cleanDir: true,
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name]-[hash].cjs',
    minify: { compress: true, mangle: { keepNames: true } },
  },
})
