// A few rows as bars, for the README: how many times the floor, on a logarithmic scale.

const WIDTH = 720;
const LEFT = 250;
const BAR = 16;

/** @param {string} text */
const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/**
 * @param {readonly { name: string, figures: ReadonlyMap<string, { ratio: number }> }[]} lines
 * @param {string} ours
 * @returns {string} an SVG that is readable on light and on dark
 */
export function chart(lines, ours) {
  const most = Math.max(...lines.flatMap(({ figures }) => [...figures.values()].map(({ ratio }) => ratio)));
  const scale = (WIDTH - LEFT - 60) / Math.log(most);
  const parts = [];
  let y = 8;
  for (const { name, figures } of lines) {
    parts.push(`<text x="0" y="${y + 12}" font-weight="600">${escaped(name)}</text>`);
    y += 22;
    for (const [contender, { ratio }] of figures) {
      if (contender === "floor") continue;
      const length = Math.max(2, Math.log(Math.max(1, ratio)) * scale).toFixed(0);
      const color = contender === ours ? "#0d9488" : "#8b93a1";
      parts.push(
        `<text x="12" y="${y + 12}">${escaped(contender)}</text>`,
        `<rect x="${LEFT}" y="${y}" width="${length}" height="${BAR - 3}" rx="2" fill="${color}"/>`,
        `<text x="${LEFT + Number(length) + 6}" y="${y + 11}">${ratio.toPrecision(2)}×</text>`,
      );
      y += BAR;
    }
    y += 12;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" role="img" font-family="system-ui, sans-serif" font-size="12">
<title>Cost as a multiple of bare fetch and JSON.parse, on a logarithmic scale; shorter is better</title>
<style>text { fill: #1f2937 } @media (prefers-color-scheme: dark) { text { fill: #e5e7eb } }</style>
${parts.join("\n")}
</svg>
`;
}
