import { isProfileName } from '../../catalog/profiles.ts'
import { nearestWords } from '../../errors/nearest-words.ts'
import { NvError } from '../../errors/nv-error.ts'
import { oddNumber } from '../../errors/odd-number.ts'
import { shellQuote } from '../../errors/shell-quote.ts'
import { isBoard } from './board.ts'
import { CsvFault, type CsvRecord, csvRecords } from './csv.ts'
import type { FleetGroup } from './fleet.ts'
import { hostName, patternOf } from './host-names.ts'
import { groupNameProblem, MOST_GPUS, MOST_HOSTS, MOST_MEASURE, MOST_VFS } from './read.ts'

/** Columns of a list of nodes, with other words for them: those of the openb trace. */
const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  name: ['name', 'sn'],
  hosts: ['hosts'],
  board: ['board', 'model'],
  gpus: ['gpus', 'gpu', 'num_gpu'],
  vfs: ['vfs'],
  profile: ['profile'],
  mode: ['mode'],
  ecc: ['ecc'],
  cpuMilli: ['cpu_milli', 'cpumilli'],
  memoryMiB: ['memory_mib', 'memorymib'],
}

export interface NodeList {
  readonly groups: readonly FleetGroup[]
  /** Columns that say nothing about a fleet. */
  readonly ignored: readonly string[]
}

/**
 * Reads a CSV list of nodes: one line a host, or a line with `hosts` for several. Equal neighbours with consecutive numbers in
 * their names become one group, so the order of the nodes stays.
 * @param file the name in messages
 * @throws NvError invalid-file with file, line and column
 */
export function readNodeList(file: string, bytes: Uint8Array): NodeList {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    const [head, ...rows] = csvRecords(text)
    if (head === undefined) throw new CsvFault(1, 'there is no header: write name,board,gpus')
    const { places, ignored } = columnsOf(head)
    if (rows.length === 0) throw new CsvFault(head.line + 1, 'there is no node')
    const groups: FleetGroup[] = []
    for (const row of rows) append(groups, groupOf(new Row(row, places, head.cells.length), file))
    return { groups, ignored }
  } catch (error) {
    if (error instanceof TypeError) throw invalid(file, 1, 'is not UTF-8')
    throw error instanceof CsvFault ? invalid(file, error.line, error.message) : error
  }
}

function columnsOf({ line, cells }: CsvRecord) {
  const places = new Map<string, number>()
  const ignored: string[] = []
  for (const [index, cell] of cells.entries()) {
    const word = cell.toLowerCase()
    const known = Object.entries(COLUMNS).find(([, words]) => words.includes(word))
    if (known === undefined) ignored.push(cell)
    else if (places.has(known[0])) throw new CsvFault(line, `two columns are the ${known[0]} of a node`)
    else places.set(known[0], index)
  }
  for (const needed of ['name', 'board', 'gpus']) {
    if (places.has(needed)) continue
    const words = COLUMNS[needed] ?? []
    const near = ignored.length > 0 ? nearestWords(ignored[0] ?? '', words) : ''
    throw new CsvFault(line, `there is no column ${words.join(' or ')}${near}`)
  }
  return { places, ignored }
}

class Row {
  readonly line: number
  readonly #cells: readonly string[]
  readonly #places: ReadonlyMap<string, number>

  constructor({ line, cells }: CsvRecord, places: ReadonlyMap<string, number>, columns: number) {
    if (cells.length !== columns) throw new CsvFault(line, `there are ${cells.length} values, and ${columns} columns`)
    this.line = line
    this.#cells = cells
    this.#places = places
  }

  text(column: string): string | null {
    const at = this.#places.get(column)
    const text = at === undefined ? '' : (this.#cells[at] ?? '')
    return text === '' ? null : text
  }

  count(column: string, least: number, most: number): number | null {
    const text = this.text(column)
    if (text === null) return null
    const value = Number(text)
    if (/^\d+(\.0+)?$/.test(text) && value >= least && value <= most) return value
    const odd = oddNumber(text)
    throw this.refuse(
      `${column}: a whole number from ${least} to ${most} is needed here, not "${text.slice(0, 60)}"${odd === undefined ? '' : `, which is ${odd}`}`,
    )
  }

  choice<C extends string>(column: string, choices: readonly C[]): C | null {
    const text = this.text(column)
    const found = choices.find((one) => one === text?.toLowerCase())
    if (text !== null && found === undefined)
      throw this.refuse(`${column}: one of ${choices.join(', ')} is needed here, not "${text.slice(0, 60)}"`)
    return found ?? null
  }

  refuse(message: string): CsvFault {
    return new CsvFault(this.line, message)
  }
}

function groupOf(row: Row, file: string): FleetGroup {
  const hosts = row.count('hosts', 1, MOST_HOSTS) ?? 1
  const name = row.text('name')
  if (name === null) throw row.refuse('name: the node has none')
  const problem = groupNameProblem(name, hosts)
  if (problem !== null) throw row.refuse(`name: ${problem}`)
  const gpus = row.count('gpus', 0, MOST_GPUS)
  if (gpus === null) throw row.refuse('gpus: the node has no number of GPUs')
  const word = row.text('board')
  if (word === null && gpus > 0) throw row.refuse('board: the node has GPUs of no model')
  if ((word?.length ?? 0) > 64) throw row.refuse('board: the word has more than 64 characters')
  const profile = row.text('profile')
  if (profile !== null && !isProfileName(profile)) throw row.refuse(`profile: there is no profile "${profile}"`)
  const known = word !== null && isBoard(word)
  return {
    name,
    hosts,
    board: known ? word : null,
    model: known ? null : (word ?? 'none'),
    gpus,
    vfs: row.count('vfs', 0, MOST_VFS),
    profile,
    mode: row.choice('mode', ['homogeneous', 'heterogeneous']) ?? 'homogeneous',
    ecc: row.choice('ecc', ['on', 'off']) === 'on',
    cpuMilli: row.count('cpuMilli', 0, MOST_MEASURE),
    memoryMiB: row.count('memoryMiB', 0, MOST_MEASURE),
    at: `${file}:${row.line}`,
  }
}

/** Adds a group, to the last one where it continues its numbers. */
function append(groups: FleetGroup[], next: FleetGroup): void {
  const last = groups.at(-1)
  const joined = last === undefined ? null : joinedName(last, next)
  if (last !== undefined && joined !== null && sameHosts(last) === sameHosts(next))
    groups[groups.length - 1] = { ...last, name: joined, hosts: last.hosts + next.hosts }
  else groups.push(next)
}

function sameHosts(group: FleetGroup): string {
  return JSON.stringify({ ...group, name: '', hosts: 0, at: '' })
}

/** The name of two groups as one, if the second continues the numbers of the first. */
function joinedName(last: FleetGroup, next: FleetGroup): string | null {
  const numbered = /[{}]/.test(last.name) ? last.name : last.name.replace(/(\d{1,9})(?=\D*$)/, '{$1}')
  const pattern = patternOf(numbered)
  if (pattern === null || pattern.first === null || /[{}]/.test(next.name)) return null
  return hostName(pattern, last.hosts) === next.name ? numbered : null
}

function invalid(file: string, line: number, message: string): NvError {
  return new NvError({
    errno: 'EINVAL',
    code: 'invalid-file',
    at: 'read',
    message: `${file}:${line}: ${message}`,
    hint: `sed -n ${line}p ${shellQuote(file)}`,
    object: file,
  })
}
