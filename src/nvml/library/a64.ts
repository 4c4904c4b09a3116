import { type Code, operandValue, parseListing, wordBytes } from './listing.ts'

type Names = Readonly<Record<string, number>>

/** Condition numbers of b.cond. */
const CONDITIONS: Readonly<Record<string, number>> = { eq: 0, ne: 1, hi: 8, ge: 10, lt: 11, le: 13 }

/** Instructions without operands, as words. */
const FIXED: Readonly<Record<string, number>> = {
  'bti.c': 0xd503245f,
  ret: 0xd65f03c0,
  // ldrsw x2, [x1, x0, lsl #2]
  lderror: 0xb8a07822,
  // ldr x0, [x3, x2, lsl #3]
  ldargument: 0xf8627860,
  // ldrb w4, [x0], #1 and strb w4, [x2], #1
  ldnext: 0x38401404,
  stnext: 0x38001444,
  // and w1, w22, #0xfff and ubfx w2, w22, #16, #3
  inlinesize: 0x12002ec1,
  inlineindex: 0x53104ac2,
  // lsr w21, w22, #31 and and w22, w22, #0x80000000
  ownbit: 0x531f7ed5,
  keepown: 0x120102d6,
}

/** Loads and stores with a register, a base and an offset: the word, and the size that the offset is a multiple of. */
const MEMORY: Readonly<Record<string, readonly [word: number, unit: number]>> = {
  ld: [0xf9400000, 8],
  st: [0xf9000000, 8],
  'ld.w': [0xb9400000, 4],
  'st.w': [0xb9000000, 4],
}
/** Pairs of callee-saved registers, beside each other. */
const PAIRS: Readonly<Record<string, number>> = { stp: 0xa9000000, ldp: 0xa9400000 }
/** Three operands: destination, source, immediate or register. */
const ARITHMETIC: Readonly<Record<string, number>> = { addi: 0x91000000, subi: 0xd1000000 }
/** Compare with an immediate; cmn compares with its negative. */
const COMPARES: Readonly<Record<string, number>> = {
  cmpi: 0xf100001f,
  cmni: 0xb100001f,
  'cmpi.w': 0x7100001f,
  'cmni.w': 0x3100001f,
}
const REGISTERS: Readonly<Record<string, number>> = {
  // destination, source register
  mov: 0xaa0003e0,
  'mov.w': 0x2a0003e0,
}
/** Branches on a register, and the address of a label: 19 bits of words in bits 5 to 23. */
const BRANCHES: Readonly<Record<string, number>> = {
  cbz: 0xb4000000,
  cbnz: 0xb5000000,
  'cbz.w': 0x34000000,
  'cbnz.w': 0x35000000,
}
/** Exclusive loads and stores with acquire and release: registers by position. */
const EXCLUSIVE: Readonly<Record<string, number>> = { ldaxr: 0x885ffc00, stlr: 0x889ffc00 }

/** Assembles a listing for AArch64. Operations ending in `.w` are 32 bits wide, others are 64. */
export function assembleA64(code: Code, listing: string, names: Names): void {
  for (const line of parseListing(listing)) {
    if ('label' in line) code.label(line.label)
    else if (line.op === 'align') while (code.pc % Number(line.operands[0]) !== 0) code.emit(wordBytes(NOP))
    else
      for (const word of instruction(code, line.op, line.operands, (text) => operandValue(text, names)))
        code.emit(wordBytes(word))
  }
}

const NOP = 0xd503201f
const SVC = 0xd4000001

/** The words of one instruction; a constant may take two. */
function instruction(code: Code, op: string, operands: readonly string[], number: (text: string) => number): number[] {
  const [a = '', b = '', c = ''] = operands
  if (FIXED[op] !== undefined) return [FIXED[op]]
  if (op === 'movi') return constant(reg(a), number(b))
  // ~b
  if (op === 'movn') return [0x92800000 | (number(b) << 5) | reg(a)]
  if (op === 'svc') return [...constant(8, number(a)), SVC]
  if (op === 'blr') return [0xd63f0000 | (reg(a) << 5)]
  if (op === 'add') return [0x8b000000 | (reg(c) << 16) | (reg(b) << 5) | reg(a)]
  if (op === 'sub') return [0xcb000000 | (reg(c) << 16) | (reg(b) << 5) | reg(a)]
  if (op === 'cmp') return [0xeb00001f | (reg(b) << 16) | (reg(a) << 5)]
  if (op === 'cmp.w') return [0x6b00001f | (reg(b) << 16) | (reg(a) << 5)]
  if (op === 'stlxr') return [0x8800fc00 | (reg(a) << 16) | (reg(c) << 5) | reg(b)]
  if (EXCLUSIVE[op] !== undefined) return [EXCLUSIVE[op] | (reg(b) << 5) | reg(a)]
  if (REGISTERS[op] !== undefined) return [REGISTERS[op] | (reg(b) << 16) | reg(a)]
  if (ARITHMETIC[op] !== undefined) return [ARITHMETIC[op] | (number(c) << 10) | (reg(b) << 5) | reg(a)]
  if (COMPARES[op] !== undefined) return [COMPARES[op] | (number(b) << 10) | (reg(a) << 5)]
  if (PAIRS[op] !== undefined)
    return [PAIRS[op] | ((number(c) >> 3) << 15) | ((reg(a) + 1) << 10) | (reg(b) << 5) | reg(a)]
  const memory = MEMORY[op]
  if (memory !== undefined) return [memory[0] | ((number(c) / memory[1]) << 10) | (reg(b) << 5) | reg(a)]
  return [branch(code, op, a, b)]
}

function branch(code: Code, op: string, a: string, b: string): number {
  const condition = op.startsWith('b.') ? CONDITIONS[op.slice(2)] : undefined
  const short = (distance: number) => ((distance >> 2) & 0x7ffff) << 5
  if (op === 'b') return refer(code, 0x14000000, a, (distance) => (distance >> 2) & 0x3ffffff)
  if (condition !== undefined) return refer(code, 0x54000000 | condition, a, short)
  if (op === 'adr') return refer(code, 0x10000000 | reg(a), b, (distance) => ((distance & 3) << 29) | short(distance))
  const word = BRANCHES[op]
  if (word === undefined) throw new Error(`${op} is no instruction of this assembler`)
  return refer(code, word | reg(a), b, short)
}

/** An instruction with the distance to a label in it. */
function refer(code: Code, word: number, label: string, bits: (distance: number) => number): number {
  const at = code.pc
  code.refer(at, label, (distance) => {
    for (const [i, byte] of wordBytes(word | bits(distance)).entries()) code.bytes[at + i] = byte
  })
  return word
}

/** A 32-bit constant in one or two instructions. */
function constant(register: number, value: number): number[] {
  const low = 0xd2800000 | ((value & 0xffff) << 5) | register
  return value >>> 16 === 0 ? [low] : [low, 0xf2a00000 | ((value >>> 16) << 5) | register]
}

function reg(name: string): number {
  if (name === 'sp' || name === 'zr') return 31
  const number = /^x(\d{1,2})$/.exec(name)?.[1]
  if (number === undefined) throw new Error(`${name} is no register`)
  return Number(number)
}
