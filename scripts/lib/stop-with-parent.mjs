// Preloaded (`node --import`) into a child that must not outlive the launcher. The launcher holds the other end of the
// child's stdin: the kernel closes it however the launcher ends, SIGKILL included, and no signal handler is needed.
import { isMainThread } from 'node:worker_threads'

// Worker threads get the preload too, with a stdin that ends at once.
if (isMainThread) {
  process.stdin.on('end', () => process.exit(0))
  process.stdin.on('error', () => process.exit(0))
  process.stdin.resume()
}
