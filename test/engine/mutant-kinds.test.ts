import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_BOOTLOAD_GSP_VGPU_PLUGIN_TASK as BOOTLOAD,
  NV2080_CTRL_CMD_FIFO_GET_DEVICE_INFO_TABLE as DEVICES,
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SET_VGPU_MGR_CONFIG as SET_MGR_CONFIG,
} from '../../src/abi/ctrl2080.ts'
import { GSP_FW_SR_META_MAGIC, GspFwSRMeta } from '../../src/abi/gsp-boot.ts'
import {
  NV_VGPU_MSG_EVENT_OS_ERROR_LOG,
  NV_VGPU_MSG_EVENT_RC_TRIGGERED,
  NV_VGPU_MSG_FUNCTION_CONTINUATION_RECORD,
  NV_VGPU_MSG_FUNCTION_GSP_RM_ALLOC,
  NV_VGPU_MSG_FUNCTION_GSP_RM_CONTROL,
  NV_VGPU_MSG_FUNCTION_NOP,
  rpc_gsp_rm_control_v03_00,
  rpc_os_error_log_v17_00,
  rpc_rc_triggered_v17_02,
} from '../../src/abi/gsp-rpc.ts'
import { PCI_BASE_ADDRESS_1, PCI_BASE_ADDRESS_2, PCI_CAP_ID_PM, PCI_COMMAND, PCI_VENDOR_ID } from '../../src/abi/pci.ts'
import { SIM2080_CTRL_CMD_SET_VGPU_SCHEDULER as SCHEDULER } from '../../src/abi/sim-ctrl.ts'
import { GSP_FW_WPR_META_MAGIC, GspFwWprMeta } from '../../src/abi/wpr-meta.ts'
import { soundSrMeta, soundWprMeta } from '../../src/engine/gsp/meta-blocks.ts'
import { CONFIG_MIRROR } from '../../src/engine/hw/bar0.ts'
import { Framebuffer, PAGE_SIZE } from '../../src/engine/hw/framebuffer.ts'
import { MsgqEnd, makeRing } from '../../src/engine/hw/msgq.ts'
import { findCapability } from '../../src/engine/hw/pci-caps.ts'
import { readSriov } from '../../src/engine/hw/pf.ts'
import { pfResources } from '../../src/engine/hw/resources.ts'
import { Machine } from '../../src/engine/machine.ts'
import { fromSparse, toSparse } from '../../src/engine/sparse.ts'
import type { GpuState } from '../../src/engine/state.ts'
import { arm, hostOf, uuidOf } from './host-of.ts'
import { bare, opened } from './opened.ts'
import { refusal } from './refusal-of.ts'

const lines = (gpu: GpuState) => gpu.klog.lines.map(({ text }) => text)
const FB = 0xc00000000

