import { rpc_run_cpu_sequencer_v17_00 } from '../../abi/gsp-rpc.ts'
import type { Klog } from '../klog.ts'

/** Opcodes of nouveau's GSP_SEQ_BUF_OPCODE, with the number of words that follow each. */
const OPCODES = [
  { name: 'REG_WRITE', words: 2 },
  { name: 'REG_MODIFY', words: 3 },
  { name: 'REG_POLL', words: 5 },
  { name: 'DELAY_US', words: 1 },
  { name: 'REG_STORE', words: 2 },
  { name: 'CORE_RESET', words: 0 },
  { name: 'CORE_START', words: 0 },
  { name: 'CORE_WAIT_FOR_HALT', words: 0 },
  { name: 'CORE_RESUME', words: 0 },
] as const

export interface SequencerWiring {
  bar0: { read32(offset: number): number; write32(offset: number, value: number): void }
  delay(us: number): void
  klog: Klog
}

/**
 * Event GSP_RUN_CPU_SEQUENCER (r535_gsp_msg_run_cpu_sequencer): GSP lets the host run a script on the GPU's registers.
 * An unknown opcode or a poll that times out ends the script with a log line. REG_STORE and the CORE opcodes do nothing
 * here: nobody reads the stored words, and the simulated core has no registers.
 */
export function runCpuSequencer(payload: Uint8Array, { bar0, delay, klog }: SequencerWiring): void {
  const { size } = rpc_run_cpu_sequencer_v17_00
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
  const words = Math.floor((payload.length - size) / 4)
  const end = Math.min(rpc_run_cpu_sequencer_v17_00.get(payload, 'cmdIndex'), words)
  for (let at = 0; at < end; ) {
    const number = view.getUint32(size + at * 4, true)
    const opcode = OPCODES[number]
    if (!opcode || at + opcode.words >= words) {
      klog.err(`gsp: unknown sequencer opcode 0x${number.toString(16)}`)
      return
    }
    const [a = 0, b = 0, c = 0, timeout = 0, error = 0] = Array.from({ length: opcode.words }, (_, i) =>
      view.getUint32(size + (at + 1 + i) * 4, true),
    )
    at += 1 + opcode.words
    if (opcode.name === 'REG_WRITE') bar0.write32(a, b)
    else if (opcode.name === 'REG_MODIFY') bar0.write32(a, ((bar0.read32(a) & ~b) | c) >>> 0)
    else if (opcode.name === 'DELAY_US') delay(a)
    else if (opcode.name === 'REG_POLL' && (bar0.read32(a) & b) >>> 0 !== c) {
      delay(timeout)
      klog.err(`gsp: sequencer poll of 0x${a.toString(16)} timed out, error 0x${error.toString(16)}`)
      return
    }
  }
}
