import fs from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { temporaryDir } from '../../src/nvml/temporary.ts'

it('H 3: directories that killed servers left are removed, new ones and others stay', async () => {
  const place = fs.mkdtempSync('/tmp/nvgpu-left-')
  const at = (name: string) => path.join(place, name)
  for (const name of ['nvgpu-nvml-old', 'nvgpu-nvml-bare', 'nvgpu-nvml-new', 'other']) fs.mkdirSync(at(name))
  fs.writeFileSync(at('nvgpu-nvml-old/nvml.sock'), '')
  for (const name of ['nvgpu-nvml-old', 'nvgpu-nvml-bare', 'other']) fs.utimesSync(at(name), 1000, 1000)
  const made = path.basename(await temporaryDir(place))
  expect(fs.readdirSync(place).sort()).toEqual(['nvgpu-nvml-new', 'other', made].sort())
  fs.rmSync(place, { recursive: true })
})