describe('J line 3, the meta blocks', () => {
  const meta = (change: Partial<ReturnType<typeof GspFwWprMeta.decode>> = {}) => {
    const { gpu } = hostOf()
    const whole = GspFwWprMeta.decode(fromSparse(gpu.gsp.wprMeta, GspFwWprMeta.size))
    return GspFwWprMeta.encode({ ...whole, ...change })
  }
  const known = GspFwWprMeta.decode(meta())

  it('the booter takes the block of a boot', () => expect(soundWprMeta(meta(), FB)).toBe(true))

  it.each<[string, Partial<typeof known>]>([
    ['another magic', { magic: GSP_FW_WPR_META_MAGIC + 1n }],
    ['another revision', { revision: 2 }],
    ['another framebuffer', { fbSize: FB + 4096 }],
    ['more partitions than gfids', { gspFwHeapVfPartitionCount: 33 }],
    ['a reserved start off the heap outside WPR', { gspFwRsvdStart: known.gspFwRsvdStart - 0x100000 }],
    ['a gap below WPR2', { nonWprHeapSize: 0x200000 }],
    [
      'WPR2 off its MiB',
      { gspFwWprStart: known.gspFwWprStart + 0x1000, nonWprHeapSize: known.nonWprHeapSize + 0x1000 },
    ],
    ['no room for the block in WPR2', { gspFwHeapOffset: known.gspFwWprStart }],
    ['a heap off its MiB', { gspFwHeapOffset: known.gspFwHeapOffset + 0x1000, gspFwHeapSize: 0x100000 }],
    ['a heap of odd size', { gspFwHeapSize: known.gspFwHeapSize - 1 }],
    ['a heap over the firmware', { gspFwHeapSize: known.gspFwHeapSize + 0x100000 }],
    ['the firmware off its 64 KiB', { gspFwOffset: known.gspFwOffset + 0x1000 }],
    ['the firmware over the boot binary', { sizeOfRadix3Elf: known.sizeOfRadix3Elf + 0x10000 }],
    ['the boot binary off its page', { bootBinOffset: known.bootBinOffset + 1, sizeOfBootloader: 16 }],
    ['the boot binary over FRTS', { sizeOfBootloader: known.sizeOfBootloader + 1 }],
    ['FRTS off its 128 KiB', { frtsOffset: known.frtsOffset + 0x1000, frtsSize: known.frtsSize - 0x1000 }],
    ['FRTS that does not end with WPR2', { frtsSize: known.frtsSize - 1 }],
    [
      'WPR2 over the VGA workspace',
      { vgaWorkspaceOffset: known.gspFwWprEnd - 1, vgaWorkspaceSize: FB - known.gspFwWprEnd + 1 },
    ],
    ['a workspace that ends early', { vgaWorkspaceSize: known.vgaWorkspaceSize - 1 }],
  ])('the booter refuses %s', (_what, change) => expect(soundWprMeta(meta(change), FB)).toBe(false))

  it('the block may have 32 partitions', () =>
    expect(soundWprMeta(meta({ gspFwHeapVfPartitionCount: 32 }), FB)).toBe(true))

  const size = known.frtsOffset + known.frtsSize - known.gspFwWprStart
  const suspend = {
    magic: GSP_FW_SR_META_MAGIC,
    revision: 2,
    sysmemAddrOfSuspendResumeData: 0x1000,
    sizeOfSuspendResumeData: size,
  }
  it.each<[string, Partial<typeof suspend>, boolean]>([
    ['as it is', {}, true],
    ['another magic', { magic: 1n }, false],
    ['another revision', { revision: 1 }, false],
    ['a save area off its page', { sysmemAddrOfSuspendResumeData: 0x1001 }, false],
    ['too small a save area', { sizeOfSuspendResumeData: size - 1 }, false],
    ['too large a save area', { sizeOfSuspendResumeData: size + 1 }, false],
  ])('a suspend block: %s', (_what, change, sound) =>
    expect(soundSrMeta(GspFwSRMeta.encode({ ...suspend, ...change }), meta())).toBe(sound),
  )

  it('a suspend block resumes nothing that is not suspended', () => {
    const { state, gpu } = hostOf()
    const machine = new Machine(state, gpu)
    machine.nvkm.suspend()
    gpu.gsp.power = 'off'
    expect(refusal(() => machine.nvkm.resume())).toMatchObject({ errno: 'ETIMEDOUT' })
    expect(gpu.gsp.power).toBe('failed')
  })
})

