import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { loadNouns } from '../../src/cli/load-noun.ts'
import { SCENES, type Scene } from '../reliability/scenes.ts'
import { Stage } from '../reliability/stage.ts'

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
    expect(SCENES.map(({ verb }) => verb).sort()).toEqual(verbs.sort())
  })

  it.each(SCENES.map((scene): [string, Scene] => [scene.verb, scene]))(
    'of %s says what would be, and touches no file',
    async (_verb, scene) => {
      const place = await stage.set(scene, false)
      const [before, look] = [files(place), await stage.look(place)]
      const tried = await (scene.words
        ? stage.run(place, scene.line, { NVGPU_DRY_RUN: '1' })
        : stage.run(place, `${scene.line} --dry-run`))
      expect([tried.status, files(place)], tried.stderr).toEqual([0, before])
      if (scene.verb !== 'smi' && !scene.words) {
        const { stdout } = await stage.run(place, `${scene.line} --dry-run -o json`)
        expect(JSON.parse(stdout)).toMatchObject({ changed: true, dryRun: true })
      }
      const done = await stage.run(place, scene.line)
      expect(done.status, done.stderr).toBe(0)
      expect(await stage.look(place)).not.toBe(look)
      expect(tried.stdout).toBe(done.stdout)
      if (scene.words) return
      expect(tried.stdout).not.toBe('')
      expect(tried.stderr).toBe(`${done.stderr}dry run: nothing was changed\n`)
    },
  )
})
