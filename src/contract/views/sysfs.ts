import { count, type Infer, nullable, object, oneOf, pattern, text } from './schema.ts'

/** A file, directory or link of the simulated sysfs or debugfs. */
export const SYSFS_ENTRY = object({
  path: text,
  name: text,
  kind: oneOf('directory', 'file', 'link'),
  /** Octal permissions, "0644". */
  mode: pattern('^[0-7]{4}$'),
  /** Size in bytes; sysfs gives 4096 for each text file. */
  size: count,
  target: nullable(text),
})
export type SysfsEntryView = Infer<typeof SYSFS_ENTRY>

/** Units of the written value. */
export const SYSFS_WRITE = object({ path: text, bytes: count })
export type SysfsWriteView = Infer<typeof SYSFS_WRITE>

/** A tree that was written to a directory. */
export const SYSFS_TREE = object({ path: text, directories: count, files: count, links: count })
export type SysfsTreeView = Infer<typeof SYSFS_TREE>
