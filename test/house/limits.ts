/**
 * What a hot command may load, counted rather than timed: files of ours, their size, and modules of Node that an empty
 * script does not have (node:vm is the one). Lower these when they can be.
 */
export const LIMITS = {
  '--version': { files: 3, kibibytes: 10, builtins: 1 },
  'gpu list': { files: 8, kibibytes: 260, builtins: 1 },
  'types list': { files: 9, kibibytes: 340, builtins: 1 },
  'vgpu list': { files: 6, kibibytes: 245, builtins: 1 },
  'vgpu create --type L40-4Q': { files: 10, kibibytes: 610, builtins: 1 },
} as const

/** A word that only the named package has in its code, whatever file the bundler puts it in. */
export const PACKAGE_MARKS = {
  chalk: 'createStyler',
  'cli-table3': 'truncateWidthWithAnsi',
  commander: 'commander.unknownOption',
  saxes: 'SaxesParser',
  yaml: 'YAMLParseError',
} as const
