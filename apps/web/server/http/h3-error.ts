/** What h3 makes of a thrown error; told by its shape, because a bundle may hold the class twice. */
export interface ThrownByH3 extends Error {
  statusCode: number
}

export function isH3Error(error: unknown): error is ThrownByH3 {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
}
