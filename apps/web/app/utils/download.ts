/** Gives a file to the person, as a download. */
export function download(file: File): void {
  const url = URL.createObjectURL(file)
  const link = document.createElement('a')
  link.href = url
  link.download = file.name
  link.click()
  // Revoked at once, some browsers would find nothing to save.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
