import fs from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { damageOf } from '../../src/store/log/cut-record.ts'
import { frame } from '../../src/store/log/record.ts'
import { Store } from '../../src/store/store.ts'
import { scratch } from './scratch.ts'
import { fill, increment, model, operation, type Tree } from './tree.ts'

const newDir = scratch()
const open = (dir: string) => Store.open<Tree>({ dir, model })
const corrupt = (message: RegExp) =>
  expect.objectContaining({
    code: 'corrupt',
    message: expect.stringMatching(message),
    hint: 'nvgpu host fsck --repair',
  })

const whole = frame({
  b: 12,
  i: 'one',
  t: '2026-01-02T03:04:05.678Z',
  c: 'vgpu create -n "a\\\u00e9\u{1f600}"',
  p: [[['gpus', 0, 'x'], { a: [1.5e-3, true, false, null, -2, ''], 'k"\n': {} }], [['y', 2]], [['z'], [[1]], 2]],
})
/** Without the newlines around it. */
const record = whole.subarray(1, -1)

describe('a line of a log that is no record', () => {
  it('E 4: is in order where it is the beginning of one, of any length, and not where a byte of it is another', () => {
    for (let length = 1; length < record.length; length++) {
      const line = record.subarray(0, length)
      expect([length, damageOf(line, 0, length, 0)]).toEqual([length, undefined])
      expect([length, damageOf(Buffer.concat([line, Buffer.from([0x01])]), 0, length + 1, 0)]).not.toContain(undefined)
    }
    const flipped = Array.from({ length: record.length * 8 }, (_, bit) => {
      const line = Buffer.from(record)
      line[bit >> 3] = (line[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      return damageOf(line, 0, line.length, 0)
    })
    expect(flipped).not.toContain(undefined)
  })

  it.each([
    ['garbage', 'garbage'],
    ['a sum and garbage', '01234567 garbage'],
    ['a sum and JSON that goes wrong', '01234567 {"b":1,####'],
    ['all of a record with another sum', `01234567 {"b":1,"seal":true}`],
    ['a record and more', `01234567 {"b":1,"seal":true}}`],
    ['a list', '01234567 [1,2'],
    ['zeros that end in the middle of a sector', '01234567 {"b":\0\0\0:[1,2'],
    ['zeros behind garbage', 'garbage\0\0'],
  ])('E 4: is damage where it is %s', (_, text) => {
    const line = Buffer.from(text)
    expect(damageOf(line, 0, line.length, 0)).toMatch(/neither a record nor/)
  })

  it('E 4: is what a power cut leaves where zeros end with a sector, or with the line', () => {
    const line = Buffer.concat([record.subarray(0, 50), Buffer.alloc(62), record.subarray(112)])
    expect(damageOf(line, 0, line.length, 512 - 112)).toBeUndefined()
    expect(damageOf(line, 0, line.length, 0)).toBeDefined()
    const tail = Buffer.concat([record.subarray(0, 50), Buffer.alloc(30)])
    expect(damageOf(tail, 0, tail.length, 7)).toBeUndefined()
  })
})

describe('a log', () => {
  /** Two checkpoints, and a change behind each. */
  function used(): string {
    const dir = newDir()
    for (const verb of [increment(), fill, increment(), fill, increment()]) open(dir).transact(operation(), verb)
    return dir
  }

  it.each([
    ['garbage at its end', (log: Buffer) => Buffer.concat([log, Buffer.from('garbage')])],
    ['garbage in a line of its own', (log: Buffer) => Buffer.concat([log, Buffer.from('garbage\n')])],
    ['a record twice as long ago', (log: Buffer) => Buffer.concat([frame({ b: 9, seal: true }), log])],
    ['another last byte', (log: Buffer) => Buffer.from(log).fill(0x0b, log.length - 1)],
    ['another first byte', (log: Buffer) => Buffer.from(log).fill(0x0e, 0, 1)],
  ])('E 4: with %s is refused by readers, writers and the history, and mended', (_, spoil) => {
    const dir = used()
    const path = join(dir, 'log.2.jsonl')
    fs.writeFileSync(path, spoil(fs.readFileSync(path)))
    const refusal = corrupt(/log\.2\.jsonl is damaged at byte \d+: /)
    expect(() => open(dir).read()).toThrow(refusal)
    expect(() => open(dir).transact(operation(), increment())).toThrow(refusal)
    expect(() => open(dir).history()).toThrow(refusal)
    expect(open(dir).fsck({ repair: true })).toMatchObject({ ok: true, seq: 5 })
    expect(open(dir).fsck({ repair: false }).findings).toEqual([])
    expect(open(dir).history()).toHaveLength(5)
    expect(open(dir).transact(operation(), increment())).toBe(4)
  })

  it('E 4: that lost its seal is never read as an older host', () => {
    for (const kept of [0, 40, 0.5]) {
      const dir = used()
      const path = join(dir, 'log.1.jsonl')
      const log = fs.readFileSync(path)
      const line = log.indexOf('\n\n') + 1
      fs.writeFileSync(path, log.subarray(0, kept === 0.5 ? line : kept))
      fs.rmSync(join(dir, 'snap.2.json'))
      const refusal = corrupt(/log\.1\.jsonl ends too early: nothing in it leads to log\.2\.jsonl/)
      expect(() => open(dir).read()).toThrow(refusal)
      expect(() => open(dir).transact(operation(), increment())).toThrow(refusal)
    }
  })

  it('E 4: that is missing, a snapshot without a byte and a shard cut short are refused', () => {
    for (const [name, spoil] of [
      ['log.2.jsonl', (path: string) => fs.rmSync(path)],
      ['snap.2.json', (path: string) => fs.truncateSync(path, 0)],
      ['shards/0000-c1-00.0.2.json', (path: string) => fs.truncateSync(path, 100)],
    ] as const) {
      const dir = used()
      spoil(join(dir, name))
      const look = () => open(dir).look(({ gpus }) => gpus.map(({ count }) => count))
      expect(look).toThrow(corrupt(new RegExp(name.replaceAll('.', '\\.'))))
    }
  })

  it('E 4: of before the checkpoint that is damaged beyond mending is set aside, and the history begins behind it', () => {
    const dir = used()
    const path = join(dir, 'log.1.jsonl')
    const log = fs.readFileSync(path)
    fs.writeFileSync(path, log.fill('#', 20, 60))
    expect(open(dir).read().total).toBe(3)
    expect(() => open(dir).history()).toThrow(corrupt(/log\.1\.jsonl is damaged at byte 1/))
    expect(open(dir).fsck({ repair: true }).ok).toBe(true)
    expect(fs.readFileSync(`${path}.aside`).equals(log)).toBe(true)
    expect(open(dir).fsck({ repair: false }).findings).toEqual([])
    expect(
      open(dir)
        .history()
        .map(({ seq }) => seq),
    ).toEqual([5])
  })
})
