const FILE = 'answers.json'

/** The folder of a person's last answers; undefined where there is none. Rejects where the browser has no such storage. */
export async function answersDirectory(name: string, create: boolean): Promise<FileSystemDirectoryHandle | undefined> {
  if (typeof navigator.storage?.getDirectory !== 'function') throw new Error('no such storage')
  const root = await navigator.storage.getDirectory()
  return root.getDirectoryHandle(name, { create }).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === 'NotFoundError') return undefined
    throw error
  })
}

/** The text in it; undefined where there is none. */
export async function readAnswersText(directory: FileSystemDirectoryHandle | undefined): Promise<string | undefined> {
  const handle = await directory?.getFileHandle(FILE).catch(() => undefined)
  return handle && await (await handle.getFile()).text()
}

/** Whole or not at all: the file is replaced when the stream is closed. */
export async function writeAnswersText(directory: FileSystemDirectoryHandle, text: string): Promise<void> {
  const stream = await (await directory.getFileHandle(FILE, { create: true })).createWritable()
  await stream.write(text)
  await stream.close()
}
