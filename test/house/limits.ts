/**
 * What a hot command may load, counted rather than timed: files of ours, their size, and modules of Node that an empty
 * script does not have (node:vm is the one). Lower these when they can be.
 */
export const LIMITS = {
  '--version': { files: 3, kibibytes: 12, builtins: 1 },
  'gpu list': { files: 7, kibibytes: 320, builtins: 1 },
  'types list': { files: 8, kibibytes: 380, builtins: 1 },
  'vgpu list': { files: 7, kibibytes: 330, builtins: 1 },
  'vgpu create --type L40-4Q': { files: 9, kibibytes: 740, builtins: 1 },
} as const

/** A word that only the named package has in its code, whatever file the bundler puts it in. */
export const PACKAGE_MARKS = {
  chalk: 'createStyler',
  'cli-table3': 'truncateWidthWithAnsi',
  commander: 'commander.unknownOption',
  saxes: 'SaxesParser',
  yaml: 'YAMLParseError',
} as const
