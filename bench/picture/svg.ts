/** An element, its numbers to a tenth of a pixel; `content` is markup, to be escaped where it is text. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  content: string | readonly string[] = '',
): string {
  const given = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? tenth(value) : escaped(value)}"`)
    .join('')
  const inner = typeof content === 'string' ? content : content.join('\n')
  return inner === '' ? `<${name}${given}/>` : `<${name}${given}>${inner}</${name}>`
}

export function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

export function textAt(
  x: number,
  y: number,
  text: string,
  attributes: Readonly<Record<string, string | number>> = {},
): string {
  return element('text', { x, y, ...attributes }, escaped(text))
}

export type Point = readonly [x: number, y: number]

/** The outline through points, to a tenth of a pixel. Steps are relative, which is half as long. */
export function path(points: readonly Point[]): string {
  let [lastX, lastY] = [0, 0]
  return points
    .map(([x, y], i) => {
      const [nextX, nextY] = [Math.round(x * 10), Math.round(y * 10)]
      const step = `${(nextX - lastX) / 10} ${(nextY - lastY) / 10}`
      ;[lastX, lastY] = [nextX, nextY]
      return `${i === 0 ? 'M' : 'l'}${step}`
    })
    .join('')
}

export function tenth(value: number): number {
  return Math.round(value * 10) / 10
}