describe('J line 3, the message queue', () => {
  const sealed = (payload: Uint8Array) => ({ function: NV_VGPU_MSG_FUNCTION_NOP, result: 0, payload })

  it('numbers messages one by one on either side, across a gap of time', () => {
    const [command, status] = [makeRing(), makeRing()]
    const own = { sent: 0, received: 0, writePtr: 0, readPtr: 0 }
    const host = new MsgqEnd(command, status, own, 'trusts')
    for (let n = 0; n < 5; n += 1) {
      host.push(sealed(Uint8Array.of(n)))
      expect(new DataView(command.buffer).getUint32(4096 * (1 + n) + 36, true)).toBe(n)
    }
    expect(own).toEqual({ sent: 5, received: 0, writePtr: 5, readPtr: 0 })
  })

  it('a continuation record without a beginning is ignored, and so is one behind a whole message', () => {
    const { state, gpu } = hostOf()
    const machine = new Machine(state, gpu)
    const stray = { function: NV_VGPU_MSG_FUNCTION_CONTINUATION_RECORD, result: 0, payload: new Uint8Array(100) }
    const sent = gpu.gsp.queue.sent
    const call = () => machine.nvkm.rpc.call(NV_VGPU_MSG_FUNCTION_NOP, Uint8Array.of(7), 1)
    machine.nvkm.rpc.queue(stray.function, stray.payload)
    expect([...call()]).toEqual([7])
    machine.nvkm.rpc.queue(stray.function, stray.payload)
    expect([...call()]).toEqual([7])
    // no answer to a stray record
    expect(gpu.gsp.queue.sent - sent).toBe(2)
  })

  it('a long message that another one interrupts is forgotten', () => {
    const { state, gpu } = hostOf()
    const machine = new Machine(state, gpu)
    const long = new Uint8Array(65456)
    long.set(rpc_gsp_rm_control_v03_00.encode({ hClient: 1, paramsSize: 100_000 }))
    machine.nvkm.rpc.queue(NV_VGPU_MSG_FUNCTION_GSP_RM_CONTROL, long)
    expect([...machine.nvkm.rpc.call(NV_VGPU_MSG_FUNCTION_NOP, Uint8Array.of(3), 1)]).toEqual([3])
    machine.nvkm.rpc.queue(NV_VGPU_MSG_FUNCTION_CONTINUATION_RECORD, new Uint8Array(40_000))
    expect([...machine.nvkm.rpc.call(NV_VGPU_MSG_FUNCTION_NOP, Uint8Array.of(4), 1)]).toEqual([4])
  })

  it('a late answer is drained before the next call, and not taken for its answer', () => {
    const { state, gpu } = hostOf()
    let deaf = true
    const machine = new Machine(state, gpu, { port: (port) => ({ ...port, doorbell: () => !deaf && port.doorbell() }) })
    const call = (byte: number) => machine.nvkm.rpc.call(NV_VGPU_MSG_FUNCTION_NOP, Uint8Array.of(byte), 1)
    expect(refusal(() => call(1))).toMatchObject({ errno: 'ETIMEDOUT' })
    deaf = false
    machine.gsp.doorbell()
    expect([...call(2)]).toEqual([2])
    expect(lines(gpu)).toContain('gsp: unexpected reply NOP')
    expect(lines(gpu).filter((line) => line.includes('unexpected'))).toHaveLength(1)
    expect([...call(3)]).toEqual([3])
  })
})

describe('J line 3, RM clients', () => {
  it.each(['0x0', '0x80', '0x2080'])('a client half made at class %s leaves no object and no id', (hClass) => {
    const { state, gpu } = hostOf()
    const machine = new Machine(state, gpu)
    const before = structuredClone([gpu.gsp.clients, gpu.nvkm.clientIds])
    arm(state, `gsp.alloc.${hClass}`, 'NV_ERR_NO_MEMORY')
    expect(refusal(() => machine.nvkm.rm.allocClient())).toMatchObject({ errno: 'ENOMEM' })
    expect([gpu.gsp.clients, gpu.nvkm.clientIds]).toEqual(before)
  })

  it('a client is freed in the order subdevice, device, client', () => {
    const { state, gpu } = hostOf()
    state.tracing = true
    const machine = new Machine(state, gpu)
    const client = machine.nvkm.rm.allocClient()
    machine.nvkm.rm.freeClient(client)
    const freed = gpu.trace.records.filter(({ name, direction }) => name === 'FREE' && direction === 'nvkm>gsp')
    expect(freed.map(({ object }) => object)).toEqual([0x5d1d0000, 0xde1d0000, client.handle])
    expect(gpu.trace.records.filter(({ name }) => name.startsWith('GSP_RM_ALLOC')).length).toBe(6)
    expect(NV_VGPU_MSG_FUNCTION_GSP_RM_ALLOC).toBe(103)
  })
})

