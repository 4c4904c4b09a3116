import { type ListedRow, listedBoards } from './listed-boards.ts'

/** A listed board by its name or product name, as `findBoard` for the others. */
export function listedBoard(word: string): ListedRow | undefined {
  const wanted = plain(word)
  const rows = listedBoards()
  return rows.find(([name]) => plain(name) === wanted) ?? rows.find(([, product]) => plain(product) === wanted)
}

function plain(name: string): string {
  return name.toLowerCase().replace(/nvidia|tesla|quadro|generation|[^a-z0-9]/g, '')
}
