import { expect, it } from 'vitest'
import { loadNouns } from '../../src/cli/load-noun.ts'
import { SCENES } from './scenes.ts'
import { Stage } from './stage.ts'

it('every changing verb of the command tree has a scene in which it is killed, and no other has', async () => {
  const verbs = (await loadNouns()).flatMap(({ name: noun, verbs: all }) =>
    all.filter(({ changes }) => changes).map(({ name }) => [noun, name].filter(Boolean).join(' ')),
  )
  expect([...new Set(SCENES.map(({ verb }) => verb))].sort()).toEqual(verbs.sort())
})

it('each scene can be set, with and without a checkpoint in its change, and its command changes something', async () => {
  const stage = new Stage()
  let large = 0
  try {
    for (const scene of SCENES) {
      for (const checkpoint of scene.before.length ? [false, true] : [false]) {
        const place = await stage.set(scene, checkpoint)
        const [before, checkpoints] = [await stage.look(place), stage.checkpoints(place)]
        const { status, stderr } = await stage.run(place, scene.line)
        expect([scene.line, status, stderr.replace(/^nvgpu: warning.*\n/gm, '')]).toEqual([scene.line, 0, ''])
        expect([scene.line, (await stage.look(place)) === before]).toEqual([scene.line, false])
        // A large change makes one of its own accord.
        if (checkpoint) expect([scene.line, stage.checkpoints(place) - checkpoints]).toEqual([scene.line, 1])
        else large += stage.checkpoints(place) - checkpoints
        stage.remove(place)
      }
    }
    expect(large).toBeLessThan(SCENES.length / 4)
  } finally {
    stage.dispose()
  }
})
