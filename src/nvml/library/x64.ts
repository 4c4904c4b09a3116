import { type Code, operandValue, parseListing, wordBytes } from './listing.ts'

const REGISTERS = [
  'rax',
  'rcx',
  'rdx',
  'rbx',
  'rsp',
  'rbp',
  'rsi',
  'rdi',
  'r8',
  'r9',
  'r10',
  'r11',
  'r12',
  'r13',
  'r14',
  'r15',
]
/** Conditional jumps: the second byte of the long form. */
const JUMPS: Readonly<Record<string, number>> = { je: 0x84, jne: 0x85, js: 0x88, jns: 0x89, jle: 0x8e, ja: 0x87 }
/** Opcodes of two registers, 64 and 32 bits wide. */
const PAIRS: Readonly<Record<string, number>> = { mov: 0x89, xor: 0x31, add: 0x01, sub: 0x29, cmp: 0x39, test: 0x85 }
/** The register field of 0x81 with an immediate. */
const IMMEDIATES: Readonly<Record<string, number>> = { addi: 0, andi: 4, subi: 5, cmpi: 7 }
/** Opcodes with a register and a memory operand `base, displacement`. */
const MEMORY: Readonly<Record<string, readonly number[]>> = {
  ld: [0x8b],
  st: [0x89],
  lea: [0x8d],
  ldb: [0x0f, 0xb6],
  stb: [0x88],
  xchg: [0x87],
  cmpxchg: [0x0f, 0xb1],
}
const FIXED: Readonly<Record<string, readonly number[]>> = {
  syscall: [0x0f, 0x05],
  ret: [0xc3],
  endbr64: [0xf3, 0x0f, 0x1e, 0xfa],
  // movsxd rax, dword [rdx + rdi*4]
  lderror: [0x48, 0x63, 0x04, 0xba],
  // mov rax, [rsi + rdx*8 + 8]
  ldargument: [0x48, 0x8b, 0x44, 0xd6, 0x08],
}

/**
 * Assembles a listing for x86-64. An operation ending in `.d` is 32 bits wide, others are 64. Memory operands are
 * `base, displacement`. `names` are the constants of the listing.
 */
export function assembleX64(code: Code, listing: string, names: Readonly<Record<string, number>>): void {
  for (const line of parseListing(listing)) {
    if ('label' in line) code.label(line.label)
    else if (line.op === 'align') while (code.pc % Number(line.operands[0]) !== 0) code.emit([0xcc])
    else code.emit(instruction(code, line.op, line.operands, (text) => operandValue(text, names)))
  }
}

/** The bytes of one instruction. */
function instruction(
  code: Code,
  full: string,
  operands: readonly string[],
  number: (text: string) => number,
): number[] {
  const wide = !full.endsWith('.d')
  const op = wide ? full : full.slice(0, -2)
  const [a = '', b = '', c = ''] = operands
  if (FIXED[op] !== undefined) return [...FIXED[op]]
  if (op === 'jmp') return relative(code, [0xe9], a)
  if (op === 'callgot') return relative(code, [0xff, 0x15], a)
  if (JUMPS[op] !== undefined) return relative(code, [0x0f, JUMPS[op]], a)
  if (op === 'learip') return relative(code, [...rex(true, reg(a), 0), 0x8d, ((reg(a) & 7) << 3) | 5], b)
  if (op === 'push') return [...rex(false, 0, reg(a)), 0x50 | (reg(a) & 7)]
  if (op === 'pop') return [...rex(false, 0, reg(a)), 0x58 | (reg(a) & 7)]
  if (op === 'movi') return [...rex(false, 0, reg(a)), 0xb8 | (reg(a) & 7), ...wordBytes(number(b))]
  if (op === 'shri') return [...rex(false, 0, reg(a)), 0xc1, 0xe8 | (reg(a) & 7), number(b)]
  if (op === 'sti') return [...memory(wide, [0xc7], 0, reg(a), number(b)), ...wordBytes(number(c))]
  const immediate = IMMEDIATES[op]
  if (immediate !== undefined)
    return [...rex(wide, 0, reg(a)), 0x81, 0xc0 | (immediate << 3) | (reg(a) & 7), ...wordBytes(number(b))]
  const pair = PAIRS[op]
  if (pair !== undefined) return [...rex(wide, reg(b), reg(a)), pair, 0xc0 | ((reg(b) & 7) << 3) | (reg(a) & 7)]
  const opcode = MEMORY[op]
  if (opcode === undefined) throw new Error(`${full} is no instruction of this assembler`)
  // The register is the first operand of a load and the last of a store.
  const isLoad = op === 'ld' || op === 'lea' || op === 'ldb'
  const [register, base, displacement] = isLoad ? [a, b, c] : [c, a, b]
  const bytes = memory(wide, opcode, reg(register), reg(base), number(displacement), op === 'stb')
  return op === 'cmpxchg' ? [0xf0, ...bytes] : bytes
}

function reg(name: string): number {
  const index = REGISTERS.indexOf(name)
  if (index < 0) throw new Error(`${name} is no register`)
  return index
}

/** The REX prefix, if the operands need one. */
function rex(wide: boolean, register: number, base: number, always = false): number[] {
  const value = 0x40 | (wide ? 8 : 0) | (register > 7 ? 4 : 0) | (base > 7 ? 1 : 0)
  return value !== 0x40 || always ? [value] : []
}

/** Opcode with [base + 32-bit displacement]. rsp and r12 as base need a SIB byte. */
function memory(
  wide: boolean,
  opcode: readonly number[],
  register: number,
  base: number,
  displacement: number,
  byte = false,
): number[] {
  const address = 0x80 | ((register & 7) << 3) | (base & 7)
  const sib = (base & 7) === 4 ? [0x24] : []
  return [...rex(wide && !byte, register, base, byte), ...opcode, address, ...sib, ...wordBytes(displacement)]
}

/** An instruction that ends with the distance from its end to a label. */
function relative(code: Code, opcode: readonly number[], label: string): number[] {
  const at = code.pc + opcode.length
  code.refer(at + 4, label, (distance) => {
    for (const [i, byte] of wordBytes(distance).entries()) code.bytes[at + i] = byte
  })
  return [...opcode, 0, 0, 0, 0]
}
