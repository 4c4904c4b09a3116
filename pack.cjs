/**
 * Runs what is run most and packs the chunks that took with their bytecode, for bin/nvgpu.cjs. Part of the build; run it
 * again to have a pack for another version of Node.
 */
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const vm = require('node:vm')

/** Each stands for the ones like it. A function that ran is in the cache, and what is in it has to be read each time. */
const COMMANDS = [
  'vgpu create --type L40-4Q --name desk7',
  'vgpu create --type L40-4Q',
  'vgpu list',
  'vgpu show desk7',
  'gpu list',
  'vf list',
  'types list',
  'vgpu destroy desk7',
  'vf unbind 3',
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
const { dist, indexBytes, load, loaded, pack } = require('./bin/nvgpu.cjs')

async function run() {
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'nvgpu-pack-'))
  process.env.NVGPU_STATE_DIR = path.join(scratch, 'state')
  try {
    // By itself: what it ran is not to be in the caches.
    execFileSync(process.execPath, [path.join(dist, '../bin/nvgpu.cjs'), 'vf', 'enable', '4'])
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
}

function write() {
  const index = {}
  const parts = []
  let offset = indexBytes
  for (const [filename, { script, source }] of scripts) {
    const code = Buffer.from(source, 'latin1')
    const cache = script.createCachedData()
    index[path.relative(dist, filename)] = [offset, code.length, cache.length]
    parts.push(code, cache)
    offset += code.length + cache.length
  }
  const head = Buffer.alloc(indexBytes, ' ')
  head.write(JSON.stringify(index))
  fs.mkdirSync(path.dirname(pack), { recursive: true })
  fs.writeFileSync(`${pack}.tmp`, Buffer.concat([head, ...parts]))
  fs.renameSync(`${pack}.tmp`, pack)
}

fs.rmSync(pack, { force: true })
run().then(write)
