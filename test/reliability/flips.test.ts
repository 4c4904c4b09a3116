import { describe, expect, it } from 'vitest'
import { manyDamages } from './damages.ts'
import { flippedBits } from './flipped-bits.ts'
import { chosenSeed } from './random.ts'

describe('a flipped bit', () => {
  it('E 4: in any file is noticed by whoever reads it, or changes no answer and nothing that is written', async () => {
    const seed = chosenSeed()
    const { counts, failures } = await flippedBits({ seed, rounds: 200 })
    console.log(`flips: NVGPU_SEED=${seed}: ${counts}`)
    expect(failures).toEqual([])
  })
})

describe('host fsck --repair', () => {
  it('E 4: mends two or three damages at once in one run', async () => {
    const seed = chosenSeed()
    const { counts, failures } = await manyDamages({ seed, rounds: 80 })
    console.log(`damages: NVGPU_SEED=${seed}: ${counts}`)
    expect(failures).toEqual([])
  })
})
