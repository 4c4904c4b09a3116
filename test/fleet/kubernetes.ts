/** A class of kubernetes-models: an object of Kubernetes that judges itself by the API's schema. */
type Model = new (data: object) => { validate(): void }

/** Outside of the compiler's sight: the declarations of the whole API take it longer than all of our sources. */
const MODELS: readonly string[] = ['kubernetes-models/v1', 'kubernetes-models/resource.k8s.io/v1']

/** The judge of each kind of object. @returns null, or the reason against an object */
export async function kubernetesJudge(): Promise<(object: { kind: string }) => string | null> {
  const modules: Record<string, Model>[] = await Promise.all(MODELS.map((name) => import(name)))
  return (object) => {
    const Kind = modules.map((each) => each[object.kind]).find((found) => found !== undefined)
    if (Kind === undefined) return `there is no kind ${object.kind}`
    try {
      new Kind(object).validate()
      return null
    } catch (error) {
      return String(error)
    }
  }
}
