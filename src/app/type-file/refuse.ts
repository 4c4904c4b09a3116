import { NvError } from '../../errors/nv-error.ts'
import { given } from '../given.ts'

/** The refusal of a type file: one sentence that begins with the file's name. */
export function fileError(file: string, problem: string, cause?: unknown): NvError {
  return new NvError({
    errno: 'EINVAL',
    code: 'invalid-file',
    at: 'nvidia_vgpu_mgr read_vgpu_types',
    message: `${file}: ${problem}`,
    hint: 'nvgpu types export TYPE FILE writes one',
    object: file,
    ...given({ cause }),
  })
}
