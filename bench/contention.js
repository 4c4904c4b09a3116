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

/**
 * Sorted ratios of throughput on our store to that on SQLite, each in a fresh directory, where 8 writers make `count`
 * commits each. It counts until the last is done: a writer that the others keep waiting is work left over, not work saved.
 */
export async function contend(writer, dir, rounds, count) {
  const ratios = []
  for (let round = 0; round < rounds; round++) {
    const [own, peer] = ['own', 'peer'].map((kind) => path.join(dir, `${kind}-${round}`))
    fs.mkdirSync(peer)
    execFileSync('python3', [PEER, peer, '0', '0', 'make'])
    const run = {
      own: () => duration(process.execPath, [writer, own], count),
      peer: () => duration('python3', [PEER, peer], count),
    }
    // turns, as elsewhere: the second finds a warmer disk
    const order = round % 2 === 0 ? ['own', 'peer'] : ['peer', 'own']
    const taken = {}
    for (const kind of order) taken[kind] = await run[kind]()
    ratios.push(taken.peer / taken.own)
  }
  return ratios.sort((a, b) => a - b)
}

/** Milliseconds from the start that all wait for to the end of the last commit. */
async function duration(command, args, count) {
  const start = Date.now() + START_MS
  const ends = Array.from({ length: WRITERS }, (_, index) => {
    const child = spawn(command, [...args, String(start), String(count), `w${index}`], {
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
  return Math.max(...(await Promise.all(ends))) - start
}
