import { xmlText } from './xml-text.ts'

/** A line of a plot; x ascends. */
export interface Curve {
  readonly name: string
  readonly points: readonly { readonly x: number; readonly y: number }[]
}

const WIDTH = 880
const HEIGHT = 380
const LEFT = 56
const BOTTOM = 48
const TOP = 12
const RIGHT = 150
/** Colours of the page, --c0 and so on. */
const COLOURS = 7
const TICKS = 5
const LEGEND_LINE = 20

/** Curves from zero as an SVG element, with axes and a legend. Its colours are variables of the page. */
export function svgPlot(
  title: string,
  curves: readonly Curve[],
  labels: { readonly x: string; readonly y: string },
): string {
  const points = curves.flatMap((curve) => curve.points)
  const most = {
    x: niceTop(Math.max(1, ...points.map(({ x }) => x))),
    y: niceTop(Math.max(1, ...points.map(({ y }) => y))),
  }
  const place = ({ x, y }: { readonly x: number; readonly y: number }) => ({
    x: LEFT + (x / most.x) * (WIDTH - LEFT - RIGHT),
    y: HEIGHT - BOTTOM - (y / most.y) * (HEIGHT - BOTTOM - TOP),
  })
  const lines = curves.map((curve, index) => {
    const path = curve.points.map((point) => {
      const { x, y } = place(point)
      return `${x.toFixed(1)},${y.toFixed(1)}`
    })
    const colour = `style="stroke: var(--c${index % COLOURS})"`
    const y = TOP + 8 + index * LEGEND_LINE
    return [
      `<polyline class="curve" ${colour} points="${path.join(' ')}"><title>${xmlText(curve.name)}</title></polyline>`,
      `<line class="curve" ${colour} x1="${WIDTH - RIGHT + 12}" y1="${y}" x2="${WIDTH - RIGHT + 34}" y2="${y}"/>`,
      `<text x="${WIDTH - RIGHT + 40}" y="${y + 4}">${xmlText(curve.name)}</text>`,
    ].join('\n')
  })
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${xmlText(title)}">`,
    ...axes(most, place, labels),
    ...lines,
    '</svg>',
  ].join('\n')
}

type Placed = (point: { x: number; y: number }) => { x: number; y: number }

function axes(
  most: { x: number; y: number },
  place: Placed,
  labels: { readonly x: string; readonly y: string },
): string[] {
  const origin = place({ x: 0, y: 0 })
  const end = place(most)
  const ticks = Array.from({ length: TICKS + 1 }, (_, tick) => tick / TICKS)
  return [
    `<path class="axis" d="M${origin.x} ${end.y}V${origin.y}H${end.x.toFixed(1)}"/>`,
    ...ticks.map((part) => {
      const { x } = place({ x: part * most.x, y: 0 })
      return `<text x="${x.toFixed(1)}" y="${origin.y + 18}" text-anchor="middle">${label(part * most.x)}</text>`
    }),
    ...ticks.map((part) => {
      const { y } = place({ x: 0, y: part * most.y })
      return `<text x="${origin.x - 8}" y="${(y + 4).toFixed(1)}" text-anchor="end">${label(part * most.y)}</text>`
    }),
    `<text x="${(origin.x + end.x) / 2}" y="${HEIGHT - 8}" text-anchor="middle">${xmlText(labels.x)}</text>`,
    `<text x="14" y="${(origin.y + end.y) / 2}" text-anchor="middle" transform="rotate(-90 14 ${(origin.y + end.y) / 2})">${xmlText(labels.y)}</text>`,
  ]
}

function label(value: number): string {
  return String(Math.round(value * 100) / 100)
}

/** The next round number. */
function niceTop(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  const steps = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10]
  return power * (steps.find((step) => value <= step * power) ?? 10)
}
