import ts from 'typescript'

/** What the catalogue's module of tables exports for each entity, with the table's name in the database. */
export type EntityNames = ReadonlyMap<string, string>

/** A place that writes an entity. */
export interface EntityWrite {
  /** What is done to which table: `insert folders`; an update by drizzle with its columns: `update users: email, name`. */
  what: string
  line: number
  text: string
}

const WRITES: readonly string[] = ['insert', 'update', 'delete']
/** The end of a text whose next word is the table that is written. */
const VERB = String.raw`(?<verb>insert\s+into|update(?:\s+only)?|delete\s+from(?:\s+only)?|merge\s+into|truncate(?:\s+table)?|copy)`

/** Where a module writes an entity's table, by drizzle or by SQL. */
export function entityWrites(path: string, text: string, names: EntityNames): EntityWrite[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const inSql = new RegExp(String.raw`\b${VERB}\s+(?:"?public"?\s*\.\s*)?"?(?<table>${[...names.values()].join('|')})\b`, 'i')
  const opens = new RegExp(String.raw`\b${VERB}\s+$`, 'i')
  const { named, spaces } = importsOf(file, names)
  const tableOf = (node: ts.Node | undefined): string | undefined => {
    if (node && ts.isIdentifier(node)) return named.get(node.text)
    return node && ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression) && spaces.has(node.expression.text) ? names.get(node.name.text) : undefined
  }

  const found: EntityWrite[] = []
  const note = (node: ts.Node, verb: string | undefined, table: string | undefined, columns = '') => found.push({
    what: `${verb?.toLowerCase().split(/\s/)[0]} ${table?.toLowerCase()}${columns}`,
    line: file.getLineAndCharacterOfPosition(node.getStart()).line + 1, text: node.getText().split('\n')[0] ?? '',
  })
  const noteSql = (node: ts.Node, sql: string): boolean => {
    const { groups } = inSql.exec(sql) ?? {}
    if (groups) note(node, groups.verb, groups.table)
    return groups !== undefined
  }
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && WRITES.includes(node.expression.name.text)) {
      const table = tableOf(node.arguments[0])
      if (table) note(node, node.expression.name.text, table, columnsOf(node))
    }
    if (ts.isStringLiteralLike(node)) noteSql(node, node.text)
    if (ts.isTemplateExpression(node)) {
      const parts = [node.head, ...node.templateSpans.map(span => span.literal)]
      // One for each piece: a template may write more than one table.
      const inParts = parts.map(part => noteSql(node, part.text)).some(Boolean)
      if (!inParts) for (const [n, span] of node.templateSpans.entries()) {
        const verb = opens.exec(parts[n]?.text ?? '')?.groups?.verb
        if (verb && tableOf(span.expression)) note(node, verb, tableOf(span.expression))
      }
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

/** The columns that `.set({ … })` after an update names; `?` where they are not said in place. */
function columnsOf(update: ts.CallExpression): string {
  const set = update.parent
  if (!ts.isPropertyAccessExpression(set) || set.name.text !== 'set' || !ts.isCallExpression(set.parent)) return ''
  const [values] = set.parent.arguments
  if (!values || !ts.isObjectLiteralExpression(values)) return ': ?'
  return `: ${values.properties.map(property => ts.isSpreadAssignment(property) || ts.isComputedPropertyName(property.name) ? '?' : property.name.text).join(', ')}`
}

/** What a module calls the catalogue's tables: names of single ones, and names that hold them all. */
function importsOf(file: ts.SourceFile, names: EntityNames): { named: Map<string, string>, spaces: Set<string> } {
  const [named, spaces] = [new Map<string, string>(), new Set<string>()]
  for (const statement of file.statements) {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier) || !/\/catalogue\/tables$/.test(statement.moduleSpecifier.text)) continue
    const bindings = statement.importClause?.namedBindings
    if (bindings && ts.isNamespaceImport(bindings)) spaces.add(bindings.name.text)
    if (bindings && ts.isNamedImports(bindings)) {
      for (const { name, propertyName } of bindings.elements) {
        const table = names.get((propertyName ?? name).text)
        if (table) named.set(name.text, table)
      }
    }
  }
  return { named, spaces }
}
