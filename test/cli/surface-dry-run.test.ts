import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { loadNouns } from '../../src/cli/load-nouns.ts'
import { SCENES, type Scene } from '../reliability/scenes.ts'
import { Stage } from '../reliability/stage.ts'

const APPLIED = ['host init --board L40 --gpus 2', 'vf enable 4 --gpu 0', 'vgpu create -t L40-4Q -n desk7']

/** What apply is given. */
const HOST = 'gpus:\n  - {gpu: 1, vfs: 2}\nvgpus:\n  - {name: desk8, type: L40-8Q, gpu: 1}\n'

/** Verbs that go through the states between, besides those of the table of crash points. */
const MORE: readonly Scene[] = [
  { verb: 'apply', before: APPLIED, line: 'apply -f @host.yaml' },
  { verb: 'undo', before: APPLIED, line: 'undo' },
  { verb: 'rollback', before: APPLIED, line: 'rollback 1' },
]
const ALL = [...new Map([...MORE, ...SCENES].map((scene) => [scene.verb, scene])).values()]

const stage = new Stage()
afterAll(() => stage.dispose())

/** Every file below a place with its content, mode and time: what a command that changes nothing leaves alone. */
function files(dir: string): string[] {
  return fs
    .readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const full = path.join(dir, name)
      const { mode, mtimeNs } = fs.statSync(full, { bigint: true })
      const digest = fs.statSync(full).isFile() ? createHash('sha256').update(fs.readFileSync(full)).digest('hex') : ''
      return `${name} ${mode} ${mtimeNs} ${digest}`
    })
}

describe('--dry-run', () => {
  it('is an option of every verb that changes something, and of no other', async () => {
    const verbs = (await loadNouns()).flatMap((noun) =>
      noun.verbs.filter((verb) => verb.changes).map((verb) => `${noun.name} ${verb.name}`.trim()),
    )
    expect(ALL.map(({ verb }) => verb).sort()).toEqual(verbs.sort())
  })

  it.each(ALL.map((scene): [string, Scene] => [scene.verb, scene]))(
    'of %s says what would be, and touches no file',
    async (_verb, scene) => {
      const place = await stage.set(scene, false)
      fs.writeFileSync(path.join(place, 'host.yaml'), HOST)
      const [before, look] = [files(place), await stage.look(place)]
      const tried = await stage.run(place, `${scene.line} --dry-run`)
      expect([tried.status, files(place)], tried.stderr).toEqual([0, before])
      if (scene.verb !== 'smi') {
        const { stdout } = await stage.run(place, `${scene.line} --dry-run -o json`)
        expect(JSON.parse(stdout)).toMatchObject({ changed: true, dryRun: true })
      }
      const done = await stage.run(place, scene.line)
      expect(done.status, done.stderr).toBe(0)
      expect(await stage.look(place)).not.toBe(look)
      expect(tried.stdout).not.toBe('')
      expect(tried.stdout).toBe(done.stdout)
      expect(tried.stderr).toBe(`${done.stderr}dry run: nothing was changed\n`)
    },
  )
})
