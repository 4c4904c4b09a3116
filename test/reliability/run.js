// Starts main.ts, which is TypeScript: `npm run reliability -- PART [OPTIONS]`.
import { mkdirSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'

// Every process of Node parses them when it starts, and none of those that are attacked speaks to anybody.
delete process.env.NODE_EXTRA_CA_CERTS

const cache = resolve('node_modules/.cache/nvgpu-reliability')
mkdirSync(cache, { recursive: true })
const file = `${cache}/${process.pid}.mjs`
const build = await rolldown({
  input: process.env.MAIN ?? 'test/reliability/main.ts',
  platform: 'node',
  logLevel: 'silent',
  external: ['rolldown', 'rolldown/parseAst', 'fast-check'],
})
await build.write({ file, format: 'esm', codeSplitting: false })
process.on('exit', () => rmSync(file, { force: true }))
const { main } = await import(pathToFileURL(file).href)
if (main) process.exitCode = await main(process.argv.slice(2))