describe('J line 3, channel errors', () => {
  it('RC_TRIGGERED alone finds its channel: an eighth of the number in the message', () => {
    const { gpu, machine } = opened()
    const post = (chid: number) => {
      machine.gsp.postEvent(NV_VGPU_MSG_EVENT_RC_TRIGGERED, rpc_rc_triggered_v17_02.encode({ chid, exceptType: 45 }))
      machine.interrupt()
    }
    post(512)
    expect([gpu.mgr?.vgpus[0]?.failed, gpu.gsp.plugins[1]?.state, lines(gpu).at(-1)]).toEqual([
      null,
      'running',
      'fifo: channel 64 is dead, exception 45',
    ])
    post(512 * 8 + 7)
    expect([gpu.mgr?.vgpus[0]?.failed?.xid, gpu.gsp.plugins[1]?.state]).toEqual([45, 'failed'])
    expect(lines(gpu).at(-2)).toBe('fifo: channel 512 is dead, exception 45')
  })

  it('OS_ERROR_LOG alone names the channel itself', () => {
    const { gpu, machine } = opened()
    const payload = rpc_os_error_log_v17_00.encode({ chid: 512, exceptType: 31, errString: 'fault' })
    machine.gsp.postEvent(NV_VGPU_MSG_EVENT_OS_ERROR_LOG, payload)
    machine.interrupt()
    expect([gpu.mgr?.vgpus[0]?.failed, gpu.gsp.plugins[1]?.state]).toMatchObject([{ xid: 31, text: 'fault' }, 'failed'])
  })
})

describe('J line 3, bootload', () => {
  it.each<[string, (boot: ReturnType<typeof BOOTLOAD.params.decode>) => Partial<typeof boot>, string]>([
    ['gfid 0', () => ({ gfid: 0 }), 'NV_ERR_INVALID_ARGUMENT'],
    ['a gfid beyond the VFs', () => ({ gfid: 33 }), 'NV_ERR_INVALID_ARGUMENT'],
    ['the gfid of a running task', () => ({ gfid: 1 }), 'NV_ERR_STATE_IN_USE'],
    ['the heap of another task', () => HEAP_OF_FIRST, 'NV_ERR_INVALID_ARGUMENT'],
    ['a heap over its own guest', (boot) => heapAt(boot.guestFbPhysAddrList[0] ?? 0), 'NV_ERR_INVALID_ARGUMENT'],
    ['guest memory over another’s heap', () => ({ guestFbPhysAddrList: [0xbe8000000] }), 'NV_ERR_INVALID_ARGUMENT'],
    ['memory of the firmware', () => ({ guestFbPhysAddrList: [0xbf0000000] }), 'NV_ERR_INVALID_ARGUMENT'],
    ['no guest memory', () => ({ guestFbLengthList: [0] }), 'NV_ERR_INVALID_ARGUMENT'],
  ])('refuses %s', (_what, change, status) => {
    const { state, host, gpu } = bare()
    host.createVgpu({ type: '869', vf: '0', uuid: uuidOf(1), start: true })
    const machine = new Machine(state, gpu, {
      ops: (ops) => ({
        ...ops,
        rmCtrlWr(client, cmd, params) {
          if (cmd !== BOOTLOAD.cmd) return ops.rmCtrlWr(client, cmd, params)
          const boot = BOOTLOAD.params.decode(params)
          ops.rmCtrlWr(client, cmd, BOOTLOAD.params.encode({ ...boot, ...change(boot) }))
        },
      }),
    })
    const vf = gpu.vfs[1]
    if (!vf) throw new Error('no VF')
    machine.vfio(vf).setCurrentVgpuType(869)
    const open = () => machine.vfio(vf).open({ vm: 'vm', pid: 7 }, { uuid: uuidOf(2), uuidBytes: new Uint8Array(16) })
    expect(refusal(open)).toMatchObject({ message: expect.stringContaining(status) })
    expect(Object.keys(gpu.gsp.plugins)).toEqual(['1'])
  })
})

