/** One figure over the number of folders. */
export interface Line { title: string, unit: string, points: { folders: number, value: number, baseline: number | null }[] }

const [WIDTH, HEIGHT, COLUMNS] = [420, 240, 2]
const NOTE = 24
const PLOT = { left: 60, right: 20, top: 44, bottom: 40 }
const escape = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
const short = (n: number) => n >= 1000 ? `${n / 1000}k` : String(Number(n.toPrecision(3)))

/**
 * Small drawings beside each other as one SVG, the number of folders on a logarithmic scale and the figures from zero;
 * the baseline is dashed. `note` stands below them, where there is one. Colours stand on a ground of their own, so that both themes of a reader show them.
 */
export function drawScaling(lines: readonly Line[], note = ''): string {
  const rows = Math.ceil(lines.length / COLUMNS)
  const parts = lines.map((line, i) => `<g transform="translate(${(i % COLUMNS) * WIDTH} ${Math.floor(i / COLUMNS) * HEIGHT})">${draw(line)}</g>`)
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH * COLUMNS} ${HEIGHT * rows + (note ? NOTE : 0)}" font-family="system-ui, sans-serif" font-size="11" fill="#334155">
<rect width="100%" height="100%" fill="#ffffff"/>
${parts.join('\n')}${note && `\n<text x="${PLOT.left}" y="${HEIGHT * rows + NOTE / 2}" fill="#64748b">${escape(note)}</text>`}
</svg>
`
}

function draw({ title, unit, points }: Line): string {
  const sorted = points.toSorted((a, b) => a.folders - b.folders)
  const highest = Math.max(...sorted.flatMap(({ value, baseline }) => [value, baseline ?? 0])) || 1
  const [first, last] = [Math.log10(sorted[0]?.folders ?? 1), Math.log10(sorted.at(-1)?.folders ?? 10)]
  const x = (folders: number) => PLOT.left + (Math.log10(folders) - first) / (last - first || 1) * (WIDTH - PLOT.left - PLOT.right)
  const y = (value: number) => HEIGHT - PLOT.bottom - value / highest * (HEIGHT - PLOT.top - PLOT.bottom)
  const way = (all: [number, number][], style: string) => all.length === 0 ? '' : `<polyline fill="none" ${style} points="${all.map(([at, value]) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(' ')}"/>`
  const base = sorted.flatMap(({ folders, baseline }): [number, number][] => baseline === null ? [] : [[folders, baseline]])
  const floor = y(0)
  return [
    `<text x="${PLOT.left}" y="18" font-weight="600">${escape(title.split(', against')[0] ?? title)}</text>`,
    `<text x="${PLOT.left}" y="33" fill="#64748b">${escape(unit)}${base.length > 0 ? `; dashed: ${escape(title.split('against ')[1] ?? 'baseline')}` : ''}</text>`,
    ...[0, highest / 2, highest].map(value => `<line x1="${PLOT.left}" x2="${WIDTH - PLOT.right}" y1="${y(value)}" y2="${y(value)}" stroke="#e2e8f0"/><text x="${PLOT.left - 6}" y="${y(value) + 4}" text-anchor="end">${short(value)}</text>`),
    ...sorted.map(({ folders }) => `<text x="${x(folders)}" y="${floor + 16}" text-anchor="middle">${short(folders)}</text>`),
    way(base, 'stroke="#94a3b8" stroke-width="1.5" stroke-dasharray="4 3"'),
    way(sorted.map(({ folders, value }) => [folders, value]), 'stroke="#1d4ed8" stroke-width="2"'),
    ...sorted.map(({ folders, value }) => `<circle cx="${x(folders)}" cy="${y(value)}" r="3" fill="#1d4ed8"/>`),
    `<text x="${WIDTH - PLOT.right}" y="${HEIGHT - 8}" text-anchor="end" fill="#64748b">folders</text>`,
  ].join('\n')
}
