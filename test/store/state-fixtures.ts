import fs from 'node:fs'
import path from 'node:path'

const RELEASES = path.resolve('test/fixtures/state')

/** A state directory that a release wrote, and what it exported from it. */
export interface StateFixture {
  /** `0.1.0/default` */
  readonly name: string
  readonly state: string
  readonly exported: string
}

/** The fixtures of every release. */
export function stateFixtures(): StateFixture[] {
  return directoriesIn(RELEASES).flatMap((release) =>
    directoriesIn(path.join(RELEASES, release)).map((name) => {
      const at = path.join(RELEASES, release, name)
      return { name: `${release}/${name}`, state: path.join(at, 'state'), exported: path.join(at, 'export.json') }
    }),
  )
}

/** Copies a state directory with the modes it had: git keeps none of them. */
export function copyState(from: string, to: string): void {
  fs.cpSync(from, to, { recursive: true })
  for (const entry of fs.readdirSync(to, { recursive: true, withFileTypes: true })) {
    fs.chmodSync(path.join(entry.parentPath, entry.name), entry.isDirectory() ? 0o700 : 0o600)
  }
  fs.chmodSync(to, 0o700)
}

function directoriesIn(dir: string): string[] {
  const entries = fs.readdirSync(dir, { withFileTypes: true })
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
}
