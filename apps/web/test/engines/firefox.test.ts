import { firefox } from './firefox'
import { describeEngine } from './scenes'

describeEngine('Firefox', firefox)
