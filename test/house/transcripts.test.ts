import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { notLive } from '../live/live-host.ts'
import { missing } from './installed.ts'
import { Sandbox } from './sandbox.ts'
import { formatTranscript, parseTranscript, perform } from './transcript.ts'

const DIR = path.resolve('test/transcripts')
/** The session in which other programs meet the host. */
const LIVE = 'live.txt'
const notLiveHere = notLive('self') ?? missing('mdevctl') ?? missing('virsh', '-v') ?? missing('libvirtd', '-V')
if (notLiveHere !== undefined) console.log(`skipped: ${LIVE}: ${notLiveHere}`)
const FILES = fs
  .readdirSync(DIR)
  .filter((name) => name.endsWith('.txt') && (name !== LIVE || notLiveHere === undefined))

describe('transcripts, run with the built command in an empty home directory', () => {
  it.each(FILES)('%s prints what it says it prints', async (name) => {
    const file = path.join(DIR, name)
    const transcript = parseTranscript(fs.readFileSync(file, 'utf8'))
    expect(transcript.entries.length).toBeGreaterThan(0)
    const sandbox = new Sandbox()
    try {
      // `npm run transcripts` writes the files anew, for a person to review.
      await expect(formatTranscript(perform(transcript, sandbox))).toMatchFileSnapshot(file)
    } finally {
      sandbox.dispose()
    }
  })

  it('a transcript whose output differs is not equal to what is performed', () => {
    const sandbox = new Sandbox()
    try {
      const wrong = parseTranscript('A lie.\n$ nvgpu --version\nnvgpu 99.0.0\n')
      const performed = formatTranscript(perform(wrong, sandbox))
      expect(performed).toMatch(/^A lie\.\n\$ nvgpu --version\nnvgpu \d+\.\d+\.\d+\n$/)
      expect(performed).not.toBe(formatTranscript(wrong))
    } finally {
      sandbox.dispose()
    }
  })
})
