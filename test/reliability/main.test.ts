import { expect, it, vi } from 'vitest'
import { main } from './main.ts'

it('the long runs say what there is to run when they are asked for something else', async () => {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  try {
    expect(await main(['--help'])).toBe(0)
    expect(await main(['dsik'])).toBe(2)
    expect(await main(['disk', '--rounds', 'many'])).toBe(2)
    expect(write.mock.calls.every(([text]) => String(text).includes('npm run reliability -- [PART...]'))).toBe(true)
  } finally {
    write.mockRestore()
  }
})
