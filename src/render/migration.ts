import type { MigrationView } from '../contract/views/migration.ts'
import { shortTypeName } from '../errors/type-name.ts'
import type { View } from './answer.ts'
import { drawSheet } from './sheet.ts'
import { formatSeconds, formatSize } from './size.ts'

/** Completed migrations. */
export const MIGRATIONS: View<MigrationView> = {
  kind: 'migrations',
  name: (migration) => migration.uuid,
  sentence: (migration) =>
    `vGPU ${migration.uuid} (${shortTypeName(migration.vgpuType.name)}) ${migration.state} on ${migration.to.vf} of ${migration.to.stateDir}, down for ${milliseconds(migration.downtimeUs)}`,
  columns: [
    { head: 'UUID', text: (migration) => migration.uuid, short: (migration) => migration.uuid.slice(0, 8) },
    { head: 'TYPE', text: (migration) => shortTypeName(migration.vgpuType.name) },
    { head: 'STATE', text: (migration) => migration.state },
    { head: 'TO', text: (migration) => migration.to.stateDir, shrink: 1 },
    { head: 'VF', text: (migration) => migration.to.vf },
    { head: 'ROUNDS', text: (migration) => String(migration.rounds.length), right: true },
    { head: 'BYTES', text: (migration) => formatSize(migration.bytes), right: true },
    { head: 'TIME', text: (migration) => milliseconds(migration.totalUs), right: true },
    { head: 'DOWN', text: (migration) => milliseconds(migration.downtimeUs), right: true },
  ],
  fields: [
    'id',
    'uuid',
    'name',
    'vgpuType.id',
    'vgpuType.name',
    'state',
    'from.stateDir',
    'from.gpuBdf',
    'from.vf',
    'to.stateDir',
    'to.gpuBdf',
    'to.vf',
    'mode',
    ['bandwidth', 'B/s'],
    'rounds',
    ['stopCopy.bytes', 'B'],
    ['stopCopy.durationUs', 'us'],
    'converged',
    ['bytes', 'B'],
    ['streamBytes', 'B'],
    ['totalUs', 'us'],
    ['downtimeUs', 'us'],
  ],
}

/** A migration pass by pass, for -o wide and terminals. */
export function migrationSheet(migrations: readonly MigrationView[]): string {
  return migrations
    .map((migration) =>
      drawSheet([
        {
          rows: [
            ['vGPU', migration.uuid],
            ['Type', shortTypeName(migration.vgpuType.name)],
            ['State', migration.state],
            ['From', `${migration.from.vf} in ${migration.from.stateDir}`],
            ['To', `${migration.to.vf} in ${migration.to.stateDir}`],
            ['Mode', migration.mode],
            ['Bandwidth', `${migration.bandwidth / 1e6} MB/s`],
          ],
        },
        {
          title: 'Passes',
          rows: [
            ...migration.rounds.map(({ round, bytes, durationUs }) => [`${round}`, pass(bytes, durationUs)] as const),
            ['stopped', pass(migration.stopCopy.bytes, migration.stopCopy.durationUs)] as const,
          ],
        },
        {
          title: 'Sum',
          rows: [
            ['Over the wire', formatSize(migration.bytes)],
            ['Stream', formatSize(migration.streamBytes)],
            ['Converged', migration.mode === 'pre-copy' ? migration.converged : null],
            ['Time', `${formatSeconds(migration.totalUs)} s (virtual)`],
            ['Downtime', milliseconds(migration.downtimeUs)],
          ],
        },
      ]),
    )
    .join('\n')
}

function pass(bytes: number, durationUs: number): string {
  return `${formatSize(bytes)} in ${milliseconds(durationUs)}`
}

function milliseconds(microseconds: number): string {
  return `${(microseconds / 1000).toFixed(1)} ms`
}
