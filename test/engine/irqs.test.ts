import { describe, expect, it } from 'vitest'
import {
  VFIO_IRQ_SET_ACTION_MASK,
  VFIO_IRQ_SET_ACTION_TRIGGER,
  VFIO_IRQ_SET_DATA_BOOL,
  VFIO_IRQ_SET_DATA_EVENTFD,
  VFIO_IRQ_SET_DATA_NONE,
  VFIO_PCI_NUM_IRQS,
} from '../../src/abi/vfio.ts'
import { findBoard } from '../../src/catalog/boards.ts'
import { ConfigSpace } from '../../src/engine/hw/config-space.ts'
import { pfConfig } from '../../src/engine/hw/pf.ts'
import { vfConfig } from '../../src/engine/hw/vf.ts'
import { type IrqSet, setIrqs } from '../../src/engine/vfio/irqs.ts'
import { refusal } from './refusal-of.ts'

const MSIX = 2
const HEAD = 20

function hardware(): ConfigSpace {
  const l40 = findBoard('L40')
  if (!l40) throw new Error('no L40')
  const made = new ConfigSpace(vfConfig(new ConfigSpace(pfConfig(l40, 0), () => {})), () => {})
  return made
}

const good: IrqSet = {
  argsz: HEAD + 6 * 4,
  flags: VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
  index: MSIX,
  start: 0,
  count: 6,
}
const out = 'argsz, index, count or flags are out of range for SET_IRQS'

describe('J 3: SET_IRQS', () => {
  it.each<[string, Partial<IrqSet>, string]>([
    ['a head cut short', { argsz: HEAD - 1, count: 0 }, out],
    ['an index beyond the last', { index: VFIO_PCI_NUM_IRQS }, out],
    ['a count that leaves 32 bits', { start: 1, count: 0xffffffff }, out],
    ['a flag that does not exist', { flags: good.flags | 0x40 }, out],
    ['no kind of data', { flags: VFIO_IRQ_SET_ACTION_TRIGGER }, 'SET_IRQS takes one kind of data'],
    ['two kinds of data', { flags: good.flags | VFIO_IRQ_SET_DATA_BOOL }, 'SET_IRQS takes one kind of data'],
    ['a start behind the last vector', { start: 6, count: 0 }, '6 + 0 is out of range'],
    ['one vector too many', { count: 7, argsz: HEAD + 28 }, '0 + 7 is out of range'],
    ['no room for the last descriptor', { argsz: HEAD + 23 }, 'argsz leaves no room for the data'],
    ['a mask', { flags: VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_MASK }, 'can only be triggered'],
  ])('refuses %s', (_what, change, message) => {
    const config = hardware()
    expect(refusal(() => setIrqs(config, { ...good, ...change })).message).toContain(message)
    expect(config.read16(0x7e) & 0x8000).toBe(0)
  })

  it('takes all six vectors, and gives them back without data and count', () => {
    const config = hardware()
    setIrqs(config, good)
    expect(config.read16(0x7e) & 0x8000).toBe(0x8000)
    const none = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER
    setIrqs(config, { ...good, flags: none, argsz: HEAD })
    expect(config.read16(0x7e) & 0x8000).toBe(0x8000)
    setIrqs(config, { ...good, flags: none, argsz: HEAD, count: 0 })
    expect(config.read16(0x7e) & 0xc000).toBe(0)
  })
})
