import { Node, Project, type ExportedDeclarations, type JSDoc, type SourceFile } from 'ts-morph'

/** What can be said of an export without its body. */
const ORDER = ['interface', 'type', 'class', 'function', 'constant'] as const

/**
 * Writes down what files export: types whole, functions and classes without their bodies. Everything that is documented
 * names its types itself, so that nothing has to be worked out and what is written is what stands in the source.
 */
export class Signatures {
  readonly #root: string
  readonly #project = new Project({ skipAddingFilesFromTsConfig: true, skipFileDependencyResolution: true, compilerOptions: { allowJs: false } })

  constructor(root: string) {
    this.#root = root
  }

  /**
   * The exports of a file as TypeScript, with their comments: all, or those named, in the order of their names then.
   * Throws where there is no such file or name, and where a function does not say what it returns.
   */
  of(file: string, names: readonly string[] = []): string {
    const source = this.#project.addSourceFileAtPath(`${this.#root}/${file}`)
    const exported = new Map([...source.getExportedDeclarations()].map(([name, [first]]) => [name, first] as const))
    const wanted = names.length > 0 ? names : inOrder(source, exported)
    return wanted.map((name) => {
      const declaration = exported.get(name)
      if (!declaration) throw new Error(`${file} exports no ${name}`)
      return signature(file, name, declaration)
    }).join('\n\n')
  }
}

function inOrder(source: SourceFile, exported: ReadonlyMap<string, ExportedDeclarations | undefined>): string[] {
  const placeOf = (declaration: ExportedDeclarations | undefined) => declaration ? ORDER.indexOf(kindOf(declaration)) : 0
  return [...exported].filter(([, declaration]) => declaration?.getSourceFile() === source).toSorted(([, a], [, b]) => placeOf(a) - placeOf(b)).map(([name]) => name)
}

function kindOf(declaration: ExportedDeclarations): (typeof ORDER)[number] {
  if (Node.isInterfaceDeclaration(declaration)) return 'interface'
  if (Node.isTypeAliasDeclaration(declaration)) return 'type'
  if (Node.isClassDeclaration(declaration)) return 'class'
  return Node.isFunctionDeclaration(declaration) ? 'function' : 'constant'
}

function signature(file: string, name: string, declaration: ExportedDeclarations): string {
  if (Node.isInterfaceDeclaration(declaration) || Node.isTypeAliasDeclaration(declaration)) return plain(declaration.getText(true))
  if (Node.isFunctionDeclaration(declaration)) {
    const returned = declaration.getReturnTypeNode()
    if (!returned) throw new Error(`${name} in ${file} does not say what it returns`)
    const types = declaration.getTypeParameters().map(one => one.getText()).join(', ')
    const parameters = declaration.getParameters().map(one => `${one.isRestParameter() ? '...' : ''}${parameterName(one.getNameNode().getText())}${one.isOptional() && !one.isRestParameter() ? '?' : ''}: ${one.getTypeNode()?.getText() ?? 'unknown'}`)
    return `${comments(declaration.getJsDocs())}${declaration.isAsync() ? 'async ' : ''}function ${name}${types ? `<${types}>` : ''}(${parameters.join(', ')}): ${returned.getText()}`
  }
  throw new Error(`${name} in ${file} is a ${declaration.getKindName()}: only types and functions are written down`)
}

/** What is taken apart in the list of parameters is one thing to who calls. */
const parameterName = (text: string) => text.startsWith('{') ? 'options' : text
const comments = (docs: readonly JSDoc[]) => docs.map(doc => `${doc.getText()}\n`).join('')
const plain = (text: string) => text.replaceAll(/^export /gm, '')
