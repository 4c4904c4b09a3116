import { execFileSync, spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'

const WRITERS = 8
const PEER = path.join(import.meta.dirname, 'writer.py')
/** Until all writers have started, milliseconds. */
const START_MS = 2000

/** Why SQLite cannot be asked here; undefined where it can. */
export function noSqlite() {
  const { error, status } = spawnSync('python3', ['-c', 'import sqlite3'])
  return error === undefined && status === 0 ? undefined : 'python3 has no sqlite3 here'
}

/** Sorted ratios of what 8 writers commit in `ms` on our store, to what they commit on SQLite; each in a fresh directory. */
export async function contend(writer, dir, rounds, ms) {
  const ratios = []
  for (let round = 0; round < rounds; round++) {
    const [own, peer] = ['own', 'peer'].map((kind) => path.join(dir, `${kind}-${round}`))
    fs.mkdirSync(peer)
    execFileSync('python3', [PEER, peer, '0', '0', 'make'])
    const run = {
      own: () => throughput(process.execPath, [writer, own], ms),
      peer: () => throughput('python3', [PEER, peer], ms),
    }
    // turns, as elsewhere: the second finds a warmer disk
    const order = round % 2 === 0 ? ['own', 'peer'] : ['peer', 'own']
    const done = {}
    for (const kind of order) done[kind] = await run[kind]()
    ratios.push(done.own / done.peer)
  }
  return ratios.sort((a, b) => a - b)
}

async function throughput(command, args, ms) {
  const start = Date.now() + START_MS
  const counts = Array.from({ length: WRITERS }, (_, index) => {
    const child = spawn(command, [...args, String(start), String(start + ms), `w${index}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    return new Promise((resolve, reject) => {
      let text = ''
      child.stdout.on('data', (data) => {
        text += data
      })
      child.on('close', (status) => (status === 0 ? resolve(Number(text)) : reject(new Error(`${command}: ${status}`))))
    })
  })
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0)
}
