/**
 * Runs what is run most and packs the chunks that took with their bytecode, for bin/nvgpu.cjs. Part of the build; run it
 * again to have packs for another version of Node. With a command's name: makes the pack of that one.
 */
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const vm = require('node:vm')

/** For each pack what is run. A function that ran is in the cache, and what is in it has to be read each time. */
const COMMANDS = {
  all: [
    'vgpu create --type L40-4Q --name desk7',
    'vgpu list',
    'vf list',
    'vgpu destroy desk7',
    'vf unbind 3',
    '--help',
    'vgpu list --help',
    'vgpu list --no-such-option',
  ],
  '--version': ['--version'],
  'vgpu-create': ['vgpu create --type L40-4Q --name desk7', 'vgpu create --type L40-4Q -q'],
  'vgpu-destroy': ['vgpu destroy desk1'],
  'vgpu-start': ['vgpu start desk2'],
  'vgpu-stop': ['vgpu stop desk1'],
  'vgpu-list': ['vgpu list', 'vgpu list -q'],
  'vgpu-show': ['vgpu show desk1'],
  'gpu-list': ['gpu list', 'gpu list -q'],
  'types-list': ['types list', 'types list -q'],
}
/** What the commands find; made by processes of its own, since what makes it is not to be in the caches. */
const HOST = [
  'vf enable 6',
  'vgpu create --type L40-4Q --name desk1',
  'vgpu create --type L40-4Q --name desk2',
  'vgpu stop desk2',
]

const scripts = new Map()
vm.Script = class extends vm.Script {
  constructor(source, { filename }) {
    super(source, { filename })
    scripts.set(filename, { script: this, source })
  }
}
const { HOT, dist, load, loaded, packFile } = require('./bin/nvgpu.cjs')

async function run(commands) {
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'nvgpu-pack-'))
  process.env.NVGPU_STATE_DIR = path.join(scratch, 'state')
  try {
    for (const line of HOST) execFileSync(process.execPath, [path.join(dist, '../bin/nvgpu.cjs'), ...line.split(' ')])
    for (const line of commands) {
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

function write(file) {
  const parts = [...scripts].map(([filename, { script, source }]) => ({
    name: path.relative(dist, filename),
    source: Buffer.from(source, 'latin1'),
    cache: script.createCachedData(),
  }))
  const start = Math.ceil(parts.reduce((sum, { name }) => sum + name.length + 48, 64) / 16) * 16
  const index = {}
  let text = 0
  let offset = start + parts.reduce((sum, { source }) => sum + source.length, 0)
  index.text = [start, offset]
  for (const { name, source, cache } of parts) {
    index[name] = [text, text + source.length, offset, offset + cache.length]
    text += source.length
    offset += cache.length
  }
  const head = Buffer.from(`${JSON.stringify(index).padEnd(start - 1)}\n`)
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(
    `${file}.tmp`,
    Buffer.concat([head, ...parts.map(({ source }) => source), ...parts.map(({ cache }) => cache)]),
  )
  fs.renameSync(`${file}.tmp`, file)
}

const [name] = process.argv.slice(2)
if (name === undefined) {
  for (const pack of ['all', ...HOT]) fs.rmSync(packFile(pack), { force: true })
  for (const pack of ['all', ...HOT]) execFileSync(process.execPath, [__filename, pack], { stdio: 'inherit' })
} else {
  run(COMMANDS[name]).then(() => write(packFile(name)))
}
