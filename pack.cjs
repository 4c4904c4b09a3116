/**
 * Runs what is run most and packs the chunks that took with their bytecode, for bin/nvgpu.cjs. Part of the build; run it
 * again to have packs for another version of Node. With a command's name: makes the pack of that one.
 */
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { Script } = require('node:vm')

/**
 * For each pack what is run. A function that ran is in the cache, and what is in a cache has to be read each time: so the
 * chunks that a usual run takes are one script, and those that its refusals take are others.
 */
const COMMANDS = {
  all: {
    usual: [
      'vgpu create --type L40-4Q --name desk7',
      'vgpu list',
      'vf list',
      'vgpu destroy desk7',
      'vf unbind 3',
      '--help',
      'vgpu list --help',
      'vgpu list --no-such-option',
    ],
    refused: [],
  },
  '--version': { usual: ['--version'], refused: [] },
  'vgpu-create': {
    usual: ['vgpu create --type L40-4Q --name desk7'],
    refused: ['vgpu create --type L40-8Q'],
  },
  'vgpu-destroy': { usual: ['vgpu destroy desk1'], refused: ['vgpu destroy nobody'] },
  'vgpu-start': { usual: ['vgpu start desk2'], refused: ['vgpu start nobody'] },
  'vgpu-stop': { usual: ['vgpu stop desk1'], refused: ['vgpu stop nobody'] },
  'vgpu-list': { usual: ['vgpu list', 'vgpu list -q'], refused: ['vgpu list --gpu 9'] },
  'vgpu-show': { usual: ['vgpu show desk1'], refused: ['vgpu show nobody'], gpus: 8 },
  'gpu-list': { usual: ['gpu list', 'gpu list -q'], refused: ['gpu list -o nothing'] },
  'types-list': { usual: ['types list', 'types list -q'], refused: ['types list --gpu 9'] },
}
/** Among many GPUs things are found by other means than among few. */
const gpusOf = ({ gpus = 1 }) => gpus
/** What the commands find. */
const hostOf = (gpus) => [
  `host init --board L40 --gpus ${gpus}`,
  'vf enable 6 --gpu 0',
  'vgpu create --type L40-4Q --name desk1',
  'vgpu create --type L40-4Q --name desk2',
  'vgpu stop desk2',
]

/** Hosts of each size, made once by processes of their own, since what makes them is not to be in the caches. */
function makeHosts() {
  const hosts = fs.mkdtempSync(path.join(os.tmpdir(), 'nvgpu-pack-'))
  process.on('exit', () => fs.rmSync(hosts, { recursive: true, force: true }))
  for (const gpus of new Set(Object.values(COMMANDS).map(gpusOf))) {
    const env = { ...process.env, NVGPU_STATE_DIR: path.join(hosts, String(gpus)) }
    for (const line of hostOf(gpus))
      execFileSync(process.execPath, [path.join(__dirname, 'bin/nvgpu.cjs'), ...line.split(' ')], { env })
  }
  return hosts
}

const [command, hosts = makeHosts()] = process.argv.slice(2)
process.argv = [process.execPath, 'nvgpu', ...(command ?? '').replace('-', ' ').split(' ')]
if (command === '--version') process.argv[2] = command
const { HOT, program, load, loaded, packFile, usePacks } = require('./bin/nvgpu.cjs')

/** Runs command lines one after the other on a copy of the host, and answers the chunks that took beyond `known`. */
async function run(lines, known = []) {
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'nvgpu-pack-'))
  process.env.NVGPU_STATE_DIR = path.join(scratch, 'state')
  loaded.clear()
  try {
    fs.cpSync(path.join(hosts, String(gpusOf(COMMANDS[command]))), process.env.NVGPU_STATE_DIR, { recursive: true })
    for (const line of lines) {
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
  return [...loaded.keys()].filter((name) => !known.includes(name))
}

/** From this length on V8 puts a text apart from what it collects first, and copies, when 700 KiB are used up. */
const LARGE = 136 * 1024
/** Below this the blanks would cost more than that saves. */
const WORTH_FILLING = 64 * 1024

/** A script of some chunks; of a length behind which V8 takes a code cache without copying it. */
function scriptOf(names) {
  const text = `[${names.map((name) => fs.readFileSync(`${program}/${name}`, 'latin1').trimEnd()).join(',\n')}]\n`
  const length = text.length < WORTH_FILLING ? text.length : Math.max(text.length, LARGE)
  const source = text.padEnd(Math.ceil(length / 16) * 16)
  const script = new Script(source, { filename: `${program}/${names[0]}` })
  return { names, source, script, functions: script.runInThisContext() }
}

async function pack({ usual, refused }) {
  usePacks([{ index: {} }, { index: {} }])
  const often = await run(usual)
  const seldom = (await run(refused)).filter((name) => !often.includes(name))
  const each = (names) => names.map((name) => [name])
  const packs = [packOf(command === 'all' ? each(often) : [often]), packOf(each(seldom))]
  usePacks(packs)
  await run(usual)
  await run(refused)
  return packs
}

function packOf(groups) {
  const scripts = groups.map(scriptOf)
  const index = Object.fromEntries(
    scripts.flatMap(({ names }, script) => names.map((name, at) => [name, [script, at]])),
  )
  return { index, scripts }
}

function write(file, { index, scripts }) {
  const parts = scripts.map(({ names: [name], source, script }) => ({ name, source, cache: script.createCachedData() }))
  const head = (from) => {
    let at = from
    const entries = parts.map(({ name, source, cache }) => {
      const to = at + source.length
      const end = to + cache.length
      const entry = { name, from: at, to, end }
      at = Math.ceil(end / 16) * 16
      return entry
    })
    return { text: JSON.stringify({ name: path.basename(file), index, scripts: entries }), entries }
  }
  const start = Math.ceil((head(2 ** 24).text.length + 1) / 16) * 16
  const { text, entries } = head(start)
  const bytes = Buffer.alloc(entries.at(-1).end)
  bytes.write(`${text.padEnd(start - 1)}\n`, 0, 'latin1')
  parts.forEach(({ source, cache }, at) => {
    bytes.write(source, entries[at].from, 'latin1')
    cache.copy(bytes, entries[at].to)
  })
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(`${file}.tmp`, bytes)
  fs.renameSync(`${file}.tmp`, file)
}

if (command === undefined) {
  const names = ['all', ...Object.keys(HOT)]
  for (const name of names) for (const which of [0, 1]) fs.rmSync(packFile(name, which), { force: true })
  for (const name of names) execFileSync(process.execPath, [__filename, name, hosts], { stdio: 'inherit' })
} else {
  pack(COMMANDS[command]).then((made) => {
    for (const [which, one] of made.entries()) if (one.scripts.length) write(packFile(command, which), one)
  })
}
