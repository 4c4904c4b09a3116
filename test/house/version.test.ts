import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
const today = new Date().toISOString().slice(0, 10)
let dir = ''

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'nvgpu-version-'))
  for (const file of ['package.json', '.ci/version.js', 'src/cli/version.ts']) {
    mkdirSync(join(dir, file, '..'), { recursive: true })
    cpSync(join(ROOT, file), join(dir, file))
  }
  execFileSync('git', ['init', '-q'], { cwd: dir })
})
afterEach(() => rmSync(dir, { recursive: true }))

/** Runs the script that `npm version` runs, for version 9.8.7 and this CHANGELOG. */
function release(changelog: string) {
  writeFileSync(join(dir, 'CHANGELOG.md'), changelog)
  const manifest = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'))
  writeFileSync(join(dir, 'package.json'), JSON.stringify({ ...manifest, version: '9.8.7' }))
  const { status, stderr } = spawnSync('node', ['.ci/version.js'], { cwd: dir, encoding: 'utf8' })
  return { status, stderr, version: readFileSync(join(dir, 'src/cli/version.ts'), 'utf8') }
}

describe('npm version', () => {
  it.each([
    ['a line is left under [Unreleased]', `## [Unreleased]\n\n- a change\n\n## [9.8.7] - ${today}\n`],
    ['the version has no section', '## [Unreleased]\n\n## [0.1.0] - 2026-01-01\n'],
    ['the section is of another day', '## [Unreleased]\n\n## [9.8.7] - 2020-01-01\n'],
  ])('F: is refused where %s', (_, changelog) => {
    const { status, stderr, version } = release(changelog)
    expect([status, stderr]).toEqual([1, expect.stringContaining('CHANGELOG.md: ')])
    expect(version).not.toContain('9.8.7')
  })

  it('F: sets the version of the program where CHANGELOG.md is ready', () => {
    const { status, version } = release(`## [Unreleased]\n\n## [9.8.7] - ${today}\n\n- a change\n`)
    expect([status, version]).toEqual([0, expect.stringContaining("VERSION = '9.8.7'")])
  })
})