describe('J line 3, controls', () => {
  it('a task clears both of its logs, and has the UUID of its vGPU', () => {
    const { host, gpu, machine } = bare()
    const logs = [0xbeb204000, 0xbeb224000].map((addr) => addr + 0x1000)
    for (const addr of logs) machine.framebuffer.write32(addr, 0x1234)
    machine.flush()
    host.createVgpu({ type: '869', uuid: uuidOf(1), start: true })
    const fb = new Framebuffer(gpu.hw.fb)
    expect(logs.map((addr) => fb.read32(addr))).toEqual([0, 0])
    expect(gpu.gsp.plugins[1]?.uuid).toBe(uuidOf(1))
  })

  it('the page table of the firmware has 512 entries a page', () => {
    const { gpu } = hostOf()
    expect(gpu.gsp.boot.find(({ step }) => step === 'radix3')?.note).toBe('11008 pages, 22 of level 2, 1 of level 1')
  })

  it('neither mode nor scheduler changes while a task runs', () => {
    const { gpu, machine } = opened()
    const internal = (control: { cmd: number }, params: Uint8Array) => () =>
      machine.nvkm.internalControl(control.cmd, params)
    const mode = SET_MGR_CONFIG.params.encode({ bSupportHeterogeneousTimeSlicedVgpuTypes: true })
    const scheduler = SCHEDULER.params.encode({ pvmrl: 0x11 })
    for (const act of [internal(SET_MGR_CONFIG, mode), internal(SCHEDULER, scheduler)])
      expect(refusal(act)).toMatchObject({ message: expect.stringContaining('NV_ERR_STATE_IN_USE') })
    expect([gpu.gsp.heterogeneous, gpu.gsp.scheduler]).toEqual([false, 0])
    machine.vfio(gpu.vfs[0] ?? expect.fail('no VF')).close()
    for (const act of [internal(SET_MGR_CONFIG, mode), internal(SCHEDULER, scheduler)]) act()
    expect([gpu.gsp.heterogeneous, gpu.gsp.scheduler]).toEqual([true, 0x11])
  })

  it('an entry of the device table has its engine, its runlist and one PBDMA', () => {
    const { machine } = opened()
    const page = (baseIndex: number) =>
      DEVICES.params.decode(machine.nvkm.internalControl(DEVICES.cmd, DEVICES.params.encode({ baseIndex })))
    const whole = page(0)
    expect([whole.baseIndex, whole.numEntries, whole.bMore]).toEqual([0, 19, false])
    for (const [i, entry] of whole.entries.slice(0, 19).entries()) {
      const engine = entry.engineData[0] ?? 0
      expect(entry.engineData.slice(0, 6)).toEqual([engine, i, engine, i, i, 0])
      expect([entry.pbdmaIds[0], entry.pbdmaFaultIds[0], entry.numPbdmas]).toEqual([i, i, 1])
    }
    const rest = page(3)
    expect([rest.baseIndex, rest.numEntries, rest.entries[0]]).toEqual([3, 16, whole.entries[3]])
  })
})

function heapAt(addr: number) {
  return {
    pluginHeapMemoryPhysAddr: addr,
    initTaskLogBuffOffset: addr + 0x204000,
    vgpuTaskLogBuffOffset: addr + 0x224000,
  }
}
const HEAP_OF_FIRST = heapAt(0xbeb000000)

describe('J line 3, registers', () => {
  it('a BAR above 4 GiB begins at the sum of its two words', () => {
    const { machine } = bare()
    const high = machine.config.read32(PCI_BASE_ADDRESS_2)
    expect(high).toBeGreaterThan(0)
    const [, bar1] = pfResources(machine.config, machine.board)
    expect(bar1?.start).toBe(high * 2 ** 32 + (machine.config.read32(PCI_BASE_ADDRESS_1) & ~0xf) + 0)
  })

  it('the PF has power management of version 3, and VFs that are enabled by the count', () => {
    const { machine, gpu } = bare()
    const pm = findCapability(machine.config, PCI_CAP_ID_PM)
    expect(machine.config.read16(pm + 2) & 7).toBe(3)
    expect(readSriov(machine.config)).toMatchObject({ numVfs: 4, enabled: true })
    for (const vf of gpu.vfs) machine.vfio(vf).remove()
    machine.writeNumVfs('0')
    expect(readSriov(machine.config)).toMatchObject({ numVfs: 0, enabled: false })
  })

  it('the mirror of the configuration space is read-only, from its first word to its last', () => {
    const { gpu, machine } = bare()
    const { bar0, config } = machine
    const last = CONFIG_MIRROR.base + CONFIG_MIRROR.size - 4
    expect(bar0.read32(CONFIG_MIRROR.base)).toBe(config.read32(PCI_VENDOR_ID))
    for (const offset of [CONFIG_MIRROR.base, CONFIG_MIRROR.base + PCI_COMMAND, last]) {
      const before = bar0.read32(offset)
      bar0.write32(offset, 0x1234_5678)
      expect(bar0.read32(offset)).toBe(before)
    }
    expect(Object.keys(gpu.hw.regs).filter((key) => Number.parseInt(key, 16) >> 12 === 0x88)).toEqual([])
    for (const offset of [CONFIG_MIRROR.base - 4, CONFIG_MIRROR.base + CONFIG_MIRROR.size]) {
      bar0.write32(offset, 0x8765_4321)
      expect(bar0.read32(offset)).toBe(0x8765_4321)
    }
  })

  it.each([
    [256, 0xf000000c, 0xffffffff],
    [4096, 0x0000000c, 0xffffffff],
    [16384, 0x0000000c, 0xfffffffc],
    [65536, 0x0000000c, 0xfffffff0],
  ])('a BAR1 of %d MiB sizes to 0x%x and 0x%x, above 4 GiB too', (bar1Length, lower, upper) => {
    const { machine, vf } = opened()
    const find = machine.mgr.findType.bind(machine.mgr)
    machine.mgr.findType = (id, at) => ({ ...find(id, at), bar1Length })
    const file = machine.vfio(vf).file()
    const word = (offset: number) => new DataView(file.read(7, offset, 4).buffer).getUint32(0, true)
    for (const offset of [0x14, 0x18]) file.write(7, offset, Uint8Array.of(255, 255, 255, 255))
    expect([word(0x14), word(0x18)]).toEqual([lower, upper])
  })
})

