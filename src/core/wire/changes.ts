/** Which list a notification says has changed, if it says that. */
export function changedList(method: string): "tools" | "prompts" | "resources" | undefined {
  return /^notifications\/(tools|prompts|resources)\/list_changed$/.exec(method)?.[1] as ReturnType<
    typeof changedList
  >;
}
