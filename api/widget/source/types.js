/**
 * What the wall's JSON holds, and what the modules hand to each other; types only.
 *
 * @typedef {{src: string, srcset?: string, srcset_webp?: string, width?: number, height?: number,
 *   colour?: string}} Picture
 * @typedef {{src: string, title: string, host: string}} Player
 * @typedef {{kind: string, alt: string, width?: number, height?: number, colour?: string,
 *   src?: string, srcset?: string, srcset_webp?: string, duration?: string, player?: Player}} Media
 * @typedef {{text: string, href?: string, kind: string}} Run
 * @typedef {{at: string, text: string}} Moment
 * @typedef {{name?: string, handle?: string, url?: string, initials?: string,
 *   avatar?: Picture | null}} Author
 * @typedef {{platform: string, network: string, url: string}} Place
 * @typedef {{id: number, url: string, page: string, platform: string, network: string, kind: string,
 *   label?: string, author?: Author, published?: Moment, edited?: Moment, lang?: string,
 *   dir?: string, language?: string, title?: string, text?: (string | Run)[], warning?: string,
 *   media?: Media[], also_on?: Place[], people?: number, card: boolean, menu: boolean, featured?: boolean}} Post
 * @typedef {{value: string, label: string, posts: number}} Choice
 * @typedef {{kind: Choice[], language: Choice[], platform: Choice[]}} Filters
 * @typedef {{title: string, home: string, revision: string, posts: Post[], next: string | null,
 *   filters?: Filters}} Page
 * @typedef {{revision: string, new?: number, removed?: number[], updated?: number[],
 *   reset?: boolean}} Changes
 * @typedef {{src: URL, lang: string, layout: string, theme: string, limit: number, level: number,
 *   bounds: {types?: string | null, sources?: string | null, kiosk?: string | false}, submit: boolean, framed: boolean}} Options
 * @typedef {Record<string, any> & {lang: string, rtl: boolean,
 *   say: (key: string, values: Record<string, string>) => string,
 *   put: (key: string, values: Record<string, Node | string>) => Node[],
 *   count: (key: string, many: number) => string, number: (many: number) => string}} Words
 * @typedef {(name: string, detail: object) => boolean} Fire
 * @typedef {{words: Words, options: Options, tell: (message: string) => void, fire: Fire}} Context
 */
export {};
