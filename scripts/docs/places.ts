import { readFileSync } from 'node:fs'
import { Signatures } from './signatures'

/** What stands between two marks of a document is made of the sources: `<!-- signatures: FILE[#Name,Name] -->` or `<!-- example: FILE -->`. */
const PLACE = /<!-- (signatures|example): ([^\s#]+)(?:#(\S+))? -->\n[\s\S]*?<!-- end -->/g
const REGION = /^[ \t]*\/\/ #region\n([\s\S]*?)^[ \t]*\/\/ #endregion$/m

/**
 * A document with every marked place made anew. `root`: the repository. Throws where a mark names what there is not.
 */
export function withPlacesMade(text: string, root: string): string {
  const signatures = new Signatures(root)
  return text.replace(PLACE, (_, kind: string, file: string, names?: string) => {
    const code = kind === 'example' ? example(root, file) : signatures.of(file, names?.split(','))
    return `<!-- ${kind}: ${file}${names ? `#${names}` : ''} -->\n\`\`\`ts\n${code}\n\`\`\`\n<!-- end -->`
  })
}

/** The part of a file that a reader is shown, moved to the margin; a test runs the whole. */
function example(root: string, file: string): string {
  const part = REGION.exec(readFileSync(`${root}/${file}`, 'utf8'))?.[1]
  if (part === undefined) throw new Error(`${file} has no region to show`)
  const lines = part.trimEnd().split('\n')
  const margin = Math.min(...lines.filter(line => line.trim() !== '').map(line => line.search(/\S/)))
  return lines.map(line => line.slice(margin)).join('\n')
}

/** The files that a document shows examples of. */
export const examplesIn = (text: string): string[] => [...text.matchAll(PLACE)].filter(([, kind]) => kind === 'example').map(([, , file = '']) => file)

/** The files whose signatures a document shows. */
export const signaturesIn = (text: string): string[] => [...text.matchAll(PLACE)].filter(([, kind]) => kind === 'signatures').map(([, , file = '']) => file)

/** What is left of a document's code in TypeScript when the marked places are taken away: written by hand, checked by nobody. */
export const handWritten = (text: string): string[] => [...text.replaceAll(PLACE, '').matchAll(/```(?:ts|typescript|vue)\n([\s\S]*?)```/g)].map(([, code = '']) => code)
