import { Composer, Lexer, LineCounter, type Node, Parser } from 'yaml'
import { NvError } from '../../errors/nv-error.ts'

/** Larger than the description of any host: a thousand GPUs of 32 vGPUs come to 8 MiB. */
const MAX_BYTES = 32 * 1024 * 1024

/** A file of YAML or JSON documents, with the line of each node. */
export class Source {
  readonly name: string
  readonly documents: readonly { readonly root: Node | null; readonly resolve: Resolve }[]
  readonly #lines = new LineCounter()
  readonly #hint: string
  #aliases = 0

  /**
   * YAML 1.2 with the types of JSON. Other tags are refused; only the first error is reported.
   * @param name the file in messages
   * @param hint the command of a refusal that has no other
   * @throws NvError invalid-file with file and line
   */
  constructor(name: string, bytes: Uint8Array, hint = SCHEMA) {
    this.name = name
    this.#hint = hint
    if (bytes.length > MAX_BYTES) throw this.refuse(`has more than ${MAX_BYTES / 1_048_576} MiB`, null)
    const text = this.#text(bytes)
    const parsed = this.#parse(text)
    this.documents = parsed.map((document) => {
      // To the parser, a tag outside of JSON's types is only a warning.
      const [fault] = [...document.errors, ...document.warnings]
      if (fault) throw this.refuse(fault.message.replace(/ at line .*$/s, '').replace(/:$/, ''), null, fault.pos[0])
      return { root: document.contents, resolve: (alias) => alias.resolve(document) }
    })
  }

  /** The node of an alias. Each use counts towards the limit, so that a few lines cannot expand to millions. */
  resolve(alias: Parameters<Resolve>[0], resolve: Resolve): Node | undefined {
    this.#aliases += 1
    if (this.#aliases > MOST_ALIASES) throw this.refuse(`uses more than ${MOST_ALIASES} aliases`, alias)
    return resolve(alias)
  }

  /** FILE:LINE of a node. */
  placeOf(node: Node | null, offset = node?.range?.[0]): string {
    return offset === undefined ? this.name : `${this.name}:${this.#lines.linePos(offset).line}`
  }

  refuse(message: string, node: Node | null, offset = node?.range?.[0], cause?: unknown, hint = this.#hint): NvError {
    const facts = { errno: 'EINVAL', code: 'invalid-file', at: 'read', object: this.name } as const
    return new NvError({ ...facts, message: `${this.placeOf(node, offset)}: ${message}`, hint, cause })
  }

  #text(bytes: Uint8Array): string {
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    } catch (cause) {
      throw this.refuse('is not UTF-8', null, undefined, cause)
    }
  }

  #parse(text: string) {
    try {
      // The reader checks for repeated keys; the parser's own check takes quadratic time.
      const options = { lineCounter: this.#lines, prettyErrors: false, uniqueKeys: false, stringKeys: true } as const
      return [...new Composer(options).compose(this.#tokens(text))]
    } catch (cause) {
      throw cause instanceof NvError ? cause : this.refuse('is no YAML', null, undefined, cause)
    }
  }

  /** The lexer does not recurse, but the composer does, and a stack overflow in it would end the process. */
  *#tokens(text: string) {
    const parser = new Parser(this.#lines.addNewLine)
    this.#lines.addNewLine(0)
    let lexemes = 0
    for (const lexeme of new Lexer().lex(text)) {
      lexemes += 1
      if (lexemes > MOST_LEXEMES)
        throw this.refuse(`has more than ${MOST_LEXEMES} words and signs`, null, parser.offset)
      yield* parser.next(lexeme)
      if (parser.stack.length > DEEPEST) throw this.refuse('is nested too deeply', null, parser.offset)
    }
    yield* parser.end()
  }
}

/** Limits of a document. */
const SCHEMA = 'nvgpu schema declaration'

/** Levels; the description of a host has ten. */
const DEEPEST = 100

/** A thousand GPUs have half of it. Each node takes up to 200 bytes of memory, however short it is. */
const MOST_LEXEMES = 4_000_000

const MOST_ALIASES = 1000

type Resolve = (alias: import('yaml').Alias) => Node | undefined
