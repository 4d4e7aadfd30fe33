import { describeEngine } from './scenes'
import { webkit } from './webkit'

describeEngine('WebKitGTK', webkit)
