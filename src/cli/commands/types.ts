import { readInput, writeOutput } from '../../app/files.ts'
import { given } from '../../app/given.ts'
import { changeHost, readHost } from '../../app/transaction.ts'
import { usageError } from '../../app/usage.ts'
import { NvError } from '../../errors/nv-error.ts'
import { shellQuote } from '../../errors/shell-quote.ts'
import { changed, detail } from '../../render/answer.ts'
import { TYPES, typeSheet } from '../../render/type.ts'
import { boardTypes, listedType } from '../board-types.ts'
import { LISTING, listed } from '../listing.ts'
import { BOARD_OPTION, GPU_OPTION, TYPE_ARGUMENT } from '../selectors.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'

export const types: NounSpec = {
  name: 'types',
  verbs: [
    verb({
      name: 'list',
      summary: 'the types of the GPUs that are present',
      examples: [
        'types list',
        'types list --creatable',
        'types list --gpu 0 -o wide',
        'types list --filter series=Q --sort-by=-profileSizeMiB',
        'types list --board T4',
      ],
      options: {
        gpu: GPU_OPTION,
        creatable: { summary: 'only types with room for one more vGPU' },
        board: BOARD_OPTION,
        ...LISTING,
      },
      args: {},
      changes: false,
      async run(context, { options }) {
        if (options.board !== undefined) return boardTypes(options.board, options)
        const filter = { creatable: options.creatable, ...given({ gpu: options.gpu }) }
        const { typeViews } = await import('../../engine/views/type.ts')
        const found = await readHost(context, (state) => typeViews(state, filter))
        return listed(TYPES, found, options, 'no type can be created; hint: nvgpu types show TYPE says why')
      },
    }),
    verb({
      name: 'show',
      summary: 'the figures of a type, and where it can be created',
      examples: ['types show L40-4Q', 'types show nvidia-874', 'types show 874 -o json'],
      options: {},
      args: { type: TYPE_ARGUMENT },
      changes: false,
      async run(context, { args }) {
        const { namedTypeView } = await import('../../engine/views/type.ts')
        try {
          return detail(TYPES, [await readHost(context, (state) => namedTypeView(state, args.type))], typeSheet)
        } catch (error) {
          const listed = error instanceof NvError ? await listedType(args.type) : null
          if (listed === null) throw error
          return listed
        }
      },
    }),
    verb({
      name: 'upload',
      summary: 'add types from a file: NVA081_CTRL_VGPU_INFO blobs, vgpuConfig.xml (those of the boards here) or JSON',
      examples: ['types upload types.bin', 'types upload vgpuConfig.xml', 'types upload - < types.json'],
      options: {},
      args: { file: { summary: 'the file, - for standard input', complete: 'file' } },
      changes: true,
      async run(context, { args }) {
        const { uploadTypes } = await import('../../engine/verbs/types.ts')
        const { readTypeFile } = await import('../../app/type-file/read.ts')
        const { blobs, unfit, ...options } = readTypeFile(args.file, readInput(context, args.file))
        const change = await changeHost(context, (state) => uploadTypes(state, blobs, options))
        const warnings =
          unfit > 0 ? [`${unfit} types do not fit a record of release 535.113.01, and were left out`] : []
        return changed(TYPES, { ...change, warnings: [...warnings, ...change.warnings] })
      },
    }),
    verb({
      name: 'export',
      summary: 'write a type as the NVA081_CTRL_VGPU_INFO blob the firmware takes',
      examples: ['types export L40-4Q l40-4q.bin', 'types export 869 | sha256sum'],
      options: {},
      args: {
        type: TYPE_ARGUMENT,
        file: { summary: 'the file; default: standard output', optional: true, complete: 'file' },
      },
      changes: false,
      async run(context, { args }) {
        const toStdout = args.file === undefined || args.file === '-'
        if (toStdout && context.io.stdout.isTTY) {
          const hint = `nvgpu types export ${shellQuote(args.type)} type.bin`
          throw usageError('a type blob is binary and does not belong on a terminal', { hint })
        }
        const { typeRecord } = await import('../../engine/views/type.ts')
        const blob = await readHost(context, (state) => typeRecord(state, args.type))
        if (args.file === undefined || toStdout) return { raw: blob }
        await writeOutput(context, args.file, blob)
        return { raw: '' }
      },
    }),
  ],
}
