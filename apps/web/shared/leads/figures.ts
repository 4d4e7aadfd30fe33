/** The status of a lead that came to what it was wanted for: conversion counts these among all. */
export const CONVERTED = 'won'

/** Where each band of scores begins; the last one holds the most that a visit can score, too. */
export const SCORE_BANDS = [0, 20, 40, 60, 80] as const

/** A band as people read it: "20–39". */
export function bandName(band: number, most: number): string {
  const next = SCORE_BANDS[band + 1]
  return `${SCORE_BANDS[band] ?? 0}–${next === undefined ? most : next - 1}`
}
