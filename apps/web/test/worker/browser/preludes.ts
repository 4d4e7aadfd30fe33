/** Put before the worker's bundle (`PageServer.prelude`): a browser that cannot open files for itself, and takes IndexedDB. */
export const NO_HANDLES = 'delete FileSystemFileHandle.prototype.createSyncAccessHandle;'
