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

/** Runs a module whose only export is data, and takes its value instead. */
const plan = {
  name: 'plan',
  async load(id) {
    if (!id.endsWith('/contract/state-plan.ts')) return null
    const { output } = await build({ input: id, platform: 'node', write: false })
    const { PLAN } = await import(`data:text/javascript,${encodeURIComponent(output[0].code)}`)
    return `export const PLAN = ${JSON.stringify(PLAN)}`
  },
}

/** One program. Modules that the same commands load are one chunk; its name has a hash of what is in it. */
export default defineConfig({
  input: { main: 'src/cli/main.ts' },
  platform: 'node',
  plugins: [licences, plan],
  output: {
    dir: 'dist/program',
    cleanDir: true,
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name]-[hash].cjs',
    minify: { compress: true, mangle: { keepNames: true } },
  },
})
