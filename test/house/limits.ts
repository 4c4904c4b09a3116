/**
 * What a hot command may load, counted rather than timed: files of ours, their size, and modules of Node that an empty
 * script does not have (node:vm is the one). Lower these when they can be.
 */
export const LIMITS = {
  '--version': { files: 2, kibibytes: 7, builtins: 1 },
  'gpu list': { files: 7, kibibytes: 171, builtins: 1 },
  'types list': { files: 6, kibibytes: 159, builtins: 1 },
  'vf list': { files: 7, kibibytes: 160, builtins: 1 },
  'vgpu list': { files: 3, kibibytes: 115, builtins: 1 },
  'vgpu show desk1': { files: 3, kibibytes: 129, builtins: 1 },
  'vgpu create --type L40-4Q': { files: 2, kibibytes: 271, builtins: 1 },
  'vgpu stop desk1': { files: 3, kibibytes: 281, builtins: 1 },
  'vgpu start desk1': { files: 2, kibibytes: 271, builtins: 1 },
  'vgpu destroy desk1': { files: 3, kibibytes: 281, builtins: 1 },
  'vf unbind 7': { files: 13, kibibytes: 381, builtins: 1 },
} as const

/** A word that only the named package has in its code, whatever file the bundler puts it in. */
export const PACKAGE_MARKS = {
  chalk: 'createStyler',
  'cli-table3': 'truncateWidthWithAnsi',
  commander: 'commander.unknownOption',
  saxes: 'SaxesParser',
  yaml: 'YAMLParseError',
} as const
