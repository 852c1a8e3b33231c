interface Group {
  /** Something in it matches in more than one way, so that repeating it may take for ever. */
  varies: boolean;
  /** Something in it is repeated. */
  repeats: boolean;
}

/** Most repetitions that a pattern may ask for by number. */
const MAX_COUNT = 1000;

/**
 * How many steps a pattern takes at most on a text of a given length, as far as a backtracking engine can be
 * trusted with it; nothing when it cannot. Repeated choices, repeated repetitions, backreferences and
 * lookarounds are what makes such an engine take for ever.
 */
export function stepsOf(pattern: string): ((length: number) => number) | undefined {
  let [degree, factor] = [pattern.startsWith("^") && !pattern.includes("|") ? 0 : 1, 1];
  const groups: Group[] = [{ varies: false, repeats: false }];
  let last: Group | undefined;
  const token =
    /\\(?:[pPu]\{[^}]*\}|[\s\S])|\[(?:\\[\s\S]|[^\]\\])*\]|\(\?(?:<[=!]?|.)|([*+?]|\{\d+(?:,\d*)?\})\??|[\s\S]/gy;
  for (const [text, quantifier] of pattern.matchAll(token)) {
    const group = groups.at(-1) as Group;
    if (/^\\[1-9k]/.test(text) || /^\(\?(?!:|<$)/.test(text)) return undefined;
    if (text.startsWith("(")) groups.push({ varies: false, repeats: false });
    else if (text === ")") {
      last = groups.pop();
      const around = groups.at(-1);
      if (!last || !around) return undefined;
      around.varies ||= last.varies;
      around.repeats ||= last.repeats;
      continue;
    } else if (text === "|") {
      group.varies = true;
      factor *= 2;
    } else if (quantifier) {
      const [, least = "", comma, most] = /^\{(\d+)(,?)(\d*)\}$/.exec(quantifier) ?? [];
      const fixed = least !== "" && comma === "";
      if (quantifier !== "?" && (last?.varies || (last?.repeats && !fixed))) return undefined;
      if (Number(least) > MAX_COUNT || Number(most) > MAX_COUNT || (last?.repeats && Number(least) > 10))
        return undefined;
      if (quantifier === "?") factor *= 2;
      else if (most) factor *= Number(most) - Number(least) + 1;
      else if (!fixed) degree++;
      group.varies ||= !fixed;
      group.repeats = true;
    }
    last = undefined;
  }
  return (length) => factor * length ** Math.max(degree, 1);
}
