import pg from 'pg'

const { builtins } = pg.types
const DATES = new Set<number>([builtins.TIMESTAMPTZ, builtins.TIMESTAMP, builtins.DATE])

/** Values as PGlite gives them in the browser; pg gives a bigint as text. */
export const localTypes = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => oid === builtins.INT8
    ? (value: string) => Number(value)
    : pg.types.getTypeParser(oid, format as 'text') as (value: string) => unknown,
}

/** Whether the values of a column are dates. */
export const isDate = ({ dataTypeID }: { dataTypeID: number }) => DATES.has(dataTypeID)
