// One file a command: the sources of the chunks that it loads, as one script, and the bytecode that V8 has made of them. V8
// trusts bytecode, so the file has a checksum and is private. Each function throws if something is not as it should be.
const fs = require('node:fs')
const path = require('node:path')
const { crc32 } = require('node:zlib')

/** The file of a command, for this version, V8 and processor. */
function fileOf(command, { XDG_CACHE_HOME: caches, HOME: home }, packageFile) {
  const base = caches?.startsWith('/') ? caches : path.join(home, '.cache')
  if (!base.startsWith('/') || (base !== caches && !fs.existsSync(home))) throw new Error('no place for it')
  const { version } = JSON.parse(fs.readFileSync(packageFile, 'utf8'))
  return path.join(base, 'nvgpu', `${version}-${process.versions.v8}-${process.arch}`, `${command}.bin`)
}

const requirePrivate = ({ uid, mode }) => {
  if (uid !== process.geteuid() || (mode & 0o077) !== 0) throw new Error('of another user, or open to others')
}

exports.read = (...place) => {
  const file = fileOf(...place)
  requirePrivate(fs.lstatSync(path.dirname(file)))
  const fd = fs.openSync(file, fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK)
  requirePrivate(fs.fstatSync(fd))
  return exports.decode(fs.readFileSync(fd))
}

const makeDirectory = (dir) => {
  const above = path.dirname(dir)
  if (fs.existsSync(dir)) return
  makeDirectory(above)
  if (![process.geteuid(), 0].includes(fs.statSync(above).uid)) throw new Error('in a directory of another user')
  fs.mkdirSync(dir, 0o700)
}

/** Replaces the file. Two processes at a time may spoil it, and then its checksum is wrong. */
exports.write = (content, ...place) => {
  const file = fileOf(...place)
  const [dir, unfinished] = [path.dirname(file), `${file}.new`]
  makeDirectory(dir)
  requirePrivate(fs.lstatSync(dir))
  if (!fs.existsSync(file) && fs.readdirSync(dir).length >= 150) throw new Error('more than 150 commands')
  try {
    fs.writeFileSync(unfinished, exports.encode(content), { mode: 0o600 })
    fs.renameSync(unfinished, file)
  } finally {
    fs.rmSync(unfinished, { force: true })
  }
}

/** The content of a file: names of chunks, the script that gives the list of their functions, and its bytecode. */
exports.decode = (bytes) => {
  if (crc32(bytes.subarray(4)) !== bytes.readUInt32LE(0)) throw new Error('wrong checksum')
  const end = bytes.indexOf('\n', 4) + 1
  const { names, length } = JSON.parse(bytes.toString('utf8', 4, end))
  const [source, bytecode] = [bytes.toString('utf16le', end, end + length), bytes.subarray(end + length)]
  return { names, source, bytecode: bytecode.length ? bytecode : undefined }
}

exports.encode = ({ names, source, bytecode = Buffer.of() }) => {
  const script = Buffer.from(source, 'utf16le')
  const head = Buffer.from(`crc ${JSON.stringify({ names, length: script.length })}\n`)
  const bytes = Buffer.concat([head, script, bytecode])
  bytes.writeUInt32LE(crc32(bytes.subarray(4)))
  return bytes
}
