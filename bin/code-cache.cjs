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

/** Replaces the file, not inside a directory of another user. Two processes at a time may spoil it: then its checksum is wrong. */
exports.write = (content, ...place) => {
  const file = fileOf(...place)
  const [dir, unfinished] = [path.dirname(file), `${file}.new`]
  const missing = []
  let above = dir
  for (; !fs.existsSync(above); above = path.dirname(above)) missing.unshift(above)
  if (![process.geteuid(), 0].includes(fs.statSync(above).uid)) throw new Error('in a directory of another user')
  for (const each of missing) fs.mkdirSync(each, 0o700)
  requirePrivate(fs.lstatSync(dir))
  if (!fs.existsSync(file) && fs.readdirSync(dir).length >= 150) throw new Error('more than 150 commands')
  try {
    fs.writeFileSync(unfinished, exports.encode(content), { mode: 0o600 })
    fs.renameSync(unfinished, file)
  } finally {
    fs.rmSync(unfinished, { force: true })
  }
}

/** A file: its checksum, the length of the script, the script, an object of the chunks' functions, and its bytecode. */
exports.decode = (bytes) => {
  if (crc32(bytes.subarray(4)) !== bytes.readUInt32LE()) throw new Error('wrong checksum')
  const end = 8 + bytes.readUInt32LE(4)
  return { source: bytes.toString('utf16le', 8, end), bytecode: bytes.subarray(end) }
}

exports.encode = ({ source, bytecode = Buffer.of() }) => {
  const bytes = Buffer.concat([Buffer.alloc(8), Buffer.from(source, 'utf16le'), bytecode])
  bytes.writeUInt32LE(2 * source.length, 4)
  bytes.writeUInt32LE(crc32(bytes.subarray(4)))
  return bytes
}
