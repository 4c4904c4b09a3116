// One file with the source of each chunk that a command has loaded and the bytecode that V8 made of it. V8 believes
// bytecode, so the file has a checksum and is private. Each function throws where something is not as it should be.
const fs = require('node:fs')
const path = require('node:path')
const { crc32 } = require('node:zlib')

/** The file for this version, V8 and processor. */
exports.cacheFile = ({ XDG_CACHE_HOME: caches, HOME: home }) => {
  const base = caches?.startsWith('/') ? caches : path.join(home, '.cache')
  if (!base.startsWith('/') || (base !== caches && !fs.existsSync(home))) throw new Error('no place for it')
  const place = `${require('../package.json').version}-${process.versions.v8}-${process.arch}`
  return path.join(base, 'nvgpu', place, 'chunks.bin')
}

/** A symbolic link is open to everybody. */
function requirePrivate({ uid, mode }) {
  if (uid !== process.geteuid() || (mode & 0o077) !== 0) throw new Error('of another user, or open to others')
}

exports.read = (file) => {
  requirePrivate(fs.lstatSync(path.dirname(file)))
  const fd = fs.openSync(file, fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK)
  requirePrivate(fs.fstatSync(fd))
  const bytes = fs.readFileSync(fd)
  fs.closeSync(fd)
  return bytes
}

/** Replaces the file at the end of the process. Two at a time may spoil it, and then its checksum is wrong. */
exports.write = (file, makeBytes) => {
  const [dir, unfinished] = [path.dirname(file), `${file}.new`]
  const missing = []
  let above = dir
  for (; !fs.existsSync(above); above = path.dirname(above)) missing.unshift(above)
  if (![process.geteuid(), 0].includes(fs.statSync(above).uid)) throw new Error('in a directory of another user')
  for (const each of missing) fs.mkdirSync(each, 0o700)
  requirePrivate(fs.lstatSync(dir))
  fs.rmSync(unfinished, { force: true })
  try {
    fs.writeFileSync(fs.openSync(unfinished, 'wx', 0o600), makeBytes())
    fs.renameSync(unfinished, file)
  } finally {
    fs.rmSync(unfinished, { force: true })
  }
}

/** The chunks in the bytes of a file: name to source and bytecode. A name has a hash of the source in it. */
exports.decode = (bytes) => {
  if (crc32(bytes.subarray(4)) !== bytes.readUInt32LE(0)) throw new Error('wrong checksum')
  const end = bytes.indexOf('\n', 4) + 1
  const part = (from, to) => bytes.subarray(end + from, end + to)
  const places = JSON.parse(bytes.toString('utf8', 4, end))
  return new Map(places.map(([name, from, middle, to]) => [name, [part(from, middle), part(middle, to)]]))
}

exports.encode = (chunks) => {
  let end = 0
  const places = Array.from(chunks, ([name, [source, bytecode]]) => {
    const [from, middle] = [end, end + source.length]
    end = middle + bytecode.length
    return [name, from, middle, end]
  })
  const bytes = Buffer.concat([Buffer.from(`crc ${JSON.stringify(places)}\n`), ...[...chunks.values()].flat()])
  bytes.writeUInt32LE(crc32(bytes.subarray(4)))
  return bytes
}
