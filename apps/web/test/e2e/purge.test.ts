import { describeScenes } from '../support/scenes'
import { purgeScenes } from './scenes/purge'

describeScenes('what ends leaves no byte on the disk', [purgeScenes])
