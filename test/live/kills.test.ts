import { expect, it } from 'vitest'
import { kill } from '../reliability/live-kills.ts'
import { chosenSeed, seeded } from '../reliability/random.ts'
import { LiveHost, notLive } from './live-host.ts'

const why = notLive('ordinary')
if (why !== undefined) console.log(`skipped: ${why}`)

it.skipIf(why !== undefined)('G 4: a killed server hangs at no moment, and neither do its clients', async () => {
  const host = new LiveHost('ordinary')
  const random = seeded(chosenSeed())
  for (const words of [
    ['host', 'init'],
    ['vf', 'enable', '4'],
  ])
    host.nvgpu(words)
  for (let kills = 0; kills < 6; kills++) expect(await kill(host, random)).toBeLessThan(10_000)
  host.dispose()
})
