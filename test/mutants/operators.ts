import { parseAst } from 'rolldown/parseAst'

/** One small change of a source file. */
export interface Mutant {
  readonly file: string
  readonly line: number
  readonly operator: Operator
  /** offsets of the replaced text */
  readonly start: number
  readonly end: number
  readonly from: string
  readonly to: string
}

export type Operator =
  | 'comparison'
  | 'logic'
  | 'arithmetic'
  | 'constant'
  | 'boolean'
  | 'negation'
  | 'guard'
  | 'statement'

interface Node {
  type: string
  start: number
  end: number
  [member: string]: unknown
}

const COMPARISONS: Readonly<Record<string, string>> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
}
const ARITHMETIC: Readonly<Record<string, string>> = {
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
  '%': '*',
  '&': '|',
  '|': '&',
  '^': '|',
  '>>>': '<<',
}
/** Calls whose arguments are text for people, and parts that are no code. */
const SKIPPED = new Set(['TemplateLiteral', 'ImportDeclaration', 'TSInterfaceDeclaration', 'TSTypeAliasDeclaration'])
const TALK = /^(klog|this\.#klog|this\.#wiring\.klog|wiring\.klog)\.|\.padStart$|#record$|\.#trace/

/** Every mutant of a source, in the order of its text. Types, imports, log lines and messages are left alone. */
export function mutantsOf(file: string, source: string): Mutant[] {
  const found: Mutant[] = []
  const text = ({ start, end }: Node) => source.slice(start, end)
  const add = (operator: Operator, start: number, end: number, to: string) =>
    found.push({
      file,
      line: source.slice(0, start).split('\n').length,
      operator,
      start,
      end,
      from: source.slice(start, end),
      to,
    })
  const visit = (node: Node): void => {
    if (SKIPPED.has(node.type) || node.type.startsWith('TSType') || isTalk(node, text)) return
    mutate(node, source, add)
    for (const child of childrenOf(node)) visit(child)
  }
  visit(parseAst(source, { lang: 'ts' }) as unknown as Node)
  return found.sort((a, b) => a.start - b.start || a.end - b.end)
}

type Add = (operator: Operator, start: number, end: number, to: string) => void

function mutate(node: Node, source: string, add: Add): void {
  const child = (member: string) => node[member] as Node
  switch (node.type) {
    case 'BinaryExpression':
    case 'LogicalExpression':
      operatorOf(node, child('left'), child('right'), source, add)
      return
    case 'UnaryExpression':
      if (node.operator === '!') add('negation', node.start, node.end, source.slice(child('argument').start, node.end))
      return
    case 'Literal':
      if (typeof node.value === 'number') add('constant', node.start, node.end, String(node.value + 1))
      if (typeof node.value === 'boolean') add('boolean', node.start, node.end, String(!node.value))
      return
    case 'IfStatement':
      if (node.alternate === null && leaves(child('consequent'))) add('guard', node.start, node.end, '')
      return
    case 'ExpressionStatement':
      if (['CallExpression', 'AssignmentExpression'].includes(child('expression').type))
        add('statement', node.start, node.end, ';')
  }
}

function operatorOf(node: Node, left: Node, right: Node, source: string, add: Add): void {
  const sign = String(node.operator)
  const start = source.indexOf(sign, left.end)
  const swap = (operator: Operator, to: string | undefined) => {
    if (to !== undefined && start < right.start) add(operator, start, start + sign.length, to)
  }
  if (node.type === 'LogicalExpression') swap('logic', { '&&': '||', '||': '&&' }[sign])
  else if (COMPARISONS[sign]) swap('comparison', COMPARISONS[sign])
  else if (![left, right].some((side) => side.type === 'TemplateLiteral' || typeof side.value === 'string'))
    swap('arithmetic', ARITHMETIC[sign])
}

/** A statement that only returns, throws or continues. */
function leaves(node: Node): boolean {
  if (node.type === 'BlockStatement') return (node.body as Node[]).some(leaves)
  return ['ReturnStatement', 'ThrowStatement', 'ContinueStatement'].includes(node.type)
}

/** A call that writes text for people, or the making of an error. */
function isTalk(node: Node, text: (node: Node) => string): boolean {
  if (node.type === 'NewExpression') return text(node.callee as Node) === 'NvError'
  return node.type === 'CallExpression' && TALK.test(text(node.callee as Node))
}

function childrenOf(node: Node): Node[] {
  return Object.values(node).flatMap((value) =>
    (Array.isArray(value) ? value : [value]).filter(
      (child): child is Node => typeof child === 'object' && child !== null && 'type' in child,
    ),
  )
}