describe('J line 3, the upper half of a BAR', () => {
  it.each([0x18, 0x20])('at 0x%x has no flags: nothing of the old value stays', (offset) => {
    const { file: open } = opened()
    const file = open()
    const word = (at: number) => new DataView(file.read(7, at, 4).buffer).getUint32(0, true)
    const flags = word(offset - 4) & 0xf
    for (const byte of [5, 0, 9]) {
      file.write(7, offset, Uint8Array.of(byte, 0, 0, 0))
      expect([word(offset), word(offset - 4) & 0xf]).toEqual([byte, flags])
    }
  })
})

describe('J line 3, the framebuffer', () => {
  it('reads sparse as it reads plain, over pages with and without gaps', () => {
    const span = fc.tuple(fc.nat({ max: 8 * PAGE_SIZE - 1 }), fc.integer({ min: 1, max: PAGE_SIZE }))
    const range = fc.tuple(fc.nat({ max: 2 * PAGE_SIZE }), fc.integer({ min: 4 * PAGE_SIZE, max: 8 * PAGE_SIZE }))
    fc.assert(
      fc.property(fc.array(span, { maxLength: 4 }), range, fc.boolean(), (writes, [from, length], flush) => {
        const fb = new Framebuffer({ size: 10 * PAGE_SIZE, pages: {} })
        for (const [at, size] of writes) fb.write(at, new Uint8Array(size).fill(at % 7))
        if (flush) fb.flush()
        expect(fb.readSparse(from, length)).toBe(toSparse(fb.read(from, length)))
      }),
      { numRuns: 60 },
    )
  })

  it('names the pages of a range and not the next one', () => {
    const fb = new Framebuffer({ size: 4 * PAGE_SIZE, pages: {} })
    for (let page = 0; page < 4; page += 1) fb.write32(page * PAGE_SIZE, 1)
    expect(fb.pages(PAGE_SIZE, 2 * PAGE_SIZE)).toEqual([1, 2])
    expect(fb.pages(PAGE_SIZE, 2 * PAGE_SIZE - 1)).toEqual([1, 2])
    expect(fb.pages(PAGE_SIZE - 1, 1)).toEqual([0])
    expect(fb.isZero(PAGE_SIZE + 4, PAGE_SIZE - 4)).toBe(true)
  })

  it('refuses a word that begins below or ends above, and takes the last one', () => {
    const fb = new Framebuffer({ size: PAGE_SIZE, pages: {} })
    fb.write32(PAGE_SIZE - 4, 7)
    expect(fb.read32(PAGE_SIZE - 4)).toBe(7)
    for (const at of [-4, PAGE_SIZE - 3, PAGE_SIZE]) {
      expect(() => fb.read32(at)).toThrow(RangeError)
      expect(() => fb.write32(at, 1)).toThrow(RangeError)
    }
  })
})
