// What a where may consist of. Every kind of node that Postgres' grammar knows is refused unless it is named here.
import { parseSync, hasSqlDetails, type Node } from 'libpg-query'
import { PredicateError, errorAt } from './error.ts'

/** Set before the expression so that it is parsed in the one place where it will stand. */
const PREFIX = 'SELECT 1 WHERE ('

export interface Found<T> { value: T, at: number }

/** What an expression mentions, with the byte of the where at which it does. */
export interface Mentions {
  /** Names of the columns, one to three parts as written. */
  columns: Found<string[]>[]
  params: Found<number>[]
  functions: Found<{ name: string[], args: number }>[]
  operators: Found<string>[]
  types: Found<string[]>[]
  strings: Found<string>[]
}

/** The one expression of `where`. Throws PredicateError where there is none, or more than it. */
export function parseExpression(where: string): Node {
  const statements = parse(where)
  const [statement] = statements
  const select = statement?.stmt && 'SelectStmt' in statement.stmt ? statement.stmt.SelectStmt : undefined
  if (statements.length !== 1 || !select?.whereClause) throw new PredicateError('The where must be exactly one expression.')
  const { whereClause, targetList, limitOption, op, ...more } = select
  if (targetList?.length !== 1 || limitOption !== 'LIMIT_OPTION_DEFAULT' || op !== 'SETOP_NONE' || Object.keys(more).length) {
    throw new PredicateError('The where must be exactly one expression.')
  }
  return whereClause
}

/** Everything that the expression mentions. Throws PredicateError at the first thing that a where may not hold. */
export function mentionsOf(where: string, expression: Node): Mentions {
  const mentions: Mentions = { columns: [], params: [], functions: [], operators: [], types: [], strings: [] }
  visit(expression)
  return mentions

  function visit(node: Node): void {
    if ('A_Const' in node) {
      const { sval, location } = node.A_Const
      if (sval) mentions.strings.push({ value: sval.sval ?? '', at: offset(location) })
    }
    else if ('ColumnRef' in node) {
      const { fields = [], location } = node.ColumnRef
      mentions.columns.push({ value: names(fields, location), at: offset(location) })
    }
    else if ('ParamRef' in node) {
      mentions.params.push({ value: node.ParamRef.number ?? 0, at: offset(node.ParamRef.location) })
    }
    else if ('A_Expr' in node) {
      const { kind, name = [], lexpr, rexpr, location } = node.A_Expr
      // BETWEEN stands for two operators of Postgres' own choice; the others name theirs.
      if (!kind?.includes('BETWEEN')) mentions.operators.push({ value: operator(name, location), at: offset(location) })
      visitAll([lexpr, rexpr])
    }
    else if ('BoolExpr' in node) visitAll(node.BoolExpr.args)
    else if ('NullTest' in node) visitAll([node.NullTest.arg])
    else if ('BooleanTest' in node) visitAll([node.BooleanTest.arg])
    else if ('CoalesceExpr' in node) visitAll(node.CoalesceExpr.args)
    else if ('MinMaxExpr' in node) visitAll(node.MinMaxExpr.args)
    else if ('CaseExpr' in node) visitAll([node.CaseExpr.arg, ...node.CaseExpr.args ?? [], node.CaseExpr.defresult])
    else if ('CaseWhen' in node) visitAll([node.CaseWhen.expr, node.CaseWhen.result])
    else if ('A_ArrayExpr' in node) visitAll(node.A_ArrayExpr.elements)
    else if ('RowExpr' in node) visitAll(node.RowExpr.args)
    else if ('List' in node) visitAll(node.List.items)
    else if ('A_Indirection' in node) {
      visitAll([node.A_Indirection.arg])
      for (const step of node.A_Indirection.indirection ?? []) {
        if (!('A_Indices' in step)) throw new PredicateError('A field of a composite value cannot be used in a where.')
        visitAll([step.A_Indices.lidx, step.A_Indices.uidx])
      }
    }
    else if ('CollateClause' in node) {
      const { arg, collname = [], location } = node.CollateClause
      names(collname, location)
      visitAll([arg])
    }
    else if ('TypeCast' in node) {
      const { arg, typeName, location } = node.TypeCast
      if (!typeName || typeName.setof || typeName.pct_type) throw errorAt(where, offset(location), 'this type cannot be used in a where')
      mentions.types.push({ value: names(typeName.names ?? [], typeName.location), at: offset(typeName.location ?? location) })
      visitAll([arg, ...typeName.typmods ?? []])
    }
    else if ('FuncCall' in node) {
      const { funcname = [], args, funcformat: _, location, ...more } = node.FuncCall
      // agg_order, agg_filter, over, DISTINCT, VARIADIC, *: aggregates, windows and the rest of what is no plain call.
      if (Object.keys(more).length) throw errorAt(where, offset(location), 'only plain function calls can be used in a where')
      mentions.functions.push({ value: { name: names(funcname, location), args: args?.length ?? 0 }, at: offset(location) })
      visitAll(args)
    }
    else if ('SubLink' in node) {
      throw errorAt(where, offset(node.SubLink.location), 'subqueries are not supported in a where; give each row the column that decides')
    }
    else throw refusal(node)
  }

  function visitAll(nodes: (Node | undefined)[] | undefined): void {
    for (const node of nodes ?? []) if (node) visit(node)
  }

  function names(parts: Node[], location: number | undefined): string[] {
    return parts.map((part) => {
      if ('String' in part) return part.String.sval ?? ''
      throw errorAt(where, offset(location), '"*" cannot be used in a where')
    })
  }

  function operator(parts: Node[], location: number | undefined): string {
    const [name, ...rest] = names(parts, location).reverse()
    if (!name || rest.length > 1 || (rest[0] ?? 'pg_catalog') !== 'pg_catalog') {
      throw errorAt(where, offset(location), 'only operators that come with Postgres can be used in a where')
    }
    return name
  }

  function refusal(node: Node): PredicateError {
    const [kind = 'this'] = Object.keys(node)
    return new PredicateError(`${kind} cannot be used in a where: it must be one expression of this table's columns, literals, parameters, and immutable operators and functions.`)
  }
}

function parse(where: string): NonNullable<ReturnType<typeof parseSync>['stmts']> {
  try {
    return parseSync(`${PREFIX}${where}\n)`).stmts ?? []
  }
  catch (error) {
    // The parser counts characters here, and bytes in its tree.
    if (hasSqlDetails(error)) throw new PredicateError(`At location ${Math.max(0, (error.sqlDetails?.cursorPosition ?? 0) - PREFIX.length)}: ${error.message}`)
    throw new PredicateError(error instanceof Error ? error.message : 'The where cannot be read.')
  }
}

function offset(location: number | undefined): number {
  return (location ?? PREFIX.length) - PREFIX.length
}
