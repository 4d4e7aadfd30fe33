import { describeScenes } from '../support/scenes'
import { endingScenes } from './scenes/endings'
import { purgeScenes } from './scenes/purge'

describeScenes('what ends leaves no byte on the disk', [purgeScenes, endingScenes])
