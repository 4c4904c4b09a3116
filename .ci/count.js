/**
 * Reads vitest's JSON report and prints "passed failed skipped". Names on standard error what failed or was skipped:
 * a run must not hide what it left out.
 */
import fs from 'node:fs'

const [reportFile] = process.argv.slice(2)
const report = JSON.parse(fs.readFileSync(reportFile, 'utf8'))
const counts = { passed: 0, failed: 0, skipped: 0 }
for (const file of report.testResults) {
  for (const test of file.assertionResults) {
    const outcome = test.status === 'passed' || test.status === 'failed' ? test.status : 'skipped'
    counts[outcome] += 1
    if (outcome !== 'passed') process.stderr.write(`${outcome}: ${test.fullName}\n`)
    if (outcome === 'failed') process.stderr.write(`${test.failureMessages.join('\n').replace(/^/gm, '    ')}\n`)
  }
  // A file that does not load has no tests to count, and must not pass for that.
  if (file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed')) {
    counts.failed += 1
    process.stderr.write(`failed: ${file.name} as a whole\n`)
  }
}
process.stdout.write(`${counts.passed} ${counts.failed} ${counts.skipped}\n`)
