/** Stands for the number of each of several vGPUs, from 1, in their names. */
const NUMBER = '{n}'

export function isNumbered(text: string | undefined): boolean {
  return text?.includes(NUMBER) === true
}

/** A text for one of several vGPUs. */
export function numberedAs(text: string, number: number): string {
  return text.replaceAll(NUMBER, String(number))
}

/** The name of each of several vGPUs: with its number in place of `{n}`, else behind a dash. */
export function numberedName(name: string, number: number): string {
  return numberedAs(isNumbered(name) ? name : `${name}-${NUMBER}`, number)
}
