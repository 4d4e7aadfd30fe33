export async function packagedBrowser() { return undefined }
