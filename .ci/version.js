// `npm version` runs this after it has set the version in package.json. The release needs a section of today in CHANGELOG.md
// and no lines under [Unreleased]; then the program's own version is set to the same.
import { readFileSync, writeFileSync } from 'node:fs'

const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
const heading = `[${version}] - ${new Date().toISOString().slice(0, 10)}`
const [unreleased = '', newest = ''] = readFileSync('CHANGELOG.md', 'utf8').split(/^## /m).slice(1)

function problem() {
  if (!unreleased.startsWith('[Unreleased]')) return 'the first section is not [Unreleased]'
  if (/^- /m.test(unreleased)) return `lines under [Unreleased] belong into "## ${heading}"`
  if (!newest.startsWith(heading)) return `the newest section is not "## ${heading}"`
  return undefined
}

const found = problem()
if (found) {
  console.error(`CHANGELOG.md: ${found}`)
  process.exit(1)
}
const file = 'src/cli/version.ts'
writeFileSync(file, readFileSync(file, 'utf8').replace(/VERSION = '.*'/, `VERSION = '${version}'`))
