import { describe, expect, it } from 'vitest'
import { migrate } from '../../src/app/migration/migrate.ts'
import { Side } from '../../src/app/migration/side.ts'
import { withdraw } from '../../src/engine/verbs/migrate.ts'
import { TwoHosts, UUID } from './two-hosts.ts'

/** A migration that commands on the target call off, the first `times` times. */
function contended(times: number) {
  const hosts = TwoHosts.provisioned()
  let left = times
  let serial = 0
  const operation = () => {
    if (left > 0) {
      hosts.side('/b').change((state) => {
        const [record] = state.migrations
        if (record?.phase !== 'expected') return
        left -= 1
        withdraw(state, record.id)
      })
    }
    serial += 1
    return { id: `contended-${serial}`, time: '', command: 'migrate' }
  }
  const sides = ['/a', '/b'].map((dir) => new Side(dir, operation, hosts.files)) as [Side, Side]
  const run = () => migrate(...sides, { selector: UUID, place: {}, copy: {} }, () => `migration-${serial}`)
  return { hosts, run }
}

describe('a migration that is called off in the middle', () => {
  it('E 5: starts over until it is done', () => {
    const { run } = contended(9)
    expect(run().view.to.stateDir).toBe('/b')
  })

  it('E 5: is refused in the end, and the vGPU runs on where it was', () => {
    const { hosts, run } = contended(Number.POSITIVE_INFINITY)
    expect(run).toThrow(expect.objectContaining({ code: 'contention' }))
    expect(hosts.state('/a').gpus[0]?.vfs.find(({ uuid }) => uuid === UUID)?.mig.state).toBe('RUNNING')
    expect([hosts.state('/a').migrations, hosts.state('/b').migrations]).toEqual([[], []])
  })
})
