import { element } from './svg.ts'

/** Each with what it colors in light and in dark mode. */
const COLORS: readonly [selector: string, property: string, light: string, dark: string][] = [
  ['.paper', 'fill', '#ffffff', '#0d1117'],
  ['text', 'fill', '#1f2328', '#e6edf3'],
  ['.faint', 'fill', '#59636e', '#9198a1'],
  ['.grid', 'stroke', '#d1d9e0', '#3d444d'],
  ['.value', 'stroke', '#1f2328', '#e6edf3'],
  ['.band', 'fill', '#0969da', '#4493f8'],
  ['.label', 'fill', '#8250df', '#ab7df8'],
  ['.ignored', 'fill', '#59636e', '#9198a1'],
  ['.LOW', 'fill', '#bf8700', '#e3b341'],
  ['.MEDIUM', 'fill', '#e16f24', '#f0883e'],
  ['.HIGH', 'fill', '#cf222e', '#ff7b72'],
]

/** The style sheet: follows the reader's light or dark mode. */
export function styleSheet(): string {
  const rules = (place: 2 | 3): string =>
    COLORS.map((color) => `${color[0]}{${color[1]}:${color[place]}}`).join('')
  return element('style', {}, [
    'text{font:12px system-ui,-apple-system,"Segoe UI",sans-serif}.title{font-size:15px;font-weight:600}',
    '.grid{stroke-width:1}.value{fill:none;stroke-width:1.2;stroke-linejoin:round}',
    '.band{fill-opacity:.15}.label{fill-opacity:.22}.ignored{fill-opacity:.15}.threshold{stroke-dasharray:4 3}',
    rules(2),
    `@media(prefers-color-scheme:dark){${rules(3)}}`,
  ])
}
