import { deflateRawSync } from 'node:zlib'
import { libraryTemplate } from './template.ts'

/** The compressed bytes of the library. The build replaces this module by its value, so that no command assembles it. */
export const PACKED: string = deflateRawSync(libraryTemplate('x64')).toString('base64')
