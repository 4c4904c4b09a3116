import type { SmiTypeView } from './view.ts'

/** Whether a type can be created on a GPU instance now. */
export function isCreatableOn({ creatableOn }: SmiTypeView, { id }: { readonly id: number }): boolean {
  return creatableOn.some((instance) => instance.id === id)
}
