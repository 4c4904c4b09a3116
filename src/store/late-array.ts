/**
 * An array whose elements are made when somebody first looks at them. `array` is what to hand out: it behaves as an
 * ordinary one, and whatever asks for an element that is not there yet has it made first. `made` is the ordinary array
 * behind it, complete once nothing is late. The methods with a built-in's name are what `array` does when it is used.
 */
export class LazyArray implements ProxyHandler<unknown[]> {
  readonly array: unknown[]
  readonly made: unknown[]
  readonly #make: (index: number) => unknown
  readonly #whenMade: () => void
  /** indices below `#end` that were looked at, assigned or deleted: nothing is made there any more */
  readonly #known = new Set<number>()
  /** from here on the elements are the borrower's: the length, or the shortest the array was cut to */
  #end: number

  /** `whenMade` is called once nothing is late any more; what `make` throws meets whoever looked. */
  constructor(length: number, make: (index: number) => unknown, whenMade: () => void) {
    this.made = new Array(length)
    this.#end = length
    this.#make = make
    this.#whenMade = whenMade
    this.array = new Proxy(this.made, this)
  }

  isLate(index: number): boolean {
    return index < this.#end && !this.#known.has(index)
  }

  /** The indices that are not late, ascending. */
  known(): number[] {
    const indices = [...this.#known].sort((a, b) => a - b)
    for (let index = this.#end; index < this.made.length; index++) indices.push(index)
    return indices
  }

  get(made: unknown[], key: string | symbol): unknown {
    this.#look(key)
    return Reflect.get(made, key)
  }

  has(made: unknown[], key: string | symbol): boolean {
    this.#look(key)
    return Reflect.has(made, key)
  }

  getOwnPropertyDescriptor(made: unknown[], key: string | symbol): PropertyDescriptor | undefined {
    this.#look(key)
    return Reflect.getOwnPropertyDescriptor(made, key)
  }

  ownKeys(made: unknown[]): (string | symbol)[] {
    for (let index = 0; index < this.#end; index++) this.#look(String(index))
    return Reflect.ownKeys(made)
  }

  set(made: unknown[], key: string | symbol, value: unknown): boolean {
    return this.#change(key, Reflect.set(made, key, value))
  }

  defineProperty(made: unknown[], key: string | symbol, facts: PropertyDescriptor): boolean {
    return this.#change(key, Reflect.defineProperty(made, key, facts))
  }

  deleteProperty(made: unknown[], key: string | symbol): boolean {
    return this.#change(key, Reflect.deleteProperty(made, key))
  }

  #look(key: string | symbol): void {
    const index = typeof key === 'string' ? Number(key) : Number.NaN
    if (!Number.isInteger(index) || index < 0 || !this.isLate(index)) return
    this.made[index] = this.#make(index)
    this.#known.add(index)
    if (this.#known.size === this.#end) this.#whenMade()
  }

  #change(key: string | symbol, done: boolean): boolean {
    if (key === 'length') this.#cut(this.made.length)
    else if (typeof key === 'string' && Number(key) < this.#end) this.#known.add(Number(key))
    return done
  }

  #cut(length: number): void {
    if (length >= this.#end) return
    this.#end = length
    for (const index of this.#known) if (index >= length) this.#known.delete(index)
  }
}
