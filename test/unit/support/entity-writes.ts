import ts from 'typescript'

/** The entities by the names that code has for them. */
export interface EntityNames {
  /** Names of the tables in the database. */
  tables: readonly string[]
  /** What the catalogue's module of tables exports for each. */
  exports: readonly string[]
}

const WRITES: readonly string[] = ['insert', 'update', 'delete']
/** The end of a text whose next word is the table that is written. */
const VERB = String.raw`(?:insert\s+into|update(?:\s+only)?|delete\s+from(?:\s+only)?|merge\s+into|truncate(?:\s+table)?|copy)`

/** Where a module writes an entity's table, by drizzle or by SQL: `line: text`, one a place. */
export function entityWrites(path: string, text: string, { tables, exports }: EntityNames): string[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const inSql = new RegExp(String.raw`\b${VERB}\s+(?:"?public"?\s*\.\s*)?"?(?:${tables.join('|')})\b`, 'i')
  const opens = new RegExp(String.raw`\b${VERB}\s+$`, 'i')
  const { named, spaces } = importsOf(file, exports)
  const isEntity = (node: ts.Node | undefined): boolean => node !== undefined && (
    (ts.isIdentifier(node) && named.has(node.text))
    || (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression) && spaces.has(node.expression.text) && exports.includes(node.name.text)))

  const found: string[] = []
  const note = (node: ts.Node) => found.push(`${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${node.getText().split('\n')[0]}`)
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && WRITES.includes(node.expression.name.text) && isEntity(node.arguments[0])) note(node)
    if (ts.isStringLiteralLike(node) && inSql.test(node.text)) note(node)
    if (ts.isTemplateExpression(node)) {
      const parts = [node.head, ...node.templateSpans.map(span => span.literal)]
      if (parts.some(part => inSql.test(part.text))) note(node)
      else if (node.templateSpans.some((span, n) => opens.test(parts[n]?.text ?? '') && isEntity(span.expression))) note(node)
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

/** What a module calls the catalogue's tables: names of single ones, and names that hold them all. */
function importsOf(file: ts.SourceFile, exports: readonly string[]): { named: Set<string>, spaces: Set<string> } {
  const [named, spaces] = [new Set<string>(), new Set<string>()]
  for (const statement of file.statements) {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier) || !/\/catalogue\/tables$/.test(statement.moduleSpecifier.text)) continue
    const bindings = statement.importClause?.namedBindings
    if (bindings && ts.isNamespaceImport(bindings)) spaces.add(bindings.name.text)
    if (bindings && ts.isNamedImports(bindings)) {
      for (const { name, propertyName } of bindings.elements) if (exports.includes((propertyName ?? name).text)) named.add(name.text)
    }
  }
  return { named, spaces }
}
