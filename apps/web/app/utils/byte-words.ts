const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const

/** A number of bytes as a person says it: "12 MB". */
export function byteWords(bytes: number): string {
  const step = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), UNITS.length - 1)
  return new Intl.NumberFormat('en', { style: 'unit', unit: UNITS[step], unitDisplay: step === 0 ? 'long' : 'short', maximumSignificantDigits: 3 }).format(bytes / 1000 ** step)
}
