/**
 * Runs what is run most and keeps the bytecode that took: dist/code-cache/<V8>-<architecture>/<chunk>.bin, which
 * bin/nvgpu.cjs hands to V8. Part of the build; run it again to have a cache for another version of Node.
 */
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const vm = require('node:vm')

/** Each stands for the ones like it. A function that ran is in the cache, and what is in it has to be read each time. */
const COMMANDS = [
  'vf enable 4',
  'vgpu create --type L40-4Q --name desk7',
  'vgpu create --type L40-4Q',
  'vgpu list',
  'vgpu show desk7',
  'gpu list',
  'vf list',
  'types list',
  'vgpu destroy desk7',
  '--version',
  '--help',
  'vgpu list --help',
  'vgpu list --no-such-option',
]

const scripts = new Map()
vm.Script = class extends vm.Script {
  constructor(source, { filename }) {
    super(source, { filename })
    scripts.set(filename, { script: this, source })
  }
}
const { load, loaded, caches, contentName } = require('./bin/nvgpu.cjs')

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'nvgpu-code-cache-'))
process.env.NVGPU_STATE_DIR = path.join(scratch, 'state')

async function main() {
  try {
    for (const line of COMMANDS) {
      process.argv = [process.execPath, 'nvgpu', ...line.split(' ')]
      loaded.delete('main.cjs')
      await new Promise((resolve) => {
        process.exit = resolve
        load('main.cjs')
      })
    }
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true })
  }
  fs.rmSync(caches, { recursive: true, force: true })
  for (const [filename, { script, source }] of scripts) {
    const file = path.join(caches, path.relative(path.join(__dirname, 'dist'), filename))
    fs.mkdirSync(path.dirname(file), { recursive: true })
    const content = Buffer.from(source.slice(-contentName), 'latin1')
    fs.writeFileSync(`${file}.bin`, Buffer.concat([content, script.createCachedData()]))
  }
}

main()
